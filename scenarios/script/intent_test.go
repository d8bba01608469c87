package script_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/s3chaos/s3chaos/scenarios/script"
)

func TestParseReadsEveryIntent(t *testing.T) {
	s := parse(t, `version: 1
name: a program
client: {run: [true]}
intent:
  - reads: {bucket: one-bucket, key: a, to: "${workdir}/out.bin", range: 0-9}
  - writes: {bucket: demo, key: a, from: in.bin}
  - deletes: {bucket: demo, key: a}
  - deletes: {bucket: demo, prefix: ""}
  - lists: {bucket: demo, prefix: p/, stdout: "Contents[].Key"}
  - copies: {from: in.bin, to: {bucket: demo, key: a}}
  - moves: {from: {bucket: demo, key: a}, to: {bucket: two-buckets, key: b}}
  - mirrors: {from: tree, to: {bucket: demo, prefix: p/}, delete: true}
  - mirrors: {from: {bucket: demo}, to: {file: tree}}
  - keeps: {file: in.bin}
  - keeps: in.bin
  - keeps: {bucket: demo, key: a}
`)
	var operations []string
	for i := range s.Intent {
		operations = append(operations, s.Intent[i].Operation())
	}
	assert.Equal(t, []string{
		"reads", "writes", "deletes", "deletes", "lists", "copies", "moves", "mirrors", "mirrors",
		"keeps", "keeps", "keeps",
	}, operations)
	assert.Equal(t, "out.bin", s.Intent[0].Reads.To, "paths are below ${workdir} anyhow")
	assert.Equal(t, script.Range{First: 0, Last: 9}, *s.Intent[0].Reads.Range)
	assert.Equal(t, "in.bin", s.Intent[5].Copies.From.File)
	assert.Equal(t, "b", s.Intent[6].Moves.To.Key)
	assert.True(t, s.Intent[7].Mirrors.Delete)
	assert.Equal(t, "tree", s.Intent[8].Mirrors.To.File)
	assert.Equal(t, "in.bin", s.Intent[10].Keeps.File)
	assert.Equal(t, []string{"one-bucket", "demo", "two-buckets"}, s.Buckets)
}

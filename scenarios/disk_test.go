package scenarios_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/scenarios"
)

// onSmallDisk is a download of 1 MiB onto a disk of 256 KiB, over an old file.
const onSmallDisk = `disk: {size: 256KiB}
objects: [{bucket: demo, key: a.bin, size: 1MiB}, {bucket: demo, key: b.bin, size: 32KiB}]
files: [{path: old.bin, content: the old file}]
client: {%s: {}}
steps:
  - download: {bucket: demo, key: a.bin, to: old.bin}
    expect: {outcome: failure, attempts: 1}
  - download: {bucket: demo, key: b.bin, to: new.bin}
    expect: {outcome: %s}
%s`

func playOnDisk(t *testing.T, text string) *scenarios.Result {
	t.Helper()
	r := scenarios.Run(t.Context(), drill(t, text), scenarios.Options{})
	if r.Verdict == scenarios.Skip {
		t.Skip(r.Reasons[0].Got)
	}
	return r
}

// After the failure the disk has room again, because the client removed what it had written.
func TestFullDiskFailsTheDownloadOfBuiltinAndKeepsTheOldFile(t *testing.T) {
	r := playOnDisk(t, fmt.Sprintf(onSmallDisk, "builtin", "success",
		"expect: {files: [{path: old.bin, content: the old file}, {path: new.bin, same_as: {bucket: demo, key: b.bin}}]}\n"))
	require.Equal(t, scenarios.Pass, r.Verdict, "%v", r.Reasons)
	require.Contains(t, r.Steps[0].Err, "no space left on device")
}

// The SDK's program copies into the file itself, and half an object stays in it.
func TestFullDiskFailsTheDownloadOfTheSDK(t *testing.T) {
	r := playOnDisk(t, fmt.Sprintf(onSmallDisk, "sdk", "failure", ""))
	require.Equal(t, scenarios.Pass, r.Verdict, "%v", r.Reasons)
	require.Contains(t, r.Steps[0].Err, "no space left on device")
}

func TestFullDiskUnderAProgramLeavesATornFile(t *testing.T) {
	r := playOnDisk(t, `disk: {size: 256KiB}
requires: [curl]
objects: [{bucket: demo, key: a.bin, size: 1MiB}]
client: {run: "curl -s -o out.bin ${endpoint}/demo/a.bin"}
intent: [{reads: {bucket: demo, key: a.bin, to: out.bin}}]
expect: {outcome: failure, violates: [torn-file]}
`)
	require.Equal(t, scenarios.Pass, r.Verdict, "%v", r.Reasons)
}

func TestFullDiskHasOneJournal(t *testing.T) {
	text := fmt.Sprintf(onSmallDisk, "builtin", "success",
		"expect: {files: [{path: old.bin, content: the old file}]}\n")
	playOnDisk(t, text)
	requireOneJournal(t, drill(t, text), repetitions(t, 4))
}

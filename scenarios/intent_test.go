package scenarios_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/scenarios"
)

// The programs are curl and sh. Some of them make typical mistakes.
func TestOracleJudgesProgramByItsIntents(t *testing.T) {
	t.Parallel()
	const (
		object = "requires: [curl]\n" +
			"objects: [{bucket: demo, key: a, size: 64KiB}, {bucket: demo, key: p/x, content: x}]\n" +
			"files: [{path: in.bin, size: 1KiB}, {path: old.bin, content: yesterday}, {path: tree/y, content: y}]\n"
		cut   = "faults: [{match: {operation: GetObject}, close_early: {after_bytes: 1000}}]\n"
		later = "expect: {outcome: any}\n"
	)
	for _, c := range []struct {
		name  string
		text  string
		kinds []string
	}{
		{"read", "client: {run: 'curl -sfo out.bin ${endpoint}/demo/a'}\n" +
			"intent: [{reads: {bucket: demo, key: a, to: out.bin}}, {keeps: {bucket: demo, key: a}}]\n", nil},
		{"a range read", "client: {run: 'curl -sfr 10-19 -o out.bin ${endpoint}/demo/a'}\n" +
			"intent: [{reads: {bucket: demo, key: a, to: out.bin, range: 10-19}}]\n", nil},
		{"cut and believed", "client: {run: 'curl -sfo out.bin ${endpoint}/demo/a; true'}\n" +
			"intent: [{reads: {bucket: demo, key: a, to: out.bin}}]\n" + cut, []string{"wrong-read"}},
		{"cut, and half a file stays", "client: {run: 'curl -sfo old.bin ${endpoint}/demo/a'}\n" +
			"intent: [{reads: {bucket: demo, key: a, to: old.bin}}]\n" + cut + later, []string{"torn-file"}},
		{
			"flipped without a checksum", "client: {run: 'curl -sfo out.bin ${endpoint}/demo/a'}\n" +
				"intent: [{reads: {bucket: demo, key: a, to: out.bin}}]\n" +
				"faults: [{match: {operation: GetObject}, corrupt: {flip: 1}}]\n",
			[]string{"wrong-read (note)"},
		},
		{
			"an error page as the object", "client: {run: 'curl -so out.bin ${endpoint}/demo/a'}\n" +
				"intent: [{reads: {bucket: demo, key: a, to: out.bin}}]\nfaults: [{match: {}, respond: {status: 403}}]\n",
			[]string{"phantom-success"},
		},
		{"written", "client: {run: 'curl -sfT in.bin ${endpoint}/demo/n'}\n" +
			"intent: [{writes: {bucket: demo, key: n, from: in.bin}}, {keeps: in.bin}]\n", nil},
		{"another file written", "client: {run: 'curl -sfT old.bin ${endpoint}/demo/n'}\n" +
			"intent: [{writes: {bucket: demo, key: n, from: in.bin}}]\n", []string{"lost-write"}},
		{
			"written, and the answer lost", "client: {run: 'curl -sfT in.bin ${endpoint}/demo/n'}\n" +
				"intent: [{writes: {bucket: demo, key: n, from: in.bin}}]\n" + later +
				"faults: [{match: {operation: PutObject}, after_upstream: true, respond: {status: 500}}]\n",
			[]string{"false-failure (note)"},
		},
		{"deleted below a prefix", "client: {run: 'curl -sfX DELETE ${endpoint}/demo/p/x'}\n" +
			"intent: [{deletes: {bucket: demo, prefix: p/}}]\n", nil},
		{"one of two deleted", "client: {run: 'curl -sfX DELETE ${endpoint}/demo/p/x'}\n" +
			"intent: [{deletes: {bucket: demo, prefix: ''}}]\n", []string{"lost-write"}},
		{"listed", "client: {run: 'curl -sf \"${endpoint}/demo?list-type=2\" >list; printf \"a\\np/x\\n\"'}\n" +
			"intent: [{lists: {bucket: demo, stdout: lines}}]\n", nil},
		{"listed as JSON, relative to the prefix", "client: {run: 'curl -sf ${endpoint}/demo" +
			" >list; echo {\\\"K\\\": [{\\\"N\\\": \\\"x\\\"}]}'}\n" +
			"intent: [{lists: {bucket: demo, prefix: p/, stdout: \"K[].N\"}}]\n", nil},
		{"half listed", "client: {run: 'curl -sf ${endpoint}/demo >list; echo a'}\n" +
			"intent: [{lists: {bucket: demo, stdout: lines}}]\n", []string{"wrong-read"}},
		{"copied", "client: {run: 'curl -sfX PUT -H \"x-amz-copy-source: demo/a\" ${endpoint}/demo/b'}\n" +
			"intent: [{copies: {from: {bucket: demo, key: a}, to: {bucket: demo, key: b}}}]\n", nil},
		{"moved away", "client: {run: 'curl -sX PUT -H \"x-amz-copy-source: demo/a\" ${endpoint}/demo/b" +
			"; curl -sX DELETE ${endpoint}/demo/a'}\n" +
			"intent: [{moves: {from: {bucket: demo, key: a}, to: {bucket: demo, key: b}}}]\n" +
			"faults: [{match: {operation: CopyObject}, ok_with_error: {}}]\n", []string{"destroyed"}},
		{"a file moved away", "client: {run: 'curl -sT in.bin ${endpoint}/demo/b; rm in.bin'}\n" +
			"intent: [{moves: {from: in.bin, to: {bucket: demo, key: b}}}]\n" +
			"faults: [{match: {operation: PutObject}, respond: {status: 503}}]\n", []string{"destroyed"}},
		{"mirrored", "client: {run: 'curl -sfT tree/y ${endpoint}/demo/p/y" +
			" && curl -sfX DELETE ${endpoint}/demo/p/x'}\n" +
			"intent: [{mirrors: {from: tree, to: {bucket: demo, prefix: p}, delete: true}}]\n", nil},
		{"mirrored, and more deleted than meant", "client: {run: 'curl -sfT tree/y ${endpoint}/demo/p/y" +
			" && curl -sfX DELETE ${endpoint}/demo/p/x'}\n" +
			"intent: [{mirrors: {from: tree, to: {bucket: demo, prefix: p}}}]\n", []string{"destroyed"}},
		{"mirrored to a folder", "client: {run: 'curl -sfo tree/x ${endpoint}/demo/p/x && rm tree/y'}\n" +
			"intent: [{mirrors: {from: {bucket: demo, prefix: p/}, to: tree, delete: true}}]\n", nil},
		{
			"a page in place of a list, mirrored by deleting",
			"client: {run: 'curl -sf \"${endpoint}/demo?list-type=2\"" +
				" >list; rm tree/y'}\n" +
				"intent: [{mirrors: {from: {bucket: demo, prefix: none/}, to: tree}}]\n" +
				"faults: [{match: {}, respond: {status: 200, body: html}}]\n",
			[]string{"destroyed"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := scenarios.Run(t.Context(), drill(t, object+c.text), scenarios.Options{})
			if r.Verdict == scenarios.Skip {
				t.Skip(r.Reasons)
			}
			require.Equal(t, c.kinds, kinds(r), "%v %v\n%s", r.Reasons, r.Notes, r.Stderr)
		})
	}
}

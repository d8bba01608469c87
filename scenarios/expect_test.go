package scenarios_test

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/scenarios"
)

// A drill with an event for each key of `expect`: two attempts of a ranged download, a list, an
// exists step and two uploads.
const everything = `objects:
  - {bucket: demo, key: a.bin, size: 8KiB}
files:
  - {path: in.txt, content: here}
  - {path: link, link_to: in.txt}
client: {builtin: {retry: {initial_delay: 1s, jitter: additive}}}
steps:
  - download: {bucket: demo, key: a.bin, range: "100-199", to: sub/out.bin}
    expect: %s
  - list: {bucket: demo}
    expect: %s
  - exists: {bucket: demo, key: nothing}
    expect: %s
  - upload: {bucket: demo, key: u, content: words}
    expect: %s
faults:
  - match: {operation: GetObject}
    times: 1
    respond: {status: 503, code: SlowDown, retry_after: 2s}
  - match: {operation: PutObject}
    respond: {status: 403, code: AccessDenied}
expect: %s
`

// Each key gets a value that holds and a value that does not.
func TestEachExpectationHoldsAndFails(t *testing.T) {
	const download, list, exists, upload, whole = 0, 1, 2, 3, 4
	for _, c := range []struct {
		at          int
		key         string
		holds, fail string
	}{
		{download, "outcome", "{outcome: success}", "{outcome: failure}"},
		{upload, "outcome", "{outcome: failure}", "{outcome: success}"},
		{whole, "outcome", "{outcome: failure}", "{outcome: success}"},
		{upload, "error", "{error: {code: AccessDenied}}", "{error: {code: NoSuchKey}}"},
		{upload, "error", "{error: {kind: permanent}}", "{error: {kind: exhausted}}"},
		{whole, "error", "{error: {code: AccessDenied, kind: permanent}}", "{error: {code: SlowDown}}"},
		{upload, "error", "{error: {code: AccessDenied}}", "{error: {kind: unknown}}"},
		{upload, "error", "{error: {text: \"*demo/*AccessDenied*\"}}", "{error: {text: NoSuchKey*}}"},
		{download, "attempts", "{attempts: 2}", "{attempts: 1}"},
		{
			whole, "attempts", "{attempts: [{of: GetObject, exactly: 2}, {of: PutObject, max: 1}, 5]}",
			"{attempts: {of: GetObject, min: 3}}",
		},
		{download, "sends", "{sends: {between: [2, 2]}}", "{sends: {max: 1}}"},
		{download, "waits", "{waits: [{between: [2s, 2.5s]}]}", "{waits: [{max: 1999ms}]}"},
		{download, "waits", "{waits: policy}", "{waits: []}"},
		{download, "elapsed", "{elapsed: {between: [2s, 2510ms]}}", "{elapsed: {max: 2s}}"},
		{whole, "elapsed", "{elapsed: {max: 3s}}", "{elapsed: 1s}"},
		{download, "requests", "{requests: [{operation: GetObject, nth: 2, range_start: 100, headers: {range: " +
			"bytes=*}}]}", "{requests: [{operation: GetObject, nth: 2, range_start: 0}]}"},
		{
			download, "requests", "{requests: [{operation: GetObject, headers: {X-Amz-Date: '2000*'}}]}",
			"{requests: [{operation: GetObject, nth: 3}]}",
		},
		{
			download, "requests", "{requests: [{operation: GetObject}]}",
			"{requests: [{operation: GetObject, headers: {If-Match: '*'}}]}",
		},
		{
			download, "requests", "{requests: [{operation: GetObject, absent: [if-match, X-Amz-Tagging]}]}",
			"{requests: [{operation: GetObject, nth: 2, absent: [X-Amz-Tagging, range]}]}",
		},
		{download, "bytes_sent", "{bytes_sent: {max: 4KiB}}", "{bytes_sent: {min: 4KiB}}"},
		{download, "bytes_received", "{bytes_received: {between: [100B, 4KiB]}}", "{bytes_received: {max: 99B}}"},
		{exists, "exists", "{exists: false}", "{exists: true}"},
		{list, "keys", "{keys: [a.bin]}", "{keys: [a.bin, u]}"},
		{
			whole, "objects", "{objects: [{bucket: demo, key: a.bin, same_as: {bucket: demo, key: a.bin}}]}",
			"{objects: [{bucket: demo, key: u, same_as: upload}]}",
		},
		{whole, "objects", "", "{objects: [{bucket: demo, key: a.bin, content: else}]}"},
		{whole, "objects", "", "{objects: [{bucket: demo, key: a.bin, same_as: {file: in.txt}}]}"},
		{whole, "quiet_for", "{quiet_for: 10m}", ""},
		{download, "quiet_for", "{quiet_for: 5s}", ""},
		{whole, "files", "{files: [{path: in.txt, content: here}]}", "{files: [{path: sub/out.bin, content: words}]}"},
		{
			whole, "files", "{files: [{path: in.txt, same_as: {file: in.txt}}]}",
			"{files: [{path: not-there, content: words}]}",
		},
		{whole, "files", "{files: [{path: in.txt, mode: '0600'}]}", "{files: [{path: in.txt, mode: '0640'}]}"},
		{whole, "files", "", "{files: [{path: in.txt, link_to: sub/out.bin}]}"},
		{
			whole, "files", "{files: [{path: link, link_to: in.txt, content: here}]}",
			"{files: [{path: link, link_to: sub/in.txt}]}",
		},
		{download, "progress", "{progress: monotonic}", ""},
		{download, "progress", "{progress: complete}", ""},
		{exists, "log", "{log: []}", "{log: ['*']}"},
		{
			upload, "log", "{log: ['*uploading*', 'level=ERROR * attempts=1 *AccessDenied*']}",
			"{log: ['*uploading*', '*NoSuchKey*']}",
		},
		{upload, "log", "{log: ['level=INFO msg=*', '*']}", "{log: ['level=INFO *']}"},
		{upload, "error", "{error: {kind: permanent}}", "{error: {kind: invalid}}"},
	} {
		t.Run(c.key+" "+c.fail, func(t *testing.T) {
			for text, verdict := range map[string]scenarios.Verdict{c.holds: scenarios.Pass, c.fail: scenarios.Fail} {
				if text == "" {
					continue
				}
				if c.at == whole && c.key != "outcome" && c.key != "error" {
					text = "{outcome: any, " + text[1:]
				}
				s := drill(t, fill(everything, c.at, text))
				r := scenarios.Run(context.Background(), s, scenarios.Options{})
				require.Equal(t, verdict, r.Verdict, "%s: %v", text, r.Reasons)
				if verdict == scenarios.Fail {
					require.Equal(t, []string{c.key}, kinds(r))
					require.NotZero(t, r.Reasons[0].Line)
					require.NotEmpty(t, r.Reasons[0].Expected)
					require.NotEmpty(t, r.Reasons[0].Got)
				}
			}
		})
	}
}

// fill puts the text at one place of the template and leaves the other places empty.
func fill(template string, place int, text string) string {
	for i := 0; ; i++ {
		value := "{}"
		if i == 4 { // the whole drill, of which one step fails
			value = "{outcome: any}"
		}
		if i == place {
			value = text
		}
		before, after, more := strings.Cut(template, "%s")
		if !more {
			return template
		}
		template = before + value + after
	}
}

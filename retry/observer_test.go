package retry_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/retry"
)

// witness writes every event down in a line.
type witness struct {
	lines   []string
	trouble bool
}

func (w *witness) TroubleOnly() bool { return w.trouble }

func (w *witness) Observe(_ context.Context, e retry.Event) {
	kind := map[retry.EventKind]string{
		retry.EventAttempt: "attempt", retry.EventResult: "result", retry.EventWait: "wait", retry.EventDone: "done",
	}[e.Kind]
	w.lines = append(w.lines, fmt.Sprintf("%v %s %s/%s %d %v %v", e.Elapsed(), kind, e.Name, e.Key, e.Attempt, e.Class,
		e.Delay))
}

func TestObserverSeesEverythingInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		all, trouble := &witness{}, &witness{trouble: true}
		for _, w := range []*witness{all, trouble} {
			r := must(t, retry.Config{Jitter: retry.JitterNone, Observer: w})
			call := retry.Call{Name: "put", Key: "demo"}
			count := 0
			require.NoError(t, r.DoCall(t.Context(), call, failing(&count)))
			require.NoError(t, r.DoCall(t.Context(), call, func(_ context.Context, attempt int) error {
				time.Sleep(time.Second)
				if attempt == 1 {
					return errTemporary
				}
				return nil
			}))
			require.Error(t, r.DoCall(t.Context(), call, failing(&count, errListed)))
		}
		assert.Equal(t, `0s attempt put/demo 1 unknown 0s
0s result put/demo 1 success 0s
0s done put/demo 1 success 0s
0s attempt put/demo 1 unknown 0s
1s result put/demo 1 transient 0s
1s wait put/demo 1 transient 1s
2s attempt put/demo 2 unknown 0s
3s result put/demo 2 success 0s
3s done put/demo 2 success 0s
0s attempt put/demo 1 unknown 0s
0s result put/demo 1 unknown 0s
0s done put/demo 1 unknown 0s`, strings.Join(all.lines, "\n"))
		assert.Equal(t, `0s result put/demo 1 transient 0s
0s wait put/demo 1 transient 1s
0s attempt put/demo 2 unknown 0s
0s result put/demo 2 success 0s
0s done put/demo 2 success 0s
0s result put/demo 1 unknown 0s
0s done put/demo 1 unknown 0s`, strings.Join(trouble.lines, "\n"), "no clock, and nothing of calls that succeed at once")
	})
}

func TestSeveralObservers(t *testing.T) {
	all, trouble := &witness{}, &witness{trouble: true}
	for want, observer := range map[[2]int]retry.Observer{
		{3, 3}: retry.Observers(all, nil, trouble),
		{0, 0}: retry.Observers(trouble),
	} {
		all.lines, trouble.lines = nil, nil
		count := 0
		require.NoError(t, must(t, retry.Config{Observer: observer}).Do(t.Context(), failing(&count)))
		assert.Equal(t, want, [2]int{len(all.lines), len(trouble.lines)})
	}
}

func TestLogLines(t *testing.T) {
	for format, want := range map[string]string{
		"text": `level=WARN msg="operation failed, retrying" attempt=1 delay=1s class=transient error=temporary operation="put demo/a.bin" key=demo
level=INFO msg="retrying operation" attempt=2 operation="put demo/a.bin" key=demo
level=INFO msg="operation succeeded after retry" attempt=2 operation="put demo/a.bin" key=demo
level=WARN msg="operation failed, retrying" attempt=1 delay=1s class=transient error=temporary
level=INFO msg="retrying operation" attempt=2
level=ERROR msg="failed after 2 attempts" attempts=2 reason="not retryable" error="failed after 2 attempts and 1s of waiting: not retryable: listed"
`,
		"json": `{"level":"WARN","msg":"operation failed, retrying","attempt":1,"delay":"1s","class":"transient","error":"temporary","operation":"put demo/a.bin","key":"demo"}
{"level":"INFO","msg":"retrying operation","attempt":2,"operation":"put demo/a.bin","key":"demo"}
{"level":"INFO","msg":"operation succeeded after retry","attempt":2,"operation":"put demo/a.bin","key":"demo"}
{"level":"WARN","msg":"operation failed, retrying","attempt":1,"delay":"1s","class":"transient","error":"temporary"}
{"level":"INFO","msg":"retrying operation","attempt":2}
{"level":"ERROR","msg":"failed after 2 attempts","attempts":2,"reason":"not retryable","error":"failed after 2 attempts and 1s of waiting: not retryable: listed"}
`,
	} {
		t.Run(format, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var out bytes.Buffer
				options := &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
					if a.Key == slog.TimeKey {
						return slog.Attr{}
					}
					return a
				}}
				var handler slog.Handler = slog.NewTextHandler(&out, options)
				if format == "json" {
					handler = slog.NewJSONHandler(&out, options)
				}
				r := must(t, retry.Config{Jitter: retry.JitterNone, Observer: retry.NewLogObserver(slog.New(handler))})
				count := 0
				require.NoError(t, r.Do(t.Context(), failing(&count)), "writes nothing")
				require.NoError(t, r.DoCall(t.Context(), retry.Call{Name: "put demo/a.bin", Key: "demo"},
					failing(&count, errTemporary)))
				require.Error(t, r.Do(t.Context(), failing(&count, errTemporary, errListed)))
				assert.Equal(t, want, out.String())
			})
		})
	}
}

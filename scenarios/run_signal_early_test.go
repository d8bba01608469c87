package scenarios

import (
	"net/http"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
)

// A program may send its first request before the goroutine that waits for it runs.
func TestSignalCountsRequestsFromTheStartOfTheProgram(t *testing.T) {
	s, err := Parse("drill.yaml", []byte(`version: 1
name: a signal after one request
buckets: [demo]
client: {run: [sleep, "60"]}
signal: {send: KILL, after_requests: 1}
`))
	require.NoError(t, err)
	w, err := newWorld(s, &Options{Clock: Real}, 1, t.TempDir())
	require.NoError(t, err)
	defer func() { require.NoError(t, w.close()) }()
	p, err := newProgram(t.Context(), w)
	require.NoError(t, err)
	signals := newSignaller(w, p)
	defer signals.close()

	response, err := http.Get(w.endpoint + "/demo/a")
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	ended := make(chan error, 1)
	go func() { ended <- p.run() }()
	for !p.signalled(func(int) error { return nil }) {
		runtime.Gosched() // the program has not started
	}
	signals.run(t.Context())
	require.NoError(t, <-ended)
	require.True(t, signals.killed())
}

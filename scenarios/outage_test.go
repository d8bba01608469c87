package scenarios_test

import (
	"context"
	"errors"
	"net"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/scenarios"
)

// In real time the operating system refuses connections. The drill passes only if the client
// records a refused connection.
func TestRealTimeOutageWithoutRefusedClientIsVacuous(t *testing.T) {
	for _, meets := range []bool{false, true} {
		outcome := map[bool]string{false: "success", true: "failure"}[meets]
		r := scenarios.Run(context.Background(), drill(t, `objects: [{bucket: demo, key: k, size: 1KiB}]
client: {builtin: {retry: {max_attempts: 2, initial_delay: 1ms, jitter: none}}}
steps:
  - exists: {bucket: demo, key: other}
faults: [{match: {}, during: [0s, 10h], refuse: {}}]
expect: {outcome: `+outcome+`}
`), scenarios.Options{Clock: scenarios.Real, NewClient: with(func(c scenarios.ClientConfig, f *flawed) {
			good := f.Client
			f.exists = func(ctx context.Context, bucket, key string) (bool, error) {
				refused := func() bool {
					conn, err := net.Dial("tcp", strings.TrimPrefix(c.Endpoint, "http://"))
					if err == nil {
						_ = conn.Close()
					}
					return errors.Is(err, syscall.ECONNREFUSED)
				}
				require.Eventually(t, refused, 10*time.Second, time.Millisecond)
				if !meets {
					return false, nil // sends no request
				}
				return good.Exists(ctx, bucket, key)
			}
		})})
		if !meets {
			require.Equal(t, scenarios.Vacuous, r.Verdict, "%v", r.Reasons)
			require.Equal(t, []string{"unfired"}, kinds(r))
			require.Equal(t, "no request at all", r.Reasons[0].Got)
			continue
		}
		require.Equal(t, scenarios.Pass, r.Verdict, "%v", r.Reasons)
		require.Equal(t, 2, r.FaultsFired())
		require.Equal(t, []int{2, 0}, []int{r.Attempts, r.Sends}, "an attempt that was refused is no send")
		require.Len(t, r.Journal, 2)
		require.Equal(t, []string{"connection", "HeadObject", "refused"},
			[]string{r.Journal[0].Kind, r.Journal[0].Operation, r.Journal[0].Ended})
	}
}

// The proxy cannot see the connections that a program opens. So the reason says that refused
// connections are unknown.
func TestOutageOfAProgramIsVacuous(t *testing.T) {
	r := scenarios.Run(context.Background(),
		drill(t, "client: {run: 'exit 0'}\nfaults: [{match: {}, during: [0s, 10h], refuse: {}}]\n"),
		scenarios.Options{})
	require.Equal(t, scenarios.Vacuous, r.Verdict, "%v", r.Reasons)
	require.Equal(t,
		"no request that it cut, and the proxy cannot see the connections that the system refuses to a program",
		r.Reasons[0].Got)
}

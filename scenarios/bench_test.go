package scenarios_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/scenarios"
)

// BenchmarkOrder compares two places for the identity latency: before the client's connection pool,
// and in the proxy behind the pool, which does not keep the order of requests.
func BenchmarkOrder(b *testing.B) {
	s := drill(b, twice503)
	for name, options := range map[string]scenarios.Options{"transport": {}, "proxy": scenarios.LatencyInProxy()} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				scenarios.Run(context.Background(), s, options)
			}
		})
	}
}

// BenchmarkDrill plays small drills, one after another on each processor. A drill has 64 KiB, two
// faults and three attempts.
func BenchmarkDrill(b *testing.B) {
	for _, client := range []string{"builtin", "sdk"} {
		b.Run(client, func(b *testing.B) {
			s := drill(b, twice503)
			if client == "sdk" {
				s = drill(b, twice503SDK)
			}
			require.Equal(b, scenarios.Pass, scenarios.Run(context.Background(), s, scenarios.Options{}).Verdict)
			b.ReportAllocs()
			b.ResetTimer()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					scenarios.Run(context.Background(), s, scenarios.Options{})
				}
			})
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "drills/s")
		})
	}
}

const twice503SDK = `objects:
  - {bucket: demo, key: a.bin, size: 64KiB}
client:
  sdk: {mode: standard}
steps:
  - download: {bucket: demo, key: a.bin}
faults:
  - match: {operation: GetObject}
    times: 2
    respond: {status: 503, code: SlowDown}
expect:
  outcome: success
  attempts: 3
  waits: policy
`

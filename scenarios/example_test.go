package scenarios_test

import (
	"context"
	"fmt"

	"github.com/s3chaos/s3chaos/scenarios"
)

// A drill of several minutes takes no real time and has the same result every time.
func ExampleRun() {
	s, err := scenarios.Parse("drill.yaml", []byte(`
version: 1
name: a server that is silent once
objects:
  - {bucket: demo, key: a.bin, size: 64KiB}
client:
  builtin:
    retry: {initial_delay: 1m, max_delay: 10m, jitter: none, attempt_timeout: 20s}
steps:
  - download: {bucket: demo, key: a.bin}
faults:
  - {match: {operation: GetObject}, times: 1, timeout: {}}
  - {match: {operation: GetObject}, times: 1, respond: {status: 503, code: SlowDown}}
expect:
  attempts: 3
`))
	if err != nil {
		fmt.Println(err)
		return
	}
	r := scenarios.Run(context.Background(), s, scenarios.Options{})
	fmt.Println(r.Verdict, r.Attempts, r.Waits, r.FaultsFired())
	// Output: pass 3 [1m0s 2m0s] 2
}

// To drill your own client, pass its constructor.
func ExampleOptions_newClient() {
	entry, err := scenarios.Find("retry/503-twice")
	if err != nil {
		fmt.Println(err)
		return
	}
	s, err := entry.Scenario()
	if err != nil {
		fmt.Println(err)
		return
	}
	options := scenarios.Options{NewClient: func(c scenarios.ClientConfig) (scenarios.Client, error) {
		return scenarios.NewSDK(c) // use your own client here, with c.HTTPClient and c.Endpoint
	}}
	r := scenarios.Run(context.Background(), s, options)
	fmt.Println(r.Client, r.Verdict, r.Reasons[0].Kind)
	// Output: custom fail waits
}

package scenarios

import (
	"github.com/s3chaos/s3chaos/retry"
	"github.com/s3chaos/s3chaos/scenarios/oracle"
)

// Blind are options under which a law of the oracle is not judged.
func Blind(law oracle.Law) Options { return Options{without: law} }

// WithoutLatency are options under which the scheduler's luck shows.
func WithoutLatency() Options { return Options{withoutLatency: true} }

// WithLedger are options under which inspect sees what the oracle judges.
func WithLedger(inspect func(*oracle.Ledger)) Options { return Options{inspect: inspect} }

// RetryConfig is the retry engine's configuration that the scenario's builtin client has.
func RetryConfig(c ClientConfig) (retry.Config, error) {
	return c.Scenario.Client.Builtin.Retry.Config(c.Seed)
}

// LatencyInProxy are options under which requests take their place behind the client's pool.
func LatencyInProxy() Options { return Options{latencyInProxy: true} }

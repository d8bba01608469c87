package script

import (
	"time"

	"github.com/s3chaos/s3chaos/internal/strictyaml"
)

// ClientSpec says which client the drill tests. Exactly one of Builtin, SDK, Careless and Run is
// set.
type ClientSpec struct {
	strictyaml.Block `yaml:"-"`
	Builtin          *Builtin          `yaml:"builtin"`
	SDK              *SDK              `yaml:"sdk"`
	Careless         *Careless         `yaml:"careless"`
	Run              *Command          `yaml:"run"`
	Env              map[string]string `yaml:"env"`         // only with Run
	Credentials      *Credentials      `yaml:"credentials"` // nil: the keys that the server knows
}

// Kind returns "builtin", "sdk", "careless" or "run".
func (c ClientSpec) Kind() string {
	switch {
	case c.SDK != nil:
		return "sdk"
	case c.Careless != nil:
		return "careless"
	case c.Run != nil:
		return "run"
	}
	return "builtin"
}

// Builtin configures this project's own client. A nil, empty or zero field means the client's
// default.
type Builtin struct {
	strictyaml.Block `yaml:"-"`
	Retry            RetryPolicy `yaml:"retry"`
	Prefix           string      `yaml:"prefix"`
	PartSize         Size        `yaml:"part_size,positive"`
	Concurrency      int         `yaml:"concurrency,positive"`
	// DownloadConcurrency is how many ranges of PartSize bytes a download fetches at once. 0 and 1:
	// one request for the whole.
	DownloadConcurrency int `yaml:"download_concurrency,positive"`
	// CopyPartSize is the largest object that the client copies in one request, and the size of the
	// parts of a larger one.
	CopyPartSize Size `yaml:"copy_part_size,positive"`
	// StreamMemory is how many bytes an upload of a stream may hold, so that its parts can grow.
	StreamMemory Size `yaml:"stream_memory,positive"`
	MaxParts     int  `yaml:"max_parts,positive"` // how many parts an upload may have
	// MinRate is how many bytes a second a body must move, averaged over the attempt timeout.
	MinRate         Size `yaml:"min_rate,positive"`
	FindLostUploads bool `yaml:"find_lost_uploads"` // aborts an upload whose id it did not receive
	IgnoreETag      bool `yaml:"ignore_etag"`       // an ETag that looks like an MD5 proves nothing
	SkipUnchanged   bool `yaml:"skip_unchanged"`    // a directory: files that are the same stay

	ExpectedOwner string `yaml:"expected_owner"` // the account that owns the buckets; empty: any
	RequesterPays bool   `yaml:"requester_pays"` // the client pays for its requests
	FromConfig    bool   `yaml:"from_config"`    // the client is made from a configuration of the SDK
	Unobserved    bool   `yaml:"unobserved"`     // the client reports its attempts to no observer
}

// RetryPolicy holds the retry settings of the file. A nil field means the default of
// retry.DefaultConfig.
type RetryPolicy struct {
	strictyaml.Block `yaml:"-"`
	MaxAttempts      *int           `yaml:"max_attempts,positive"`
	InitialDelay     *time.Duration `yaml:"initial_delay"`
	MaxDelay         *time.Duration `yaml:"max_delay,positive"`
	Multiplier       *float64       `yaml:"multiplier"`
	Jitter           *JitterName    `yaml:"jitter"`
	JitterRatio      *float64       `yaml:"jitter_ratio,positive"`
	AttemptTimeout   *time.Duration `yaml:"attempt_timeout,positive"` // time without progress
	MaxHint          *time.Duration `yaml:"max_hint,positive"`
	MaxElapsed       *time.Duration `yaml:"max_elapsed,positive"`
	FailFast         bool           `yaml:"fail_fast"`
	Limiter          bool           `yaml:"limiter"`
	DelaysAfter      DelaysAfter    `yaml:"delays_after"`
	Budget           *BudgetSpec    `yaml:"budget"`
	Breaker          *BreakerSpec   `yaml:"breaker"`
}

// DelaysAfter holds delays that differ from those of the policy, by what ended the attempt. Nil
// means those of the policy.
type DelaysAfter struct {
	strictyaml.Block `yaml:"-"`
	Transient        *DelaySpec `yaml:"transient"`
	Throttle         *DelaySpec `yaml:"throttle"`
	Timeout          *DelaySpec `yaml:"timeout"`
}

// DelaySpec is a schedule of delays. A field that is zero is as in the policy.
type DelaySpec struct {
	strictyaml.Block `yaml:"-"`
	InitialDelay     time.Duration `yaml:"initial_delay,positive"`
	MaxDelay         time.Duration `yaml:"max_delay,positive"`
	Multiplier       float64       `yaml:"multiplier,positive"`
}

// BreakerSpec is a circuit breaker. A field that is zero has the breaker's default.
type BreakerSpec struct {
	strictyaml.Block `yaml:"-"`
	Window           time.Duration `yaml:"window,positive"`
	FailureRatio     float64       `yaml:"failure_ratio,positive"`
	MinAttempts      int           `yaml:"min_attempts,positive"`
	OpenFor          time.Duration `yaml:"open_for,positive"`
	Probes           int           `yaml:"probes,positive"`
}

// JitterName is a kind of jitter as the file spells it.
type JitterName string

// BudgetSpec is a retry budget in tokens; nil means the budget's default.
type BudgetSpec struct {
	strictyaml.Block `yaml:"-"`
	Tokens           *int `yaml:"tokens"`
	RetryCost        *int `yaml:"retry_cost"`
	ThrottleCost     *int `yaml:"throttle_cost"`
	Refund           *int `yaml:"refund"`
	TimeoutCost      *int `yaml:"timeout_cost"`
	Initial          *int `yaml:"initial"`
	RefillPerSecond  *int `yaml:"refill_per_second"`
}

// SDK configures a plain aws-sdk-go-v2 client. A nil or zero value leaves the SDK's default.
type SDK struct {
	strictyaml.Block `yaml:"-"`
	Mode             SDKMode       `yaml:"mode"` // default standard
	MaxAttempts      *int          `yaml:"max_attempts,positive"`
	AttemptTimeout   time.Duration `yaml:"attempt_timeout,positive"`
	PartSize         Size          `yaml:"part_size,positive"`   // zero: one request for each upload
	Concurrency      int           `yaml:"concurrency,positive"` // parts at a time; zero: 5
}

// SDKMode is the SDK's retry mode.
type SDKMode string

// The retry modes: the two of the SDK, and no retries.
const (
	SDKStandard SDKMode = "standard"
	SDKAdaptive SDKMode = "adaptive"
	SDKOff      SDKMode = "off"
)

// Command is a program to run: an argv list, or one line for `sh -c`. Exactly one of Argv and Shell
// is set. Both may hold placeholders.
type Command = strictyaml.Command

package script

import "github.com/s3chaos/s3chaos/internal/strictyaml"

// CallPolicy holds the settings of the retry engine for one call. The engine gets them as they are,
// so that a drill can ask for a policy that makes no sense. A nil field means what the policy of
// the client has.
type CallPolicy struct {
	strictyaml.Block `yaml:"-"`
	Schedule

	MaxAttempts              *AnyInt      `yaml:"max_attempts"`
	AttemptTimeout           *AnyDuration `yaml:"attempt_timeout"`
	AttemptTimeoutMultiplier *AnyNumber   `yaml:"attempt_timeout_multiplier"`
	MaxAttemptTimeout        *AnyDuration `yaml:"max_attempt_timeout"`
	MaxElapsed               *AnyDuration `yaml:"max_elapsed"`
	MaxHint                  *AnyDuration `yaml:"max_hint"`
	FailFast                 bool         `yaml:"fail_fast"`
	IgnoreHints              bool         `yaml:"ignore_hints"` // by a Hint function that finds none
	Limiter                  bool         `yaml:"limiter"`
	DelaysAfter              ClassDelays  `yaml:"delays_after"`
	RetryableErrors          []KnownError `yaml:"retryable_errors"`
	Classes                  []ClassOf    `yaml:"classes"` // a classifier
	Hedge                    *HedgeSpec   `yaml:"hedge"`
	Timestamps               bool         `yaml:"timestamps"`
	MaxHistory               *AnyInt      `yaml:"max_history"`
	UnwrapHistory            bool         `yaml:"unwrap_history"`
	Budget                   *CallBudget  `yaml:"budget"`
	Breaker                  *CallBreaker `yaml:"breaker"`
}

// Schedule is a schedule of delays.
type Schedule struct {
	InitialDelay *AnyDuration `yaml:"initial_delay"` // an explicit 0 is retry.NoDelay
	MaxDelay     *AnyDuration `yaml:"max_delay"`     // an explicit 0 is the default of the engine
	Multiplier   *AnyNumber   `yaml:"multiplier"`
	Delays       *DelayList   `yaml:"delays"`
	Jitter       *string      `yaml:"jitter"` // a name, or a number in quotes
	JitterRatio  *AnyNumber   `yaml:"jitter_ratio"`
}

// DelayList is a DelayFunc. One of its fields is set.
type DelayList struct {
	strictyaml.Block `yaml:"-"`
	Constant         *AnyDuration  `yaml:"constant"`
	Linear           *AnyDuration  `yaml:"linear"`
	Fibonacci        *AnyDuration  `yaml:"fibonacci"`
	List             []AnyDuration `yaml:"list"`
}

// ClassDelays are schedules by class.
type ClassDelays struct {
	strictyaml.Block `yaml:"-"`
	Transient        *ScheduleSpec `yaml:"transient"`
	Throttle         *ScheduleSpec `yaml:"throttle"`
	Timeout          *ScheduleSpec `yaml:"timeout"`
	Permanent        *ScheduleSpec `yaml:"permanent"` // which the engine refuses
}

// ScheduleSpec is the schedule of one class.
type ScheduleSpec struct {
	strictyaml.Block `yaml:"-"`
	Schedule
}

// HedgeSpec says when a second attempt begins beside a slow one.
type HedgeSpec struct {
	strictyaml.Block `yaml:"-"`
	After            AnyDuration `yaml:"after,required"`
	Max              AnyInt      `yaml:"max"`
}

// CallBudget is a retry budget of one call.
type CallBudget struct {
	strictyaml.Block `yaml:"-"`
	Capacity         AnyNumber   `yaml:"capacity"`
	Initial          AnyNumber   `yaml:"initial"`
	Cost             AnyNumber   `yaml:"cost"`
	ThrottleCost     AnyNumber   `yaml:"throttle_cost"`
	TimeoutCost      AnyNumber   `yaml:"timeout_cost"`
	Refund           AnyNumber   `yaml:"refund"`
	RefillPerSecond  AnyNumber   `yaml:"refill_per_second"`
	ForgetAfter      AnyDuration `yaml:"forget_after"`
	MaxTokens        *AnyNumber  `yaml:"max_tokens"` // with TokenRatio: a budget as gRPC has it
	TokenRatio       AnyNumber   `yaml:"token_ratio"`
}

// CallBreaker is a circuit breaker of one call.
type CallBreaker struct {
	strictyaml.Block `yaml:"-"`
	Window           AnyDuration `yaml:"window"`
	FailureRatio     AnyNumber   `yaml:"failure_ratio"`
	MinAttempts      AnyInt      `yaml:"min_attempts"`
	OpenFor          AnyDuration `yaml:"open_for"`
	Probes           AnyInt      `yaml:"probes"`
}

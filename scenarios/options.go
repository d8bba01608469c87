package scenarios

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/s3chaos/s3chaos/scenarios/adapter"
	"github.com/s3chaos/s3chaos/scenarios/oracle"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// Options adjusts how drills run. The zero value runs each drill as its file says.
type Options struct {
	// Seed replaces the seeds of the files. Nil keeps them.
	Seed *uint64
	// Client replaces the clients of the files: "builtin", "sdk", "sdk:standard", "sdk:adaptive" or
	// "sdk:off", the name or the file of an adapter, or a command, "run:" and a line for the shell;
	// see [CheckClient]. Empty keeps them. Only a command replaces a `run:` client, because the
	// drills of such a client have no steps. Drills of the careless client keep it, because they
	// test the oracle.
	//
	// A client of another kind than that of the file is judged by the oracle and by the file's
	// `conformance` block. The attempts, waits and times that the file expects of its own client
	// are then measured and not judged.
	Client string
	// Clock replaces the clocks of the files. Empty keeps them. Drills of a `run:` client always
	// run in real time.
	Clock Clock
	// Timeout replaces the timeouts of the files, in scenario time. 0 keeps them.
	Timeout time.Duration
	// RealTime bounds the real time of a drill in virtual time. Virtual time stands still while a
	// client computes, so that a client that computes forever reaches no timeout. The drill then
	// has the verdict error, and its error matches [faultproxy.ErrNoProgress]. 0 means two minutes.
	RealTime time.Duration
	// Workers is how many drills [RunAll] runs at the same time. 0 means one for each processor. Of
	// drills of programs that Client names it means as many as the machine runs without delay, at
	// least four for each processor.
	Workers int
	// Repeat is how often each drill is played, each time with another GOMAXPROCS. 0 and 1 mean
	// once. A drill in virtual time whose runs differ has the verdict error, "not deterministic".
	// If Repeat is more than 1, drills run one at a time and Workers has no effect, because
	// GOMAXPROCS applies to the whole process.
	Repeat int
	// Slow plays the drills that are slow for programs, with a `conformance` block that says so.
	Slow bool
	// Budget bounds the real time that the programs of one [RunAll] take together. A drill for
	// which it leaves no time has the verdict skip. 0 means no bound.
	Budget time.Duration
	// Exchanges is after how many exchanges a drill ends, because its client goes on without end.
	// Loads add to it. 0 means 20,000.
	Exchanges int
	// Style is how clients write addresses: [PathStyle] or [VirtualStyle]. Empty means PathStyle.
	Style Style
	// TLS lets the proxy speak TLS in every drill. Otherwise it does only in drills with a `tls`
	// fault.
	TLS bool
	// Known are failures of clients that are known. They do not fail a run: see [ExitCode].
	Known KnownFailures
	// Durations remembers how long the drills of programs took. Nil remembers nothing.
	Durations *Durations
	// Workdir is the directory in which each drill creates its work directory, and removes it at
	// the end. Empty means os.TempDir, or, for drills with little content, a file system in memory
	// if the machine has one.
	Workdir string

	// Keep is called with each judged drill before its work directory is removed. An error of Keep
	// gives the drill the verdict error. Nil keeps nothing.
	Keep func(s *Scenario, r *Result, workdir string) error

	// Finished is called by [RunEach] and [RunAll] with each result as soon as its drill has ended.
	// The calls come in the order of the ends, and may run at the same time. Nil: nothing is
	// called.
	Finished func(r *Result)

	// NewClient returns the client to drill instead of the file's client. Nil keeps the file's
	// client. Drills of the careless client always keep it.
	NewClient func(ClientConfig) (Client, error)
	// Conformance judges the client of NewClient as a client of another kind: see Client. If it is
	// false, that client has to do all that the file expects.
	Conformance bool
	// Test is the Go test that plays the drills of NewClient, such as a *testing.T. Their replay
	// command names it. Nil: Run and RunAll look for a test function among their callers.
	Test interface{ Name() string }
	// WrapUpstream wraps the handler of the fake S3, behind the proxy. Nil wraps nothing.
	WrapUpstream func(http.Handler) http.Handler

	foreign        *foreignClient       // of Client, see find; nil: Client names no program
	proofs         *proofs              // what the foreign client did without faults; nil: not known yet
	faultless      bool                 // the drill proves that the client works without faults
	other          bool                 // of one drill: its client is foreign, see foreignTo
	partSize       script.Size          // of one drill: the size of parts; 0: as the client likes
	strain         straining            // what strains this machine; nil: it is not measured
	testCommand    string               // command that replays a drill of NewClient; empty if unknown
	inspect        func(*oracle.Ledger) // for tests: receives the ledger that the oracle judges
	without        oracle.Law           // for tests: the law that the oracle leaves out
	withoutLatency bool                 // for tests: switches the identity latency off
	latencyInProxy bool                 // for benchmarks: the proxy orders requests, after the client's connection pool
}

// CheckClient returns an error if name is not a valid value of Options.Client.
func CheckClient(name string) error {
	if ownClient(name) {
		return nil
	}
	if line, ok := commandOf(name); ok {
		if line == "" {
			return errors.New("run: want a command, as in 'run:./backup.sh'")
		}
		return nil
	}
	_, err := adapter.Find(name)
	return err
}

// IsProgram reports whether name, a value of Options.Client, means a program: an adapter or a
// command.
func IsProgram(name string) bool { return !ownClient(name) }

// ownClients are the values of Options.Client that mean clients of this package.
var ownClients = []string{"builtin", "sdk", "sdk:standard", "sdk:adaptive", "sdk:off"}

// OwnClients returns the values of Options.Client that mean clients of this package.
func OwnClients() []string { return slices.Clone(ownClients) }

// ownClient reports whether name is one of the clients of this package, or empty.
func ownClient(name string) bool { return name == "" || slices.Contains(ownClients, name) }

func (o *Options) clock(s *Scenario) Clock {
	switch {
	case s.Client.Run != nil, o.adapted():
		return Real
	case o.Clock != "":
		return o.Clock
	case s.Clock == Real:
		return Real
	}
	return Virtual
}

func (o *Options) seed(s *Scenario) uint64 {
	if o.Seed != nil {
		return *o.Seed
	}
	return s.Seed
}

func (o *Options) timeout(s *Scenario) time.Duration {
	if o.Timeout > 0 {
		return o.Timeout
	}
	return s.Timeout
}

// withClient returns the scenario with the client that the options name.
func (o *Options) withClient(s *Scenario) *Scenario {
	if o.command() && s.Client.Careless == nil {
		return commandScenario(s, o.foreign.command)
	}
	return WithClient(s, o.Client)
}

// WithClient returns a copy of the scenario that declares one of the clients of this package, such
// as "sdk:adaptive", with the policy of the declared client as far as it has the same settings. It
// returns s itself for other clients, and if s declares a program or the careless client.
func WithClient(s *Scenario, client string) *Scenario {
	if client == "" || !ownClient(client) || s.Client.Run != nil || s.Client.Careless != nil {
		return s
	}
	dressed := *s
	kind, mode, _ := strings.Cut(client, ":")
	switch {
	case kind == "sdk":
		spec := script.SDK{}
		if s.Client.SDK != nil {
			spec = *s.Client.SDK
		} else if b := s.Client.Builtin; b != nil {
			spec.MaxAttempts = b.Retry.MaxAttempts
			set(&spec.AttemptTimeout, b.Retry.AttemptTimeout)
			spec.PartSize, spec.Concurrency = b.PartSize, b.Concurrency
		}
		if mode != "" {
			spec.Mode = script.SDKMode(mode)
		}
		dressed.Client = script.ClientSpec{Block: s.Client.Block, SDK: &spec, Credentials: s.Client.Credentials}
	case s.Client.Builtin == nil:
		spec := &script.Builtin{}
		if s.Client.SDK != nil {
			spec.Retry.MaxAttempts = s.Client.SDK.MaxAttempts
			spec.PartSize, spec.Concurrency = s.Client.SDK.PartSize, s.Client.SDK.Concurrency
			if t := s.Client.SDK.AttemptTimeout; t > 0 {
				spec.Retry.AttemptTimeout = &t
			}
		}
		dressed.Client = script.ClientSpec{Block: s.Client.Block, Builtin: spec, Credentials: s.Client.Credentials}
	}
	return &dressed
}

// fromCatalog reports whether the scenario comes from the catalog.
func fromCatalog(s *Scenario) bool { return s.ID != "" && s.File == Entry{ID: s.ID}.File() }

package scenarios

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/s3chaos/s3chaos/faultproxy"
	"github.com/s3chaos/s3chaos/scenarios/adapter"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// A foreign client plays the scenario of another client. It is judged by the oracle and by what
// every client owes, never by the retry policy that the scenario declares for its own client. It is
// a program that an adapter describes, a command, a Go client with Options.Conformance, or the
// builtin or sdk client in a drill of the other one.

// A foreignClient is the program that Options.Client names.
type foreignClient struct {
	name    string           // for reports
	adapter *adapter.Adapter // nil: a command
	command string           // a line for the shell; empty: an adapter
	version string           // as the program reports it
	missing string           // why it cannot be played; empty if it can
}

// Prepare reads the adapter that Client names and asks its program for the version. Drills with
// copies of these options then share this, and share the proof that the program can do the work
// without faults. It does nothing for other clients.
func (o *Options) Prepare(ctx context.Context) error {
	if o.proofs == nil {
		o.proofs = newProofs()
	}
	return o.find(ctx)
}

// find reads the adapter that Client names and asks its program for the version, unless that is
// done already. RunAll does it once for all drills: some programs take seconds to start.
func (o *Options) find(ctx context.Context) error {
	if ownClient(o.Client) || o.foreign != nil {
		return nil
	}
	if line, ok := commandOf(o.Client); ok {
		o.foreign = &foreignClient{name: o.Client, command: line}
		return nil
	}
	a, err := adapter.Find(o.Client)
	if err != nil {
		return err
	}
	o.foreign = &foreignClient{name: a.Name, adapter: a}
	o.foreign.version, o.foreign.missing = versionOf(ctx, a)
	return nil
}

// foreignTo reports whether a foreign client plays the scenario, which is as its file has it. The
// careless client keeps its drills, and a program keeps those that name it.
func (o *Options) foreignTo(s *Scenario) bool {
	switch {
	case s.Client.Careless != nil:
		return false
	case o.foreign != nil:
		return true
	case o.NewClient != nil:
		return o.Conformance
	}
	kind, _, _ := strings.Cut(o.Client, ":")
	return kind != "" && s.Client.Run == nil && kind != s.Client.Kind()
}

// command reports whether the client is a command.
func (o *Options) command() bool { return o.foreign != nil && o.foreign.adapter == nil }

// adapted reports whether the client is a program that an adapter describes.
func (o *Options) adapted() bool { return o.other && o.foreign != nil && o.foreign.adapter != nil }

// policyKinds are the expectations about the declared client's own policy. For a foreign client
// they are measured and not judged.
var policyKinds = []string{
	"attempts", "sends", "waits", "elapsed", "error", "requests", "bytes_sent", "bytes_received", "progress", "log",
}

// unplayable returns why the foreign client cannot play a scenario, or "".
func (o *Options) unplayable(s *Scenario) string {
	c := o.foreign
	switch {
	case s.Client.Careless != nil:
		return "the drill tests the oracle"
	case s.Client.Run != nil && (c == nil || c.adapter != nil):
		return "the drill has a program of its own"
	case s.Conformance != nil && s.Conformance.Level == script.Own:
		return "the drill has level own: it tests this project's client, its policy or the oracle"
	case fromCatalog(s) && s.Conformance == nil:
		return "the drill has no conformance block: it tests the policy of its own client"
	}
	if c == nil {
		return "" // a Go client, in virtual time
	}
	if s.Conformance != nil && s.Conformance.Slow && !o.Slow {
		return "it takes minutes with a program: --slow plays it"
	}
	for _, rule := range s.AllRules() {
		if why := script.InRealTime(&rule); why != "" {
			return fmt.Sprintf("fault %s: %s", rule.Fault.Kind(), why)
		}
	}
	var err error
	switch {
	case c.adapter != nil && o.Style == VirtualStyle && !c.adapter.Virtual:
		return "the adapter of " + c.name + " has no virtual-hosted addresses"
	case c.adapter != nil:
		if why := c.adapter.LacksParts(int64(partSizeOf(s))); why != "" && strikesParts(s) {
			return why
		}
		err = requireVerbs(c.adapter, s)
	case s.Client.Run == nil:
		err = requireIntents(s)
	}
	if err != nil {
		return err.Error()
	}
	if o.Style == VirtualStyle && c.missing == "" {
		return unresolved()
	}
	return c.missing
}

// partSizeOf returns the part size of the scenario's client, or 0.
func partSizeOf(s *Scenario) script.Size {
	switch c := s.Client; {
	case c.Builtin != nil:
		return c.Builtin.PartSize
	case c.SDK != nil:
		return c.SDK.PartSize
	}
	return 0
}

// multipart are the operations of an upload in parts.
var multipart = []string{
	"CreateMultipartUpload", "UploadPart", "CompleteMultipartUpload", "AbortMultipartUpload",
}

// strikesParts reports whether a fault of the scenario strikes only clients that upload in parts of
// the size that the scenario wants.
func strikesParts(s *Scenario) bool {
	return partSizeOf(s) > 0 && slices.ContainsFunc(s.AllRules(), func(r faultproxy.Rule) bool {
		named := r.Match.Operations // a rule has either a list or one
		if r.Match.Operation != "" {
			named = []string{r.Match.Operation}
		}
		return !r.Optional && len(named) > 0 &&
			!slices.ContainsFunc(named, func(name string) bool { return !slices.Contains(multipart, name) })
	})
}

// within returns the time in which a foreign client must be done.
func (d *drill) within() time.Duration {
	if c := d.scenario.Conformance; c != nil && d.foreign() {
		return c.Within
	}
	return d.options.timeout(d.scenario)
}

// owed returns a reason for everything that a foreign client owes and did not do.
func (o *outcome) owed() []Reason {
	if o.scenario.Conformance != nil {
		return o.nonconformance()
	}
	return slices.DeleteFunc(o.unmet(), func(r Reason) bool { return slices.Contains(policyKinds, r.Kind) })
}

// owing returns the unfired faults that make the drill of a foreign client vacuous: those that
// never fired. How often one fires depends on the client's policy.
func owing(unfired []Reason, faults []FaultResult) []Reason {
	return slices.DeleteFunc(unfired, func(r Reason) bool {
		return slices.ContainsFunc(faults, func(f FaultResult) bool {
			return f.Line == r.Line && f.Unmet == r.Got && f.Fired > 0
		})
	})
}

// attribute sets the step of each record. A program sends no step header, so the record belongs to
// the step that ran when it arrived, and of several to the one about its key.
func (o *outcome) attribute() {
	offset := o.world.proxy.Start().Sub(o.world.start)
	for i := range o.records {
		r := &o.records[i]
		at := r.At + offset
		for _, a := range o.acts {
			if r.Step != "" && !(a.Bucket == r.Bucket && a.Key == r.Key) || at < a.Start || a.Done && at > a.End {
				continue
			}
			r.Step = a.Step
		}
	}
}

// A ClientInfo is one client that `chaos clients` lists.
type ClientInfo struct {
	Name    string
	About   string
	Version string // as the program reports it; empty if it is not installed
	Missing string // why it cannot be played; empty if it can
}

// Clients returns the clients that adapters of this project describe, sorted by name.
func Clients(ctx context.Context) ([]ClientInfo, error) {
	var list []ClientInfo
	for _, name := range adapter.Names() {
		a, err := adapter.Find(name)
		if err != nil {
			return nil, err
		}
		info := ClientInfo{Name: name, About: a.About}
		info.Version, info.Missing = versionOf(ctx, a)
		list = append(list, info)
	}
	return list, nil
}

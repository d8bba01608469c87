package sweep

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/s3chaos/s3chaos/faultproxy"
	"github.com/s3chaos/s3chaos/scenarios"
	"github.com/s3chaos/s3chaos/scenarios/hunt"
	"github.com/s3chaos/s3chaos/scenarios/hunt/found"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// A Word says in one word what the client did in a drill.
type Word string

// The words, from the best to the worst.
const (
	NotFired  Word = "not fired"  // the fault found nothing to do at this exchange
	Recovered Word = "recovered"  // every step succeeded
	GaveUp    Word = "gave up"    // a step failed, and the client said so
	Broke     Word = "broke"      // the client broke an invariant, left something behind, or panicked
	Hung      Word = "hung"       // the client did not end
	Lied      Word = "lied"       // what the client reported is not true, or data is lost
	Unjudged  Word = "unjudged"   // the drill broke
	NotPlayed Word = "not played" // the sweep ended before
)

// A Drill is one play of a workload with a fault, or with two.
type Drill struct {
	ID        string   `json:"id"` // workload, exchange and faults: the same in each run of a sweep
	Workload  string   `json:"workload"`
	Operation string   `json:"operation"` // of the exchange
	Exchange  string   `json:"exchange"`
	Fault     string   `json:"fault"` // kind of the fault; of the second one of a pair
	Faults    []string `json:"faults"`

	Word     Word           `json:"word"`
	Why      string         `json:"why,omitempty"` // why the drill is unjudged
	Attempts int            `json:"attempts"`      // of the exchange
	Extra    time.Duration  `json:"extra_ns"`      // scenario time beyond that without faults
	Findings []hunt.Finding `json:"findings,omitempty"`
	Facts    []Fact         `json:"facts,omitempty"` // of a kill

	// Print stands for the client and the scenario: a drill with another one is another drill.
	Print   string     `json:"print"`
	Shape   string     `json:"shape,omitempty"`   // of the journal, see shapeOf
	Retries []Exchange `json:"retries,omitempty"` // the exchanges that the workload does not have without faults

	// Result is that of the drill with the findings as its reasons. It is nil for a drill that was
	// taken from the state of an earlier sweep, and has no journal without a finding.
	Result *scenarios.Result `json:"-"`

	text     []byte // the scenario file
	exchange Exchange
	variant  Variant
	first    *Drill // of a pair: the drill with the first fault alone
}

// rules returns the rules of the drill as YAML, the second fault first: it counts every request,
// and the rule of the first fault counts those that are left.
func (d *Drill) rules() []string {
	own := []string{d.exchange.rule(d.variant)}
	if d.first != nil {
		own = append(own, d.first.rules()...)
	}
	return own
}

// prepare fills what is known before the drill: its names, its text and its print.
func (d *Drill) prepare(p *hunt.Player, l *learned) {
	d.Workload, d.Operation, d.Exchange = l.work.Name, d.exchange.Operation, d.exchange.String()
	d.Fault = d.variant.Kind()
	d.Faults = []string{d.variant.String()}
	if d.first != nil {
		d.Faults = append(slices.Clone(d.first.Faults), d.Faults...)
	}
	d.ID = d.Workload + ": " + d.Exchange + ": " + d.variant.String()
	if d.first != nil {
		d.ID = d.first.ID + " + " + d.Exchange + ": " + d.variant.String()
	}
	d.text = found.ReplaceLine(l.text, "faults", "  - "+strings.Join(d.rules(), "\n  - "))
	if d.variant.Kill {
		d.text = found.ReplaceLine(d.text, "signal", d.variant.signal())
	}
	d.Print = digest(fmt.Sprintf("%s %t %s", p.Client, p.Lying, d.text))
}

// digest returns a short text that stands for a long one.
func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:8])
}

// play plays and judges the drill.
func (d *Drill) play(ctx context.Context, p *hunt.Player, l *learned) {
	s, err := script.Parse(d.Workload+".yaml", d.text)
	if err != nil {
		d.Word, d.Why = Unjudged, err.Error()
		return
	}
	if p.Program() && script.InRealTime(&s.Faults[0].Rule) != "" {
		d.Word = NotFired
		return
	}
	o := p.Play(ctx, s)
	d.Findings, d.Result = o.Findings, o.Result
	d.Extra = o.Result.Elapsed - l.elapsed
	d.Attempts = l.attempts(d.exchange, o.Result.Journal)
	d.Shape, d.Retries = shapeOf(o.Result.Journal), l.beyond(o.Result.Journal)
	d.Word, d.Why = wordOf(o), o.Unjudged
	if d.Word == NotFired {
		d.Findings = nil
	}
	if d.variant.Kill && d.Word != Unjudged && d.Word != NotFired {
		d.Facts = l.facts(o)
	}
	d.report()
}

// report makes the result of the drill one of the sweep: the findings are its reasons.
func (d *Drill) report() {
	r := d.Result
	r.ID, r.Name, r.File, r.Notes, r.Quoted = d.ID, d.ID, "", nil, nil
	switch {
	case d.Word == Unjudged:
	case len(d.Findings) == 0:
		r.Verdict, r.Reasons, r.Journal, r.Groups = scenarios.Pass, nil, nil, nil
	default:
		r.Verdict, r.Reasons = scenarios.Fail, nil
		for _, f := range d.Findings {
			r.Reasons = append(r.Reasons, scenarios.Reason{
				Kind: string(f.Kind), Step: f.Step, Got: f.Sentence, Evidence: f.Evidence,
			})
		}
	}
}

// wordOf returns the word for an outcome.
func wordOf(o *hunt.Outcome) Word {
	switch {
	case o.Unjudged != "" || o.Result.Interrupted():
		return Unjudged
	case o.Result.FaultsFired() == 0 && len(o.Result.Faults) > 0:
		return NotFired // what the client does wrong is not the fault's doing
	case len(o.Findings) > 0:
		worst := Broke
		for _, f := range o.Findings {
			if w := wordFor(f.Kind); w == Lied || worst == Broke {
				worst = w
			}
		}
		return worst
	case o.Result.FaultsFired() == 0:
		return NotFired
	case slices.ContainsFunc(o.Result.Steps, failed):
		return GaveUp
	}
	return Recovered
}

func failed(s scenarios.StepResult) bool { return s.Outcome != script.Success }

func wordFor(k hunt.Kind) Word {
	if k == hunt.Endless {
		return Hung
	}
	switch script.Finding(k) {
	case script.Hang:
		return Hung
	case script.LostWrite, script.TornObject, script.WrongRead, script.PhantomSuccess, script.TornFile,
		script.Destroyed, script.FalseFailure:
		return Lied
	}
	return Broke
}

// learned is what a workload does without faults.
type learned struct {
	work      *Workload
	text      []byte // of the file, with the client that is swept
	exchanges []Exchange
	known     map[Exchange]bool
	elapsed   time.Duration
	files     []string // in the work directory at the end
}

// errLacks means that the client has no operation for a step of the workload.
var errLacks = errors.New("left out")

// learn plays the workload without faults. The drill that it returns has findings if the client is
// wrong without faults, so that no fault can be blamed. The error says why the client cannot be
// swept with the workload.
func learn(ctx context.Context, p *hunt.Player, w *Workload) (*learned, *Drill, error) {
	o := p.Play(ctx, w.Scenario)
	if o.Result.Verdict == scenarios.Skip {
		return nil, nil, fmt.Errorf("%w: %s", errLacks, o.Unjudged)
	}
	if o.Unjudged != "" {
		return nil, nil, fmt.Errorf("without faults: %s", o.Unjudged)
	}
	text, err := w.Scenario.Marshal()
	if err != nil {
		return nil, nil, err
	}
	text = found.ReplaceLine(text, "expect", "{outcome: any}")
	if w.Scenario.Seed != 1 { // Marshal writes what the file had
		text = found.ReplaceLine(text, "seed", strconv.FormatUint(w.Scenario.Seed, 10))
	}
	if client := clientText(p, w.Scenario); client != "" {
		text = found.ReplaceLine(text, "client", client)
	}
	if p.Program() && w.Scenario.Conformance == nil {
		text = found.ReplaceLine(text, "conformance", "{level: must, source: a sweep, within: 1m}")
	}
	l := &learned{
		work: w, text: text, exchanges: exchangesOf(o.Result.Journal), elapsed: o.Result.Elapsed,
		files: o.Files, known: make(map[Exchange]bool),
	}
	for _, e := range l.exchanges {
		l.known[e.same()] = true
	}
	bare := &Drill{
		ID: w.Name + ": without faults", Workload: w.Name, Word: wordOf(o), Findings: o.Findings, Result: o.Result,
		text: text,
	}
	bare.report()
	return l, bare, nil
}

// clientText returns the client of the player as YAML, or "" to keep the one of the file.
func clientText(p *hunt.Player, s *script.Scenario) string {
	dressed := p.Dress(s).Client
	switch sdk := dressed.SDK; {
	case sdk == nil && dressed.Builtin != nil && s.Client.SDK != nil:
		own := dressed.Builtin
		retry := "retry: " + flow(bounds(own.Retry.MaxAttempts, own.Retry.AttemptTimeout))
		return "{builtin: " + flow(append([]string{retry}, parts(own.PartSize, own.Concurrency)...)) + "}"
	case sdk == nil, s.Client.SDK != nil && sdk.Mode == s.Client.SDK.Mode:
		return ""
	default:
		most := sdk.MaxAttempts
		if sdk.Mode == script.SDKOff {
			most = nil
		}
		fields := []string{"mode: " + string(cmp.Or(sdk.Mode, script.SDKStandard))}
		fields = append(fields, bounds(most, &sdk.AttemptTimeout)...)
		return "{sdk: " + flow(append(fields, parts(sdk.PartSize, sdk.Concurrency)...)) + "}"
	}
}

// flow returns a mapping with these fields in YAML's flow form.
func flow(fields []string) string { return "{" + strings.Join(fields, ", ") + "}" }

// bounds returns the fields of a policy that are set.
func bounds(attempts *int, timeout *time.Duration) (fields []string) {
	if attempts != nil {
		fields = append(fields, fmt.Sprintf("max_attempts: %d", *attempts))
	}
	if timeout != nil && *timeout > 0 {
		fields = append(fields, "attempt_timeout: "+timeout.String())
	}
	return fields
}

// parts returns the fields of uploads in parts that are set.
func parts(size script.Size, concurrency int) (fields []string) {
	if size > 0 {
		fields = append(fields, fmt.Sprintf("part_size: %d", size))
	}
	if concurrency > 0 {
		fields = append(fields, fmt.Sprintf("concurrency: %d", concurrency))
	}
	return fields
}

// attempts returns how often the client sent the exchange: once, and as often as it has more
// requests of its kind than without faults.
func (l *learned) attempts(e Exchange, records []faultproxy.Record) int {
	count := func(all []Exchange) (n int) {
		for _, other := range all {
			if other.Nth, other.At = e.Nth, e.At; other == e {
				n++
			}
		}
		return n
	}
	return max(0, 1+count(exchangesOf(records))-count(l.exchanges))
}

// beyond returns the exchanges that the workload does not have without faults: those of a retry.
func (l *learned) beyond(records []faultproxy.Record) []Exchange {
	return slices.DeleteFunc(exchangesOf(records), func(e Exchange) bool { return l.known[e.same()] })
}

// shapeOf stands for a journal without what does not matter to the client's next request: drills
// with the same shape have the same retries.
func shapeOf(records []faultproxy.Record) string {
	var b strings.Builder
	for _, r := range records {
		fmt.Fprintf(&b, "%s %s/%s %d %d %s\n", r.Operation, r.Bucket, r.Key, r.Part, r.Status/100, r.Ended)
	}
	return digest(b.String())
}

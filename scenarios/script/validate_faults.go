package script

import (
	"errors"
	"slices"
	"strings"

	"github.com/s3chaos/s3chaos/faultproxy"
	"github.com/s3chaos/s3chaos/internal/glob"
	"github.com/s3chaos/s3chaos/internal/strictyaml"
)

func (v *validator) faults() {
	names := map[string]strictyaml.Place{}
	before := v.Count()
	for i := range v.s.Faults {
		f := &v.s.Faults[i]
		if !f.Decoded() || f.Rule.Fault == nil {
			continue // not understood, which is reported already
		}
		for _, mistake := range mistakesIn(f.Rule.Validate()) {
			v.ruleError(f, mistake)
		}
		v.ruleName(&f.Block, f.Rule.Name)
		v.onTCP(f)
		v.ownName(&f.Block, f.Rule.Name, "faults", "rules", names)
		v.matchBucket(f)
	}
	if v.Count() == before && v.s.Understood("faults") {
		v.unreachable()
	}
}

// matchBucket checks that the bucket pattern of a rule matches a bucket of the drill. It skips run
// clients, because a program may create buckets.
func (v *validator) matchBucket(f *Fault) {
	pattern := glob.Compile(f.Rule.Match.Bucket)
	names := slices.Concat(v.s.Buckets, v.s.namedBuckets())
	if v.s.Client.Run == nil && glob.Check(f.Rule.Match.Bucket) == nil && !slices.ContainsFunc(names, pattern.Match) &&
		!pattern.Match("") {
		v.known(f.span("match.bucket"), f.Rule.Match.Bucket, names, "faults.match.bucket", "bucket")
	}
}

// unreachable warns of rules that can never fire, because they make the drill vacuous. It skips
// rules that are optional or have probability 0.
func (v *validator) unreachable() {
	for _, u := range faultproxy.Shadowed(v.s.Rules()) {
		f := &v.s.Faults[u.Index]
		if p := f.Rule.Probability; f.Rule.Optional || p != nil && *p == 0 {
			continue
		}
		if u.By >= 0 {
			v.Warn(strictyaml.Span{Place: f.Place}, u.Hint, "faults: this rule never fires: the one on line %d %s",
				v.s.Faults[u.By].Line, u.Does)
			continue
		}
		v.Warn(f.span("match"), u.Hint, "faults: this rule never fires: %s", u.Why)
	}
}

// onTCP checks that the machine's own network can play the fault.
func (v *validator) onTCP(f *Fault) {
	if v.s.Clock != Real {
		return
	}
	kind := f.Rule.Fault.Kind()
	switch why := InRealTime(&f.Rule); {
	case why == "":
		return
	case !refused(&f.Rule):
		v.Add(f.KeySpan(kind), "use clock: virtual, with a builtin or sdk client",
			"faults.%s: in real time, %s", kind, why)
	case !f.Has("during"):
		v.Add(f.KeySpan(kind), "write for example during: [10s, 40s]", "faults.refuse: in real time, it needs during")
	}
	for _, limit := range uncounted {
		if refused(&f.Rule) && f.Has(limit) {
			v.Add(f.KeySpan(limit), "use clock: virtual, with a builtin or sdk client",
				"faults.%s: in real time, refuse closes the port for its whole window", limit)
		}
	}
}

// uncounted are the limits that count connections, which a closed port does not see.
var uncounted = []string{"times", "after", "probability"}

// refused reports whether the fault is a refused connection. Of the faults before a connection it
// is the one that the machine's own network can play: the listener closes for a while.
func refused(r *faultproxy.Rule) bool {
	refusals := []string{faultproxy.Refuse("").String(), faultproxy.Refuse("refused").String()}
	return slices.Contains(refusals, r.Fault.String())
}

// InRealTime returns why a rule cannot be played over TCP, or "" if it can.
func InRealTime(r *faultproxy.Rule) string {
	switch kind := r.Fault.Kind(); {
	case !slices.Contains([]string{"dns", "connect_timeout", "refuse"}, kind):
		return ""
	case !refused(r):
		return "the sockets cannot do this"
	case r.During == (faultproxy.Window{}) || r.Times != 0 || r.After != 0 || r.Probability != nil:
		return "refuse closes the port for its whole window, which during sets"
	}
	return ""
}

// ruleError reports one mistake of a rule at the place of the mistake.
func (v *validator) ruleError(f *Fault, mistake error) {
	var fe *faultproxy.FieldError
	if !errors.As(mistake, &fe) {
		v.Add(strictyaml.Span{Place: f.Place}, "", "faults: %s", strictyaml.OneLine(mistake))
		return
	}
	kind := f.Rule.Fault.Kind()
	if about, _, _ := strings.Cut(fe.Field, "."); about == kind && !f.Understood(kind) {
		return // not understood, which is reported already
	}
	v.Add(f.span(fe.Field), fe.Hint, "faults.%s: %s", fe.Field, fe.Message)
}

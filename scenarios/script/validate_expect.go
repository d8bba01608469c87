package script

import (
	"maps"
	"slices"
	"strings"

	"github.com/s3chaos/s3chaos/faultproxy"
	"github.com/s3chaos/s3chaos/internal/glob"
	"github.com/s3chaos/s3chaos/internal/strictyaml"
)

// scope says what an expectation applies to: these steps, or the whole drill if top is set.
type scope struct {
	path  string
	steps []Step
	top   bool
}

// misplaced is a rule about keys of an expectation: when they may not occur, and why.
type misplaced struct {
	keys      string // separated by spaces
	when      func(v *validator, e *Expect, in scope) bool
	why, hint string
}

// misplacements are all rules about keys that do not fit their place or the other keys.
var misplacements = []misplaced{
	{"exit_code stdout stderr", noProgram, "it applies to a run client only", ""},
	{
		"error", program, "a program does not report an error",
		"expect exit_code, stdout or stderr",
	},
	{"succeed", withoutInner, "it applies to parallel, repeat and load steps only", ""},
	{"operations", withoutLoad, "it applies to load steps only", ""},
	{"succeed", succeedBeyond, "the step has fewer steps inside", ""},
	{"call", withoutCall, "it applies to call steps only", ""},
	{"raw", withoutRaw, "it applies to raw steps only", ""},
	{"waits", callPolicyWaits, "the policy is that of requests", "list the waits"},
	{"exists", program, "it applies to exists steps only", ""},
	{"keys", program, "it applies to list steps only", ""},
	{"waits", severalSteps, "the drill has more than one step", "expect them of each step"},
	{"jitter", notWhole, "it applies to the whole drill only", "expect it at the top of the file"},
	{"jitter", withoutPolicy, "only the builtin client declares the intervals of its waits", ""},
	{"jitter", realTime, "it needs virtual time, where waits are exact", ""},
	{"jitter", withHints, "a fault sends retry_after, and such a wait is not drawn", "leave retry_after out"},
	{"jitter", fewSeeds, "over_seeds: want 50 to 100000", ""},
	{"waits", programPolicy, "a program declares no retry policy", ""},
	{"exists", withoutOne("exists"), "want it on one exists step", ""},
	{"keys", withoutOne("list"), "want it on one list step", ""},
	{"progress", withoutProgress, "it applies to uploads and downloads by the builtin client only", ""},
	{"log", withoutPolicy, "only the builtin client has a log that the drill reads", ""},
	{"error", errorOfSuccess, "a success has no error", "expect outcome: failure"},
	{"error", emptyError, "name its code, its kind or both", ""},
	{"violates", emptyViolates, "it is empty: want one finding or more", "leave it out"},
}

func program(v *validator, _ *Expect, _ scope) bool   { return v.s.Client.Run != nil }
func noProgram(v *validator, _ *Expect, _ scope) bool { return v.s.Client.Run == nil }

func severalSteps(v *validator, _ *Expect, in scope) bool {
	return in.top && v.s.Client.Run == nil && len(v.s.Steps)-count(v.s.Steps, "wait", "rules", "raw") > 1
}

func notWhole(_ *validator, _ *Expect, in scope) bool { return !in.top }

func withoutPolicy(v *validator, _ *Expect, _ scope) bool { return v.s.Client.Builtin == nil }

func realTime(v *validator, _ *Expect, _ scope) bool { return v.s.Clock == Real }

// withHints reports whether a rule of the scenario sends a hint how long to wait.
func withHints(v *validator, _ *Expect, _ scope) bool {
	return slices.ContainsFunc(v.s.Faults, func(f Fault) bool {
		_, hint := f.trail[strictyaml.Join(f.path, "respond.retry_after")]
		return hint
	}) || v.s.changesRules() && slices.ContainsFunc(v.s.AllRules(), func(r faultproxy.Rule) bool {
		return strings.Contains(r.String(), "retry_after: ")
	})
}

func fewSeeds(_ *validator, e *Expect, _ scope) bool {
	return e.Jitter != nil && e.Understood("jitter") && (e.Jitter.OverSeeds < 50 || e.Jitter.OverSeeds > 100_000)
}

func programPolicy(v *validator, e *Expect, _ scope) bool {
	return e.Waits != nil && e.Waits.Policy && v.s.Client.Run != nil
}

// withoutCall reports whether the expectation is not that of one call.
func withoutCall(_ *validator, _ *Expect, in scope) bool {
	return in.top || len(in.steps) != 1 || in.steps[0].Call == nil
}

// withoutRaw reports whether the expectation is not that of one raw step.
func withoutRaw(_ *validator, _ *Expect, in scope) bool {
	return in.top || len(in.steps) != 1 || in.steps[0].Raw == nil
}

// callPolicyWaits reports whether the waits of a call are to follow the policy.
func callPolicyWaits(_ *validator, e *Expect, in scope) bool {
	return e.Waits != nil && e.Waits.Policy && count(in.steps, "call") > 0
}

// withoutOne reports whether the steps hold this operation never, or more than once.
func withoutOne(operation string) func(*validator, *Expect, scope) bool {
	return func(v *validator, _ *Expect, in scope) bool {
		return v.s.Client.Run == nil && count(in.steps, operation) != 1
	}
}

// withoutInner reports whether the expectation is not that of one step with steps inside.
func withoutInner(_ *validator, _ *Expect, in scope) bool {
	return in.top || len(in.steps) != 1 || in.steps[0].inner() == 0
}

// withoutLoad reports whether the expectation is not that of one load.
func withoutLoad(_ *validator, _ *Expect, in scope) bool {
	return in.top || len(in.steps) != 1 || in.steps[0].Load == nil
}

// succeedBeyond reports whether more steps must succeed than the step has inside.
func succeedBeyond(_ *validator, e *Expect, in scope) bool {
	if e.Succeed == nil || in.top || len(in.steps) != 1 {
		return false
	}
	least, bounded := e.Succeed.Min()
	inner := in.steps[0].inner()
	return bounded && inner > 0 && least > inner
}

func withoutProgress(v *validator, _ *Expect, in scope) bool {
	return v.s.Client.Builtin == nil || count(in.steps, "upload", "upload_stream", "download") == 0
}

func errorOfSuccess(_ *validator, e *Expect, _ scope) bool {
	return e.Outcome == Success && e.Error != nil
}

func emptyError(_ *validator, e *Expect, _ scope) bool { return e.Error != nil && e.Error.Empty() }

func emptyViolates(_ *validator, e *Expect, _ scope) bool {
	return e.Understood("violates") && len(e.Violates) == 0
}

func (v *validator) expect(e *Expect, in scope) {
	if !e.Decoded() {
		return
	}
	for _, m := range misplacements {
		for key := range strings.FieldsSeq(m.keys) {
			if e.Has(key) && m.when(v, e, in) {
				v.Add(e.KeySpan(key), m.hint, "%s.%s: %s", in.path, key, m.why)
			}
		}
	}
	for i := range e.Requests {
		r := &e.Requests[i]
		if r.Understood("operation") {
			checkOperation(v.Problems, r.ValueSpan("operation"), r.Operation, in.path+".requests.operation")
		}
		v.patterns(r, in.path+".requests.headers")
		v.pattern(r.ValueSpan("fault"), r.Fault, in.path+".requests.fault")
		v.rulesOfRequest(r, in.path+".requests.rules")
	}
	if e.Error != nil && e.Error.Understood("text") {
		v.pattern(e.Error.ValueSpan("text"), e.Error.Text, in.path+".error.text")
	}
	for i, line := range e.Log {
		v.pattern(e.ItemSpan("log", i), line, in.path+".log")
	}
	if e.Call != nil {
		v.callPatterns(e.Call, in.path+".call")
		v.otherCalls(e.Call, in)
	}
	if e.Raw != nil {
		v.rawPatterns(e.Raw, in.path+".raw")
	}
	v.values(e, in)
	v.contents(e, in)
}

// patterns checks the header patterns of an expected request.
func (v *validator) patterns(r *RequestExpect, path string) {
	for _, header := range slices.Sorted(maps.Keys(r.Headers)) {
		v.pattern(r.ValueSpan("headers"), r.Headers[header], path+"."+strictyaml.Short(header))
	}
}

// pattern checks the syntax of a pattern.
func (v *validator) pattern(at strictyaml.Span, pattern, path string) {
	if err := glob.Check(pattern); err != nil {
		v.Add(at, "", "%s: %s", path, err)
	}
}

// contents checks the contents that objects and files are compared with.
func (v *validator) contents(e *Expect, in scope) {
	for i := range e.Objects {
		o := &e.Objects[i]
		v.exactlyOne(&o.Block, "an object", "same_as", "content")
		if o.Understood("bucket") && (!v.s.Has("buckets") || v.s.Understood("buckets")) {
			v.known(o.ValueSpan("bucket"), o.Bucket, v.s.Buckets, in.path+".objects.bucket", "bucket")
		}
		v.key(&o.Block, o.Key, in.path+".objects.key")
		v.sameAs(&o.Block, o.SameAs, in.path+".objects.same_as")
	}
	for i := range e.Files {
		f := &e.Files[i]
		if f.Has("same_as") || f.Has("content") || !f.Has("mode") && !f.Has("link_to") {
			v.exactlyOne(&f.Block, "a file", "same_as", "content")
		}
		v.below(&f.Block, "path", f.Path, in.path+".files.path")
		v.sameAs(&f.Block, f.SameAs, in.path+".files.same_as")
	}
}

func (v *validator) sameAs(b *strictyaml.Block, s *SameAs, path string) {
	if s == nil || !b.Understood("same_as") {
		return
	}
	if s.Upload {
		if count(v.s.Steps, "upload", "upload_stream", "resume", "presign") == 0 {
			v.Add(b.ValueSpan("same_as"), "", "%s: the drill has no upload", path)
		}
		return
	}
	switch {
	case s.Has("file") && (s.Has("bucket") || s.Has("key")):
		v.Add(s.KeySpan("file"), "", "%s: want either a file or an object, got both", path)
	case s.Has("file"):
		v.known(s.ValueSpan("file"), s.File, v.declaredFiles(), path+".file", "file")
	case !s.Has("bucket") || !s.Has("key"):
		v.Add(strictyaml.Span{Place: s.Place}, "write upload, {bucket: b, key: k} or {file: path}",
			"%s: it is empty: want upload, an object or a file", path)
	default:
		v.knownObject(s, path)
	}
}

// knownObject checks that the file declares the object or a step uploads it.
func (v *validator) knownObject(s *SameAs, path string) {
	var names []string
	for _, o := range v.s.Objects {
		names = append(names, o.Bucket+"/"+o.Key)
	}
	eachStep(v.s.Steps, func(step *Step) {
		if step.Upload != nil || step.UploadStream != nil || step.Resume != nil || step.Presign != nil {
			bucket, key := step.Target()
			names = append(names, bucket+"/"+key)
		}
	})
	v.known(s.ValueSpan("key"), s.Bucket+"/"+s.Key, names, path, "object")
}

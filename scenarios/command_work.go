package scenarios

import (
	"fmt"
	"path"
	"slices"

	"github.com/s3chaos/s3chaos/scenarios/adapter"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// work is what the steps of a scenario mean to a program that does all of them by itself: intents
// for the oracle, calls for the program, and the files that it sends.
type work struct {
	intents []script.Intent
	calls   []adapter.Call // their files are relative to the work directory
	files   []script.File
	lists   int

	repeating bool              // the step is one of a repeat
	lacks     *missingOperation // the first step that has no intent; nil: all have one
}

// workOf returns the work of a scenario's steps, in the order of the file.
func workOf(s *Scenario) *work {
	w := new(work)
	w.steps(s.Steps)
	return w
}

func (w *work) steps(steps []script.Step) {
	for i := range steps {
		w.step(&steps[i])
	}
}

func (w *work) step(s *script.Step) {
	switch {
	case s.Parallel != nil:
		w.steps(s.Parallel)
	case s.Repeat != nil:
		w.repeat(s.Repeat)
	default:
		if why := w.refuses(s); why != "" && w.lacks == nil {
			w.lacks = &missingOperation{step: s.ID, line: s.Line, reason: why}
		}
		w.add(s)
	}
}

// repeat adds the intent once, because a repeated step asks for the same state, and the call as
// often as the step is taken.
func (w *work) repeat(r *script.Repeat) {
	before, outside := len(w.calls), w.repeating
	w.repeating = r.Times > 1
	w.step(&r.Step)
	w.repeating = outside
	calls := w.calls[before:]
	for range r.Times - 1 {
		w.calls = append(w.calls, calls...)
	}
}

// refuses returns why no intent can say what a step does, or "".
func (w *work) refuses(s *script.Step) string {
	read, _ := s.Read()
	switch {
	case s.Deadline > 0 || s.CancelAfter > 0:
		return "a command cannot be stopped in one of its steps"
	case s.Wait > 0:
		return "a command does not wait between its steps"
	case s.Rules != nil:
		return "a command does not change the rules of the proxy between its steps"
	case s.Raw != nil:
		return "a command sends no bytes beside its own between its steps"
	case s.Exists != nil || s.Stat != nil:
		return "a command has no answer to " + s.Operation() + " that the drill can read"
	case s.List != nil && (w.lists > 0 || w.repeating):
		return "a command prints one list only"
	case slices.Contains(needs(s), conditionalUpload),
		s.UploadStream != nil && !s.UploadStream.Unconditional(),
		read != nil && read.Conditional(), s.Delete != nil && s.Delete.IfMatch != "":
		return "no intent has a precondition"
	case read != nil && read.Version > 0, s.Delete != nil && s.Delete.Version > 0:
		return "no intent has a version"
	case s.Copy != nil && !s.Copy.Plain():
		return "no intent has an option of a copy"
	case s.Get != nil && s.Get.Pause > 0:
		return "a command does not pause while it reads"
	case s.Load != nil:
		return "no intent says what a load does"
	case !slices.Contains(intended, s.Operation()):
		return "no intent says what " + s.Operation() + " does"
	}
	return ""
}

// intended are the operations that add turns into intents.
var intended = []string{
	"upload", "upload_stream", "upload_dir", "download", "download_dir", "get", "list", "delete", "delete_many", "copy",
	"move",
}

// add adds the intent and the call of a step that has one.
func (w *work) add(s *script.Step) {
	switch {
	case s.Upload != nil:
		u := s.Upload
		w.upload(s, u.Bucket, u.Key, script.File{Path: u.From, Size: u.Size, Content: u.Content})
	case s.UploadStream != nil:
		u := s.UploadStream
		w.upload(s, u.Bucket, u.Key, script.File{Size: u.Size, Content: u.Content})
	case s.Download != nil:
		d := s.Download
		w.read(s, d.Bucket, d.Key, d.To, d.Range)
	case s.Get != nil:
		w.read(s, s.Get.Bucket, s.Get.Key, "", s.Get.Range)
	case s.DownloadDir != nil:
		d := s.DownloadDir
		w.intend(s, script.Intent{Mirrors: &script.Mirrors{
			From: script.Location{Bucket: d.Bucket, Prefix: &d.Prefix}, To: script.Location{File: d.To},
			Delete: d.Delete,
		}}, adapter.Call{Bucket: d.Bucket, Prefix: d.Prefix, Dir: d.To})
	case s.UploadDir != nil:
		u := s.UploadDir
		w.intend(s, script.Intent{Mirrors: &script.Mirrors{
			From: script.Location{File: u.From}, To: script.Location{Bucket: u.Bucket, Prefix: &u.Prefix},
			Delete: u.Delete,
		}}, adapter.Call{Bucket: u.Bucket, Prefix: u.Prefix, Dir: u.From})
	case s.List != nil:
		w.lists++
		l := s.List
		w.intend(s, script.Intent{Lists: &script.Lists{Bucket: l.Bucket, Prefix: l.Prefix, Stdout: script.StdoutLines}},
			adapter.Call{Bucket: l.Bucket, Prefix: l.Prefix, MaxKeys: l.MaxKeys})
	case s.Delete != nil:
		d := s.Delete
		w.intend(s, script.Intent{Deletes: &script.Deletes{Bucket: d.Bucket, Key: d.Key}},
			adapter.Call{Bucket: d.Bucket, Key: d.Key})
	case s.DeleteMany != nil:
		w.deleteMany(s)
	case s.Copy != nil:
		c := copies(s.Copy)
		w.intend(s, script.Intent{Copies: c}, callOf(s.Copy))
	case s.Move != nil:
		c := copies(s.Move)
		w.intend(s, script.Intent{Moves: c}, callOf(s.Move))
	}
}

// intend adds an intent with its place in the file, and a call with the step's verb.
func (w *work) intend(s *script.Step, i script.Intent, c adapter.Call) {
	i.Block = s.Block
	c.Verb = verbOf(s)
	if s.Get != nil {
		c.Verb = adapter.Download
	}
	if c.First != nil || c.Suffix > 0 {
		c.Verb = adapter.Ranged
	}
	w.intents, w.calls = append(w.intents, i), append(w.calls, c)
}

// upload declares the file that the command sends, unless the scenario does.
func (w *work) upload(s *script.Step, bucket, key string, f script.File) {
	if f.Path == "" {
		f.Path = "upload-" + s.ID
		w.files = append(w.files, f)
	}
	w.intend(s, script.Intent{Writes: &script.Writes{Bucket: bucket, Key: key, From: f.Path}},
		adapter.Call{Bucket: bucket, Key: key, File: f.Path})
}

func (w *work) read(s *script.Step, bucket, key, to string, span *Range) {
	if to == "" {
		to = "download-" + s.ID
	}
	call := adapter.Call{Bucket: bucket, Key: key, File: path.Clean(to)}
	setRange(&call, span)
	w.intend(s, script.Intent{Reads: &script.Reads{Bucket: bucket, Key: key, Range: span, To: to}}, call)
}

func (w *work) deleteMany(s *script.Step) {
	d := s.DeleteMany
	for _, key := range d.Keys {
		i := script.Intent{Block: s.Block, Deletes: &script.Deletes{Bucket: d.Bucket, Key: key}}
		w.intents = append(w.intents, i)
	}
	w.calls = append(w.calls, adapter.Call{Verb: adapter.DeleteMany, Bucket: d.Bucket, Keys: d.Keys})
}

func copies(c *script.Copy) *script.Copies {
	return &script.Copies{
		From: script.Location{Bucket: c.From.Bucket, Key: c.From.Key},
		To:   script.Location{Bucket: c.To.Bucket, Key: c.To.Key},
	}
}

func callOf(c *script.Copy) adapter.Call {
	return adapter.Call{
		Bucket: c.To.Bucket, Key: c.To.Key, SourceBucket: c.From.Bucket, SourceKey: c.From.Key,
	}
}

// setRange sets the range of a call.
func setRange(call *adapter.Call, span *Range) {
	switch {
	case span == nil:
	case span.First < 0:
		call.Suffix = span.Last
	case span.Last < 0:
		call.First = &span.First
	default:
		call.First, call.Last = &span.First, &span.Last
	}
}

// requireIntents returns a *missingOperation for the first step that a command cannot take, or nil.
// The command cannot play a scenario that would leave it without an intent.
func requireIntents(s *Scenario) error {
	w := workOf(s)
	switch {
	case w.lacks != nil:
		return w.lacks
	case s.Client.Run == nil && len(w.intents) == 0:
		return &missingOperation{step: "1", reason: fmt.Sprintf("no step of %s is an intent", s.ID)}
	}
	return nil
}

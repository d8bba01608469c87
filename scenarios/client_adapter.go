package scenarios

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/s3chaos/s3chaos/scenarios/adapter"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// adapterClient is a client program that an adapter describes.
type adapterClient struct {
	performer
	program *adaptedProgram
	streams atomic.Int64 // number of streams stored so far, for the names of their files
}

// A performer runs one step of an adapter's program: in a process of its own, or in a session.
type performer interface {
	// perform returns an error unless the program reports success.
	perform(ctx context.Context, call *adapter.Call) (adapter.Answer, error)
	// close ends the program.
	close()
}

// adaptedProgram is what both performers need.
type adaptedProgram struct {
	adapter *adapter.Adapter
	world   *world
	env     []string
	values  adapter.Values // those that do not depend on the step
	left    atomic.Bool    // a process outlived its step
	surplus atomic.Bool    // a session wrote more answers than there were calls
}

// partSize returns the size of parts that the drill wants, in bytes, or 0.
func (p *adaptedProgram) partSize() int64 { return int64(p.world.partSize) }

// newAdapterClient writes the files of the adapter to the work directory, and returns the client.
func newAdapterClient(a *adapter.Adapter, w *world) (*adapterClient, error) {
	env, err := programEnvironment(w)
	if err != nil {
		return nil, err
	}
	p := &adaptedProgram{adapter: a, world: w, env: env}
	p.values = worldValues(w)
	p.values["scripts"] = w.scratch("scripts")
	p.values["access_key"] = valueOf(env, "AWS_ACCESS_KEY_ID")
	p.values["secret_key"] = valueOf(env, "AWS_SECRET_ACCESS_KEY")
	if dir := a.Folder(); dir != "" {
		p.values["scripts"] = dir
	}
	for _, name := range a.Inherits {
		if value, ok := os.LookupEnv(name); ok {
			p.env = append(p.env, name+"="+value)
		}
	}
	settings := a.Settings(adapter.When{Virtual: w.virtualHosted, Parts: w.partSize > 0, Quick: !w.slow})
	for name, text := range settings.Env {
		p.env = append(p.env, name+"="+p.values.Replace(text))
	}
	for name, text := range settings.Files {
		if err := writeBelow(w.workdir, name, []byte(p.values.Replace(text))); err != nil {
			return nil, err
		}
	}
	for name, content := range a.Scripts() {
		if err := writeBelow(p.values["scripts"], name, content); err != nil {
			return nil, err
		}
	}
	c := &adapterClient{program: p, performer: &stepper{p}}
	if !a.Session.Empty() {
		c.performer = &session{adaptedProgram: p}
	}
	return c, nil
}

// valueOf returns the value of a variable in an environment, or "".
func valueOf(env []string, name string) string {
	for _, variable := range env {
		if value, ok := strings.CutPrefix(variable, name+"="); ok {
			return value
		}
	}
	return ""
}

func writeBelow(dir, name string, content []byte) error {
	path := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	return os.WriteFile(path, content, 0o600)
}

// end ends the program, and notes the processes that outlived their step.
func (c *adapterClient) end(o *outcome) {
	c.close()
	if c.program.left.Load() && !o.hang {
		o.left = append(o.left, leftProcesses)
	}
	if c.program.surplus.Load() {
		o.broke = errors.Join(o.broke, errors.New("the session wrote more than it was asked for: want one line a step"))
	}
}

// requireVerbs returns a *missingOperation for the first step that the adapter lacks, or nil.
func requireVerbs(a *adapter.Adapter, s *script.Scenario) error {
	var missing *missingOperation
	s.EachStep(func(step *script.Step) {
		verb := verbOf(step)
		if verb == "" || missing != nil {
			return
		}
		reason := a.Lacks(verb)
		if slices.Contains(needs(step), conditionalUpload) ||
			step.UploadStream != nil && !step.UploadStream.Unconditional() {
			reason = "the adapter of " + a.Name + " has no precondition of a write"
		}
		for _, option := range []string{readOptions, deleteOptions, copyOptions} {
			if slices.Contains(needs(step), option) {
				reason = "the adapter of " + a.Name + " has no " + option
			}
		}
		if step.List != nil && step.List.MaxKeys > 0 && reason == "" {
			reason = a.LacksPages()
		}
		if r := rangeOf(step); r != nil && reason == "" {
			reason = a.LacksRange(r.First >= 0 && r.Last >= 0)
		}
		if reason != "" {
			missing = &missingOperation{step: step.ID, line: step.Line, reason: reason}
		}
	})
	if missing == nil {
		return nil
	}
	return missing
}

func rangeOf(step *script.Step) *script.Range {
	if step.Download == nil {
		return nil
	}
	return step.Download.Range
}

// verbOf returns the verb of a step. It returns "" for a step that has none, such as a wait.
func verbOf(step *script.Step) adapter.Verb {
	switch operation := step.Operation(); {
	case rangeOf(step) != nil:
		return adapter.Ranged
	case step.Mirrors() && step.UploadDir != nil:
		return adapter.MirrorUp
	case step.Mirrors():
		return adapter.MirrorDown
	case adapter.IsVerb(operation):
		return adapter.Verb(operation)
	}
	return ""
}

func (c *adapterClient) Upload(ctx context.Context, bucket, key, path string, _ func(int64)) error {
	_, err := c.perform(ctx, &adapter.Call{
		Verb: adapter.Upload, Bucket: bucket, Key: key, File: path, PartSize: c.program.partSize(),
	})
	return err
}

// UploadStream stores the content of the stream in a file first: a process reads it from there as
// its standard input.
func (c *adapterClient) UploadStream(ctx context.Context, bucket, key string, s Stream) (err error) {
	name := fmt.Sprintf(".s3chaos-stream-%d", c.streams.Add(1))
	file, err := os.Create(filepath.Join(c.program.world.workdir, name))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.Remove(file.Name())) }()
	_, err = io.Copy(file, s.Reader)
	if err = errors.Join(err, file.Close()); err != nil {
		return err
	}
	_, err = c.perform(ctx, &adapter.Call{
		Verb: adapter.UploadStream, Bucket: bucket, Key: key, File: file.Name(), PartSize: c.program.partSize(),
	})
	return err
}

func (c *adapterClient) Download(
	ctx context.Context, bucket, key, path string, span *Range, _ func(int64),
) error {
	call := &adapter.Call{Verb: adapter.Download, Bucket: bucket, Key: key, File: path}
	if span != nil {
		call.Verb = adapter.Ranged
		setRange(call, span)
	}
	_, err := c.perform(ctx, call)
	return err
}

func (c *adapterClient) List(ctx context.Context, bucket, prefix string, maxKeys int) ([]string, error) {
	answer, err := c.perform(ctx,
		&adapter.Call{Verb: adapter.List, Bucket: bucket, Prefix: prefix, MaxKeys: maxKeys})
	return answer.Keys, err
}

func (c *adapterClient) Delete(ctx context.Context, bucket, key string) error {
	_, err := c.perform(ctx, &adapter.Call{Verb: adapter.Delete, Bucket: bucket, Key: key})
	return err
}

func (c *adapterClient) Exists(ctx context.Context, bucket, key string) (bool, error) {
	answer, err := c.perform(ctx, &adapter.Call{Verb: adapter.Exists, Bucket: bucket, Key: key})
	return answer.Found, err
}

// Stat implements Statter.
func (c *adapterClient) Stat(ctx context.Context, bucket, key string) (int64, error) {
	answer, err := c.perform(ctx, &adapter.Call{Verb: adapter.Stat, Bucket: bucket, Key: key})
	return answer.Size, err
}

// Copy implements Copier.
func (c *adapterClient) Copy(ctx context.Context, fromBucket, fromKey, toBucket, toKey string) error {
	_, err := c.perform(ctx, &adapter.Call{
		Verb: adapter.Copy, Bucket: toBucket, Key: toKey, SourceBucket: fromBucket, SourceKey: fromKey,
		PartSize: c.program.partSize(),
	})
	return err
}

// Move implements Mover. A program that fails does not say whether it made the copy.
func (c *adapterClient) Move(
	ctx context.Context, fromBucket, fromKey, toBucket, toKey string,
) (copied bool, err error) {
	_, err = c.perform(ctx, &adapter.Call{
		Verb: adapter.Move, Bucket: toBucket, Key: toKey, SourceBucket: fromBucket, SourceKey: fromKey,
	})
	return err == nil, err
}

// UploadDir implements DirUploader.
func (c *adapterClient) UploadDir(ctx context.Context, bucket, dir, prefix string) error {
	return c.transfer(ctx, adapter.UploadDir, bucket, prefix, dir)
}

// DownloadDir implements DirDownloader.
func (c *adapterClient) DownloadDir(ctx context.Context, bucket, prefix, dir string) error {
	return c.transfer(ctx, adapter.DownloadDir, bucket, prefix, dir)
}

// MirrorUp implements Mirrorer.
func (c *adapterClient) MirrorUp(ctx context.Context, bucket, dir, prefix string) error {
	return c.transfer(ctx, adapter.MirrorUp, bucket, prefix, dir)
}

// MirrorDown implements Mirrorer.
func (c *adapterClient) MirrorDown(ctx context.Context, bucket, prefix, dir string) error {
	return c.transfer(ctx, adapter.MirrorDown, bucket, prefix, dir)
}

func (c *adapterClient) transfer(ctx context.Context, verb adapter.Verb, bucket, prefix, dir string) error {
	_, err := c.perform(ctx, &adapter.Call{Verb: verb, Bucket: bucket, Prefix: prefix, Dir: dir})
	return err
}

// DeleteMany implements ManyDeleter.
func (c *adapterClient) DeleteMany(ctx context.Context, bucket string, keys []string) ([]string, error) {
	answer, err := c.perform(ctx, &adapter.Call{Verb: adapter.DeleteMany, Bucket: bucket, Keys: keys})
	return answer.Failed, err
}

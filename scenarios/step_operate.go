package scenarios

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/s3chaos/s3chaos/scenarios/oracle"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// operate calls the client for the step's operation and records the result.
func (p *player) operate(ctx context.Context, n *node, s *script.Step) (err error) {
	n.asked = true
	if p.refused != nil {
		return p.refused
	}
	switch n.client, err = p.clientOf(s); {
	case err != nil && s.Refused():
		return err // the client refuses the policy of the step
	case err != nil:
		return p.harness(err)
	}
	switch {
	case s.Upload != nil:
		return p.upload(ctx, n, s, s.Upload)
	case s.Resume != nil:
		return p.upload(ctx, n, s, s.Resume)
	case s.UploadStream != nil:
		return p.uploadStream(ctx, n, s)
	case s.Download != nil:
		return p.download(ctx, n, s)
	case s.UploadDir != nil:
		return p.uploadDir(ctx, n, s.UploadDir)
	case s.DownloadDir != nil:
		return p.downloadDir(ctx, n, s.DownloadDir)
	case s.Get != nil:
		return p.get(ctx, n, s)
	case s.List != nil:
		return p.list(ctx, n, s.List)
	case s.Delete != nil:
		return p.delete(ctx, n, s)
	case s.DeleteMany != nil:
		return p.deleteMany(ctx, n, s.DeleteMany)
	case s.DeletePrefix != nil:
		return p.deletePrefix(ctx, n, s.DeletePrefix)
	case s.Presign != nil:
		return p.presign(ctx, n, s.Presign)
	case s.Call != nil:
		return p.call(ctx, n, s)
	case s.Copy != nil:
		return p.copy(ctx, n, s)
	case s.Move != nil:
		return p.move(ctx, n, s.Move)
	case s.Stat != nil:
		return p.stat(ctx, n, s)
	default:
		e := s.Exists
		a := p.begin(n, &oracle.Act{Bucket: e.Bucket, Key: p.world.prefix + e.Key})
		found, err := n.client.Exists(ctx, e.Bucket, e.Key)
		return p.end(a, err, func() { a.Found = found })
	}
}

// begin records the start of an act. Its counterpart end records the result, and calls note under
// the player's lock.
func (p *player) begin(n *node, a *oracle.Act) *oracle.Act {
	a.Step, a.Line, a.Operation = n.ID, n.Line, cmp.Or(a.Operation, n.Operation)
	p.mu.Lock()
	defer p.mu.Unlock()
	a.Start, a.Since = p.world.now(), p.world.fake.Commits()
	n.acts = append(n.acts, a)
	return a
}

func (p *player) end(a *oracle.Act, err error, note func()) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	a.End, a.Until, a.Done, a.Err = p.world.now(), p.world.fake.Commits(), true, err
	if err == nil && note != nil {
		note()
	}
	return err
}

// reports returns a progress callback that records its arguments in the act.
func (p *player) reports(a *oracle.Act) func(int64) {
	p.mu.Lock()
	a.Reporting = true
	p.mu.Unlock()
	return func(done int64) {
		p.mu.Lock()
		defer p.mu.Unlock()
		a.Reports = append(a.Reports, done)
	}
}

// upload stores a file. An upload with a resume file may leave its parts behind as long as it keeps
// that file.
func (p *player) upload(ctx context.Context, n *node, s *script.Step, u *script.Upload) error {
	path, content, err := p.source(n, u)
	if err != nil {
		return p.harness(err)
	}
	p.mu.Lock()
	n.path = path
	p.mu.Unlock()
	when := p.condition(n, s, u.Condition)
	a := p.begin(n, &oracle.Act{
		Operation: "upload", Bucket: u.Bucket, Key: p.world.prefix + u.Key, Content: content,
		Condition: oracle.Condition(when), Stored: p.stored(&u.WriteOptions),
	})
	switch options := p.uploadOptions(when, &u.WriteOptions); {
	case u.ResumeFile != "":
		state := filepath.Join(p.world.workdir, filepath.FromSlash(u.ResumeFile))
		err = n.client.(Resumer).UploadResumable(ctx, u.Bucket, u.Key, path, state, options, p.reports(a))
		_, missing := os.Stat(state)
		p.mu.Lock()
		a.Resumable = missing == nil
		p.mu.Unlock()
	case !u.None():
		err = n.client.(OptionUploader).UploadWith(ctx, u.Bucket, u.Key, path, options, p.reports(a))
	case !u.Unconditional():
		err = n.client.(ConditionalUploader).UploadIf(ctx, u.Bucket, u.Key, path, when, p.reports(a))
	default:
		err = n.client.Upload(ctx, u.Bucket, u.Key, path, p.reports(a))
	}
	later := p.world.changes.later(u.From)
	p.mu.Lock()
	a.Later = later
	p.mu.Unlock()
	return p.end(a, err, nil)
}

// source returns the file that an upload step sends, with its content: a declared file, or one that
// source writes.
func (p *player) source(n *node, u *script.Upload) (path string, content []byte, err error) {
	if u.From != "" {
		path = filepath.Join(p.world.workdir, filepath.FromSlash(u.From))
		content, err = os.ReadFile(path)
		p.world.changes.sends(n.ID, u.From)
		return path, content, err
	}
	if content = n.content; content == nil {
		content = u.Bytes(p.world.seed, n.ID)
	}
	path = p.world.scratch("upload-" + n.ID)
	return path, content, os.WriteFile(path, content, 0o600)
}

func (p *player) uploadStream(ctx context.Context, n *node, s *script.Step) error {
	u := s.UploadStream
	content := n.content
	if content == nil {
		content = u.Bytes(p.world.seed, n.ID)
	}
	when := p.condition(n, s, u.Condition)
	a := p.begin(n, &oracle.Act{
		Bucket: u.Bucket, Key: p.world.prefix + u.Key, Content: content, Condition: oracle.Condition(when),
		Stored: p.stored(&u.WriteOptions),
	})
	stream := Stream{
		Reader: faulty(bytes.NewReader(content), u.Source, u.Seekable), Size: int64(len(content)),
		IfNoneMatch: when.IfNoneMatch, IfMatch: when.IfMatch, Progress: p.reports(a),
	}
	if !u.None() {
		options := p.uploadOptions(when, &u.WriteOptions)
		return p.end(a, n.client.(OptionUploader).UploadStreamWith(ctx, u.Bucket, u.Key, stream, options), nil)
	}
	return p.end(a, n.client.UploadStream(ctx, u.Bucket, u.Key, stream), nil)
}

func (p *player) download(ctx context.Context, n *node, s *script.Step) error {
	d := s.Download
	options, err := p.readOptions(n, s, d.Range)
	if err != nil {
		return p.harness(err)
	}
	path := p.world.scratch("download-" + n.ID)
	if d.To != "" {
		path = filepath.Join(p.world.workdir, filepath.FromSlash(d.To))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return p.harness(err)
		}
	}
	file, err := p.fileOf(n, d.To, path)
	if err != nil {
		return p.harness(err)
	}
	a := p.begin(n, &oracle.Act{
		Bucket: d.Bucket, Key: p.world.prefix + d.Key, Version: d.Version,
		Range: p.partRange(d.Bucket, d.Key, d.Part, d.Range),
	})
	if d.None() {
		err = n.client.Download(ctx, d.Bucket, d.Key, path, d.Range, p.reports(a))
	} else {
		err = n.client.(OptionReader).DownloadWith(ctx, d.Bucket, d.Key, path, options, p.reports(a))
	}
	if err != nil {
		return p.failed(a, file, path, err)
	}
	content, err := contentAt(path)
	if err != nil {
		return p.harness(err)
	}
	return p.end(a, nil, func() { a.Content = content })
}

// get reads the object as a stream. The content counts only if the stream ends well.
func (p *player) get(ctx context.Context, n *node, s *script.Step) error {
	g := s.Get
	options, err := p.readOptions(n, s, g.Range)
	if err != nil {
		return p.harness(err)
	}
	a := p.begin(n, &oracle.Act{
		Bucket: g.Bucket, Key: p.world.prefix + g.Key, Version: g.Version,
		Range: p.partRange(g.Bucket, g.Key, g.Part, g.Range),
	})
	if g.StopAfter > 0 {
		a.Range = &Range{First: 0, Last: int64(g.StopAfter) - 1}
	}
	content, err := readStream(ctx, n.client.(Getter), g, options, func() error { return p.pause(ctx, n, g.Pause) })
	return p.end(a, err, func() { a.Content = content })
}

func readStream(
	ctx context.Context, client Getter, g *script.Get, options GetOptions, pause func() error,
) (content []byte, err error) {
	body, err := client.Get(ctx, g.Bucket, g.Key, options)
	if err != nil {
		return nil, err
	}
	if g.StopAfter > 0 {
		return readBeginning(body, int64(g.StopAfter))
	}
	defer func() { err = errors.Join(err, body.Close()) }()
	first := make([]byte, 4<<10)
	size, err := body.Read(first)
	if err == nil {
		err = pause()
	}
	if err != nil && err != io.EOF { //nolint:errorlint // a failed read may wrap io.EOF
		return nil, err
	}
	others, err := io.ReadAll(body)
	return append(first[:size], others...), err
}

// readBeginning reads so many bytes of a stream, or all if there are fewer, and closes it. A stream
// that can be read after that is an error.
func readBeginning(body io.ReadCloser, size int64) ([]byte, error) {
	content, err := io.ReadAll(io.LimitReader(body, size))
	if err = errors.Join(err, body.Close()); err != nil {
		return nil, err
	}
	if n, err := body.Read(make([]byte, 1)); n > 0 || err == nil {
		return nil, errors.New("the stream can be read after Close")
	}
	return content, nil
}

// rest waits in scenario time, or until the context ends.
func rest(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// deleteMany records one act for each key, because S3 may delete some keys and refuse others.
func (p *player) deleteMany(ctx context.Context, n *node, d *script.DeleteMany) error {
	acts := make([]*oracle.Act, len(d.Keys))
	for i, key := range d.Keys {
		acts[i] = p.begin(n, &oracle.Act{Bucket: d.Bucket, Key: p.world.prefix + key})
	}
	failed, err := n.client.(ManyDeleter).DeleteMany(ctx, d.Bucket, slices.Clone(d.Keys))
	for i, key := range d.Keys {
		if err == nil || len(failed) > 0 && !slices.Contains(failed, key) {
			_ = p.end(acts[i], nil, nil) // end returns its error argument
		} else {
			_ = p.end(acts[i], err, nil)
		}
	}
	return err
}

// move is two acts: the copy, and the deletion of its source.
func (p *player) move(ctx context.Context, n *node, m *script.Copy) error {
	from, to := &m.From, &m.To
	source := &oracle.Source{Bucket: from.Bucket, Key: p.world.prefix + from.Key}
	deletion := p.begin(n, &oracle.Act{Operation: "delete", Bucket: from.Bucket, Key: source.Key})
	target := p.begin(n, &oracle.Act{
		Operation: "copy", Bucket: to.Bucket, Key: p.world.prefix + to.Key, Source: source, Moves: true,
	})
	copied, err := n.client.(Mover).Move(ctx, from.Bucket, from.Key, to.Bucket, to.Key)
	if copied {
		_ = p.end(target, nil, nil) // end returns its error argument
	} else {
		_ = p.end(target, err, nil)
	}
	return p.end(deletion, err, nil)
}

// harness records an error of the harness, which does not count against the client.
func (p *player) harness(err error) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.broke = err
	return err
}

package script

import (
	"time"

	"github.com/s3chaos/s3chaos/internal/strictyaml"
	"github.com/s3chaos/s3chaos/retry"
)

// This file checks the options of steps.

// write checks what an upload wants S3 to keep.
func (v *validator) write(b *strictyaml.Block, w *WriteOptions, path string) {
	d := declared{Block: b, path: path, Attributes: w.attributes()}
	v.texts(d)
	v.metadata(d)
	v.tags(d)
}

// upload checks an upload, or the resume of one.
func (v *validator) upload(u *Upload, operation, path string) {
	v.content(&u.Block, operation, path, u.Size, "from")
	if u.Understood("from") {
		v.known(u.ValueSpan("from"), u.From, v.declaredFiles(), path+".from", "file")
	}
	v.condition(&u.Block, u.Condition, path)
	v.write(&u.Block, &u.WriteOptions, path)
	v.below(&u.Block, "resume_file", u.ResumeFile, path+".resume_file")
	if u.Has("resume_file") && !u.Has("from") {
		v.Add(u.KeySpan("resume_file"), "declare a file, and name it as from",
			"%s.resume_file: only the upload of a declared file can be resumed", path)
	}
}

// list checks the options of a list that exclude each other.
func (v *validator) list(l *List, path string) {
	for key, text := range map[string]string{"delimiter": l.Delimiter, "start_after": l.StartAfter} {
		if l.Understood(key) && text == "" {
			v.Add(l.ValueSpan(key), "", "%s.%s: it is empty", path, key)
		}
	}
}

// presign checks that only a PUT has content, and that S3 allows the time.
func (v *validator) presign(p *Presign, path string) {
	const longest = 7 * 24 * time.Hour
	if p.Understood("expires") && (p.Expires < time.Second || p.Expires > longest) {
		v.Add(p.ValueSpan("expires"), "", "%s.expires: S3 allows 1s to %s", path, longest)
	}
	if !p.Understood("method") {
		return
	}
	if p.Method == PresignPut {
		v.content(&p.Block, "a presigned PUT", path, p.Size)
		return
	}
	for _, key := range []string{"size", "content"} {
		if p.Has(key) {
			v.Add(p.KeySpan(key), "", "%s.%s: it applies to method PUT only", path, key)
		}
	}
}

// retry checks the policy of a client or of one step.
func (v *validator) retry(owner *strictyaml.Block, r *RetryPolicy, path string) {
	if r.Understood("multiplier") && *r.Multiplier < 1 {
		v.Add(r.ValueSpan("multiplier"), "", "%s.multiplier: want 1 or more", path)
	}
	if r.Understood("jitter_ratio") && *r.JitterRatio > 1 {
		v.Add(r.ValueSpan("jitter_ratio"), "", "%s.jitter_ratio: want 1 or less", path)
	}
	if !owner.Understood("retry") {
		return
	}
	before := v.Count()
	if config, err := r.Config(DefaultSeed); err != nil {
		v.Add(owner.KeySpan("retry"), "", "%s: %s", path, strictyaml.OneLine(err))
	} else if _, err := retry.New(config); err != nil && v.Count() == before {
		v.Add(owner.KeySpan("retry"), "", "%s: %s", path, strictyaml.OneLine(err))
	}
}

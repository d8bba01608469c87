package script

import (
	"slices"
	"strings"
	"time"

	"github.com/s3chaos/s3chaos/internal/strictyaml"
	"github.com/s3chaos/s3chaos/internal/suggest"
	"github.com/s3chaos/s3chaos/retry"
)

// This file checks the options of steps.

// write checks the precondition of a write, and what it wants S3 to keep.
func (v *validator) write(s *Step, b *strictyaml.Block, c *Condition, w *WriteOptions, path string) {
	if s.Refused() {
		return
	}
	v.condition(b, *c, path)
	d := declared{Block: b, path: path, Attributes: w.attributes(), upload: true}
	v.texts(d)
	v.metadata(d)
	v.tags(d)
	v.encryption(b, w, path)
}

// encryption checks how S3 is to encrypt an object.
func (v *validator) encryption(b *strictyaml.Block, w *WriteOptions, path string) {
	if b.Understood("encryption") && !slices.Contains(encryptions, w.Encryption) {
		v.Add(b.ValueSpan("encryption"), suggest.Hint(w.Encryption, encryptions), "%s.encryption: %q: want one of %s",
			path,
			strictyaml.Short(w.Encryption), strictyaml.Enumerate(encryptions))
	}
	if !b.Understood("encryption") || !strings.HasPrefix(w.Encryption, encryptionKMS) {
		for _, key := range []string{"kms_key", "kms_context"} {
			if b.Has(key) {
				v.Add(b.KeySpan(key), "write encryption: "+encryptionKMS+" beside it",
					"%s.%s: it applies to encryption by KMS only", path, key)
			}
		}
	}
	if b.Has("customer_key") {
		for _, key := range []string{"encryption", "bucket_key"} {
			if b.Has(key) {
				v.Add(b.KeySpan(key), "", "%s.%s: the customer_key encrypts the object: want one of them", path, key)
			}
		}
	}
}

// directives checks whether a copy keeps what its source has.
func (v *validator) directives(s *Step, path string) {
	if s.Refused() {
		return
	}
	to, words := &s.Copy.To, []string{"COPY", "REPLACE"}
	for key, word := range map[string]string{
		"metadata_directive": to.MetadataDirective, "tagging_directive": to.TaggingDirective,
	} {
		if to.Understood(key) && !slices.Contains(words, word) {
			v.Add(to.ValueSpan(key), suggest.Hint(word, words), "%s.%s: %q: want COPY or REPLACE", path, key,
				strictyaml.Short(word))
		}
	}
	if to.MetadataDirective == "COPY" && to.Describes() {
		v.Add(to.KeySpan("metadata_directive"), "", "%s.metadata_directive: want REPLACE with headers or metadata",
			path)
	}
	if to.TaggingDirective == "COPY" && len(to.Tags) > 0 {
		v.Add(to.KeySpan("tagging_directive"), "", "%s.tagging_directive: want REPLACE with tags", path)
	}
}

// upload checks an upload, or the resume of one.
func (v *validator) upload(s *Step, u *Upload, path string) {
	v.content(&u.Block, s.Operation(), path, u.Size, "from")
	if u.Understood("from") {
		v.known(u.ValueSpan("from"), u.From, v.declaredFiles(), path+".from", "file")
	}
	v.write(s, &u.Block, &u.Condition, &u.WriteOptions, path)
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
func (v *validator) presign(s *Step, path string) {
	const longest = 7 * 24 * time.Hour
	p := s.Presign
	if p.Understood("expires") && (p.Expires < time.Second || p.Expires > longest) && !s.Refused() {
		v.Add(p.ValueSpan("expires"), "", "%s.expires: S3 allows 1s to %s", path, longest)
	}
	if !p.Understood("method") {
		return
	}
	if p.Method == PresignPut {
		v.content(&p.Block, "a presigned PUT", path, p.Size)
		v.write(s, &p.Block, &Condition{}, &p.WriteOptions, path)
		v.ofMethod(p, PresignGet, path, "range", "response")
		return
	}
	if !s.Refused() {
		v.ranged(&p.Block, p.Range, path)
	}
	v.ofMethod(p, PresignPut, path, presignedWrite...)
}

// presignedWrite are the keys of a presigned PUT that a GET does not have.
var presignedWrite = []string{
	"size", "content", "content_type", "content_encoding", "content_language", "content_disposition",
	"cache_control", "storage_class", "metadata", "tags", "checksum", "encryption", "kms_key", "kms_context",
	"bucket_key", "retention", "legal_hold",
}

// ofMethod adds a mistake for each key that the step has although it belongs to another method.
func (v *validator) ofMethod(p *Presign, method PresignMethod, path string, keys ...string) {
	for _, key := range keys {
		if p.Has(key) {
			v.Add(p.KeySpan(key), "", "%s.%s: it applies to method %s only", path, key, method)
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

package scenarios

import (
	"context"
	"crypto/md5"
	"encoding/base64"
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/s3chaos/s3chaos/scenarios/oracle"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// This file performs the steps whose options a client may lack.

// clientOf returns the client of a step: that of the drill, one with the step's own retry policy,
// or, for a resume, one that knows of no earlier step.
func (p *player) clientOf(s *script.Step) (client Client, err error) {
	client = p.client
	if s.Resume != nil {
		if client, err = p.fresh(); err != nil {
			return nil, err
		}
	}
	if s.Retry == nil {
		return client, nil
	}
	policy, err := s.Retry.Config(p.world.seed)
	if err != nil {
		return nil, err
	}
	return client.(PolicyChanger).WithRetry(policy)
}

// uploadOptions returns the options of a write as the client takes them.
func (p *player) uploadOptions(when Condition, w *script.WriteOptions) UploadOptions {
	o := UploadOptions{Condition: when, WriteOptions: w}
	if w.Retention != nil {
		o.RetainUntil = p.world.start.Add(w.Retention.For)
	}
	return o
}

// stored returns what S3 must keep of an upload beside its content.
func (p *player) stored(w *script.WriteOptions) *oracle.Stored {
	if w.None() {
		return nil
	}
	kept := &oracle.Stored{Header: w.StoredHeader(), Metadata: make(map[string]string), Tags: w.Tags}
	until := p.uploadOptions(Condition{}, w).RetainUntil
	maps.Copy(kept.Header, lockHeader(w.Retention.S3Mode(), until, w.LegalHold))
	if w.Checksum != "" {
		kept.Checksum = w.Checksum.S3Name()
	}
	if key := w.CustomerKey.Bytes(); key != nil {
		kept.CustomerKeyMD5 = keyMD5(key)
	}
	for name, text := range w.Metadata {
		kept.Metadata[strings.ToLower(name)] = text
	}
	return kept
}

// lockHeader returns the headers in which S3 tells of a lock.
func lockHeader(mode string, until time.Time, hold bool) map[string]string {
	header := map[string]string{}
	if mode != "" {
		header["X-Amz-Object-Lock-Mode"] = mode
		header["X-Amz-Object-Lock-Retain-Until-Date"] = until.UTC().Truncate(time.Second).Format(time.RFC3339)
	}
	if hold {
		header["X-Amz-Object-Lock-Legal-Hold"] = "ON"
	}
	return header
}

// keyMD5 returns the MD5 of an encryption key as requests name it, in base64.
func keyMD5(key []byte) string {
	sum := md5.Sum(key)
	return base64.StdEncoding.EncodeToString(sum[:])
}

// readOptions returns what a step asks to read, as the client takes it.
func (p *player) readOptions(n *node, s *script.Step, span *Range) (GetOptions, error) {
	read, _ := s.Read()
	options := GetOptions{
		Range: span, IfMatch: p.etag(s, read.IfMatch), IfNoneMatch: p.etag(s, read.IfNoneMatch),
		CustomerKey: read.CustomerKey.Bytes(), PartNumber: read.Part,
	}
	bucket, key := s.Target()
	id, err := p.versionID(n, bucket, key, read.Version)
	options.VersionID = id
	return options, err
}

// partRange returns the bytes that a part of an object has when the step begins, or else span.
func (p *player) partRange(bucket, key string, part int, span *Range) *Range {
	if part == 0 {
		return span
	}
	object, _ := p.world.fake.SharedObject(bucket, p.world.prefix+key)
	first := int64(0)
	for i, size := range object.PartSizes {
		if i+1 == part {
			return &Range{First: first, Last: first + size - 1}
		}
		first += size
	}
	return nil // S3 takes part 1 of an object in one piece for the whole, and refuses other numbers
}

// etag returns an ETag of a step as the client sends it.
func (p *player) etag(s *script.Step, etag string) string {
	if etag == script.CurrentETag {
		return p.currentETag(s)
	}
	return etag
}

// versionID returns the id of the version with this number, from the oldest, which is 1. It returns
// "" for 0.
func (p *player) versionID(n *node, bucket, key string, number int) (string, error) {
	if number == 0 {
		return "", nil
	}
	count := 0
	for _, v := range p.world.fake.SharedHistory(bucket, p.world.prefix+key) {
		if v.Uncovered {
			continue
		}
		if count++; count == number {
			return v.ID, nil
		}
	}
	return "", fmt.Errorf("step %s: version %d of an object with %d", n.ID, number, count)
}

func (p *player) stat(ctx context.Context, n *node, s *script.Step) error {
	at := s.Stat
	options, err := p.readOptions(n, s, nil)
	if err != nil {
		return p.harness(err)
	}
	a := p.begin(n, &oracle.Act{
		Bucket: at.Bucket, Key: p.world.prefix + at.Key, Version: at.Version,
		Range: p.partRange(at.Bucket, at.Key, at.Part, nil),
	})
	var size int64
	if at.None() {
		size, err = n.client.(Statter).Stat(ctx, at.Bucket, at.Key)
	} else {
		size, err = n.client.(OptionReader).StatWith(ctx, at.Bucket, at.Key, options)
	}
	return p.end(a, err, func() { a.Size = size })
}

func (p *player) delete(ctx context.Context, n *node, s *script.Step) error {
	d := s.Delete
	id, err := p.versionID(n, d.Bucket, d.Key, d.Version)
	if err != nil {
		return p.harness(err)
	}
	when := p.condition(n, s, script.Condition{IfMatch: d.IfMatch})
	a := p.begin(n, &oracle.Act{
		Bucket: d.Bucket, Key: p.world.prefix + d.Key, Version: d.Version, Condition: oracle.Condition(when),
	})
	if options := (DeleteOptions{VersionID: id, IfMatch: when.IfMatch}); options != (DeleteOptions{}) {
		return p.end(a, n.client.(OptionDeleter).DeleteWith(ctx, d.Bucket, d.Key, options), nil)
	}
	return p.end(a, n.client.Delete(ctx, d.Bucket, d.Key), nil)
}

func (p *player) copy(ctx context.Context, n *node, s *script.Step) error {
	from, to := &s.Copy.From, &s.Copy.To
	id, err := p.versionID(n, from.Bucket, from.Key, from.Version)
	if err != nil {
		return p.harness(err)
	}
	when := p.condition(n, s, to.Condition)
	source := &oracle.Source{
		Bucket: from.Bucket, Key: p.world.prefix + from.Key, Version: from.Version, IfMatch: from.IfMatch,
	}
	if from.IfMatch == script.CurrentETag {
		source.IfMatch = p.etagOf(source.Bucket, source.Key)
	}
	a := p.begin(n, &oracle.Act{
		Bucket: to.Bucket, Key: p.world.prefix + to.Key, Source: source, Condition: oracle.Condition(when),
		Stored: p.stored(&to.WriteOptions),
	})
	if s.Copy.Plain() {
		return p.end(a, n.client.(Copier).Copy(ctx, from.Bucket, from.Key, to.Bucket, to.Key), nil)
	}
	return p.end(a, n.client.(OptionCopier).CopyWith(ctx, CopyOptions{
		FromBucket: from.Bucket, FromKey: from.Key, FromVersionID: id, FromIfMatch: source.IfMatch,
		FromCustomerKey: from.CustomerKey.Bytes(), ToBucket: to.Bucket, ToKey: to.Key,
		UploadOptions: p.uploadOptions(when, &to.WriteOptions), MetadataDirective: to.MetadataDirective,
		TaggingDirective: to.TaggingDirective,
	}), nil)
}

func (p *player) list(ctx context.Context, n *node, l *script.List) (err error) {
	a := p.begin(n, &oracle.Act{
		Bucket: l.Bucket, Prefix: p.world.prefix + l.Prefix, Delimiter: l.Delimiter, Versions: l.Versions,
	})
	if l.StartAfter != "" {
		a.StartAfter = p.world.prefix + l.StartAfter
	}
	var keys []string
	if l.ListOptions == (script.ListOptions{}) {
		keys, err = n.client.List(ctx, l.Bucket, l.Prefix, l.MaxKeys)
	} else {
		keys, err = n.client.(OptionLister).ListWith(ctx, l.Bucket, l.Prefix, l.MaxKeys, l.ListOptions)
	}
	for i := range keys {
		keys[i] = p.world.prefix + keys[i]
	}
	return p.end(a, err, func() { a.Keys = keys })
}

// deletePrefix records one act for each key below the prefix when the step starts, because S3 may
// delete some keys and refuse others.
func (p *player) deletePrefix(ctx context.Context, n *node, d *script.DeletePrefix) error {
	acts := make(map[string]*oracle.Act)
	for _, key := range p.world.fake.Keys(d.Bucket) {
		if strings.HasPrefix(key, p.world.prefix+d.Prefix) {
			acts[key] = p.begin(n, &oracle.Act{Operation: "delete_many", Bucket: d.Bucket, Key: key})
		}
	}
	failed, err := n.client.(PrefixDeleter).DeletePrefix(ctx, d.Bucket, d.Prefix)
	whole := err != nil && len(failed) == 0 // the client does not say which keys are gone
	for _, key := range failed {
		if a := acts[p.world.prefix+key]; a != nil {
			_ = p.end(a, err, nil) // end returns its error argument
			delete(acts, a.Key)
		}
	}
	for _, a := range acts {
		if whole {
			_ = p.end(a, err, nil)
		} else {
			_ = p.end(a, nil, nil)
		}
	}
	return err
}

package planted

import (
	"bytes"
	"context"
	"crypto/md5" //nolint:gosec // S3's ETag
	"encoding/hex"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path"
	"strings"

	"github.com/s3chaos/s3chaos/retry"
	"github.com/s3chaos/s3chaos/scenarios"
)

// place returns the key that the tool sends to S3.
func (t *tool) place(key string) (string, error) {
	if t.flaw == JoinsPaths {
		return path.Join(t.prefix, key), nil
	}
	if t.prefix != "" && strings.HasPrefix(path.Clean(key), "..") {
		return "", fmt.Errorf("%w: key %s leaves the prefix %s", retry.ErrPermanent, key, t.prefix)
	}
	return t.prefix + key, nil
}

func (t *tool) Upload(ctx context.Context, bucket, key, file string, progress func(int64)) error {
	content, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	return t.store(ctx, bucket, key, content, t.bar(progress))
}

func (t *tool) UploadStream(ctx context.Context, bucket, key string, s scenarios.Stream) error {
	var condition []string
	if s.IfNoneMatch != "" {
		condition = []string{"If-None-Match", s.IfNoneMatch}
	}
	switch t.flaw {
	case StreamsOnceOnly: // a stream that cannot be rewound is sent once
		return t.put(ctx, bucket, key, s.Reader, int(s.Size))
	case StreamsTheRest: // the reader stays where the earlier attempt left it
		left := int(s.Size)
		return t.try(ctx, func() error {
			counted := &counter{Reader: s.Reader, seen: func(n int) { left -= n }}
			return t.put(ctx, bucket, key, counted, left)
		})
	}
	content, err := io.ReadAll(s.Reader)
	if err != nil {
		return err
	}
	return t.store(ctx, bucket, key, content, t.bar(s.Progress), condition...)
}

// store uploads a file in one request or in parts.
func (t *tool) store(ctx context.Context, bucket, key string, content []byte, bar *bar, header ...string) error {
	key, err := t.place(key)
	if err != nil {
		return err
	}
	if len(content) > t.part {
		return t.storeParts(ctx, bucket, key, content)
	}
	tries := 0
	return t.try(ctx, func() error {
		bar.restart()
		tries++
		err := t.put(ctx, bucket, key, &counter{Reader: bytes.NewReader(content), seen: bar.add}, len(content),
			header...)
		if answer, ok := errors.AsType[*refusal](err); ok && answer.status == http.StatusPreconditionFailed &&
			tries > 1 && t.flaw != RetriesConflict {
			return t.settle(ctx, bucket, key, content, err)
		}
		return err
	})
}

// settle asks S3 whether an earlier attempt has stored the content.
func (t *tool) settle(ctx context.Context, bucket, key string, content []byte, conflict error) error {
	held, _, err := t.ask(ctx, http.MethodHead, bucket, key, "", nil)
	if err != nil || !matches(held.Get("ETag"), content) {
		return conflict
	}
	return nil
}

func (t *tool) put(ctx context.Context, bucket, key string, body io.Reader, size int, header ...string) error {
	if size == 0 {
		body = http.NoBody
	}
	resp, err := t.send(ctx, http.MethodPut, bucket, key, "", body, size, header...)
	if err != nil {
		return err
	}
	return resp.Body.Close()
}

func (t *tool) storeParts(ctx context.Context, bucket, key string, content []byte) error {
	var created struct{ UploadId string } //nolint:revive // S3's spelling
	err := t.try(ctx, func() error {
		_, answer, err := t.ask(ctx, http.MethodPost, bucket, key, "uploads=", nil)
		if err != nil {
			return err
		}
		return xml.Unmarshal(answer, &created)
	})
	if err != nil {
		return err
	}
	id := "uploadId=" + created.UploadId
	if err := t.sendParts(ctx, bucket, key, id, content); err != nil {
		if t.flaw == NeverAborts {
			return err
		}
		cleanup := context.WithoutCancel(ctx)
		if t.flaw == AbortsCanceled {
			cleanup = ctx
		}
		aborted := t.try(cleanup, func() error {
			_, _, err := t.ask(cleanup, http.MethodDelete, bucket, key, id, nil)
			return err
		})
		return errors.Join(err, aborted)
	}
	return nil
}

func (t *tool) sendParts(ctx context.Context, bucket, key, id string, content []byte) error {
	var list strings.Builder
	for number := 1; len(content) > 0; number++ {
		part := content[:min(len(content), t.part)]
		content = content[len(part):]
		var answer http.Header
		err := t.try(ctx, func() (err error) {
			answer, _, err = t.ask(ctx, http.MethodPut, bucket, key, fmt.Sprintf("partNumber=%d&%s", number, id), part)
			return err
		})
		if err != nil {
			return err
		}
		fmt.Fprintf(&list, "<Part><PartNumber>%d</PartNumber><ETag>%s</ETag></Part>", number, answer.Get("ETag"))
	}
	document := []byte("<CompleteMultipartUpload>" + list.String() + "</CompleteMultipartUpload>")
	complete := func() error {
		_, _, err := t.ask(ctx, http.MethodPost, bucket, key, id, document)
		return err
	}
	if t.flaw == CompletesOnce {
		return complete()
	}
	return t.try(ctx, complete) // S3 repeats its response for a completed upload
}

func (t *tool) Download(ctx context.Context, bucket, key, file string, span *scenarios.Range,
	progress func(int64),
) error {
	key, err := t.place(key)
	if err != nil {
		return err
	}
	var header []string
	if span != nil {
		header = []string{"Range", "bytes=" + span.String()}
	}
	bar := t.bar(progress)
	return t.try(ctx, func() error {
		bar.restart()
		return t.fetch(ctx, bucket, key, file, bar, header)
	})
}

// fetch downloads to a temporary file and renames it at the end.
func (t *tool) fetch(ctx context.Context, bucket, key, file string, bar *bar, header []string) error {
	target := file + ".part"
	if t.flaw == TruncatesFirst {
		target = file
	}
	out, err := os.OpenFile(target, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	defer out.Close() //nolint:errcheck // a success closes it below
	resp, err := t.send(ctx, http.MethodGet, bucket, key, "", nil, 0, header...)
	if err != nil {
		return err
	}
	defer resp.Body.Close() //nolint:errcheck // the body was read
	var arrived bytes.Buffer
	_, err = io.Copy(io.MultiWriter(out, &arrived), &counter{Reader: resp.Body, seen: bar.add})
	if err != nil && (t.flaw != ShortBodyIsWhole || !errors.Is(err, io.ErrUnexpectedEOF)) {
		return err
	}
	unverified := t.flaw == LengthOnly || t.flaw == ShortBodyIsWhole || t.flaw == ChecksumOnlyWithLength &&
		resp.ContentLength < 0
	if resp.StatusCode == http.StatusOK && !unverified && !matches(resp.Header.Get("ETag"), arrived.Bytes()) {
		return errDamaged
	}
	if err := out.Close(); err != nil || target == file {
		return err
	}
	return os.Rename(target, file)
}

func matches(etag string, content []byte) bool {
	sum := md5.Sum(content) //nolint:gosec // S3's ETag
	return strings.Trim(etag, `"`) == hex.EncodeToString(sum[:])
}

// A counter counts the bytes that were read.
type counter struct {
	io.Reader
	seen func(int)
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.seen(n)
	return n, err
}

// A bar shows the progress of a transfer.
type bar struct {
	show       func(int64)
	done, most int64
	restarts   bool // whether it goes back to zero when an attempt starts again
}

func (t *tool) bar(show func(int64)) *bar {
	return &bar{show: show, restarts: t.flaw == ProgressRestarts}
}

func (b *bar) restart() { b.done = 0 }

func (b *bar) add(n int) {
	b.done += int64(n)
	if b.show != nil && (b.restarts || b.done > b.most) {
		b.show(b.done)
	}
	b.most = max(b.most, b.done)
}

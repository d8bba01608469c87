package s3client

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/s3chaos/s3chaos/retry"
)

// DownloadOptions refine a download. The zero value, and nil, fetch the whole object.
type DownloadOptions struct {
	// Range is the part of the object to fetch, in bytes: "0-99", "100-" or "-500" for the
	// last 500. Empty: all of it. S3 has no checksum for an arbitrary range, so one is verified by
	// its length and the ETag only.
	Range string
	// Progress is told how much has arrived. Nil: no reports.
	Progress Progress
}

// Download stores the object key as the file localPath.
//
// The content is collected in a hidden file beside localPath, which takes its place when its length
// and checksum have been verified and it has reached the disk; until then, and on any failure, an
// old file stays whole. (An object that was stored in parts without a checksum of the whole is
// verified by its length and the ETag only.) The new file has mode and owner of the old one, as far
// as the process may give them; a symbolic link is followed; a file that may not be written is
// refused. A download that is cut goes on where it was cut, provided the object is still the same
// one: if not, the error is [ErrObjectChanged]. The count of attempts starts anew after an attempt
// that brought 64 KiB or 1 %, at most 100 times, within MaxElapsed, and not if the policy allows
// one attempt only. Bytes that are not the object's are [ErrIntegrity]. options may be nil.
func (c *Client) Download(ctx context.Context, key, localPath string, options *DownloadOptions) error {
	if options == nil {
		options = &DownloadOptions{}
	}
	full, err := c.fullKey(key)
	if err != nil {
		return fmt.Errorf("download: %w", err)
	}
	want, err := parseRange(options.Range)
	if err != nil {
		return fmt.Errorf("download %s/%s: %w", c.config.Bucket, full, err)
	}
	file, err := newTempFile(localPath, c.config.NoSync)
	if err != nil {
		return fmt.Errorf("download %s/%s: %w", c.config.Bucket, full, err)
	}
	c.log(ctx, slog.LevelInfo, "downloading from S3", "bucket", c.config.Bucket, "key", full)
	d := &download{client: c, key: full, want: want, file: file, size: -1, tally: newTally(options.Progress, -1)}
	d.piece = d.tally.piece()
	if err := d.run(ctx); err != nil {
		return fmt.Errorf("download %s/%s: %w", c.config.Bucket, full, errors.Join(err, file.discard()))
	}
	if err := file.commit(); err != nil {
		return fmt.Errorf("download %s/%s: %w", c.config.Bucket, full, err)
	}
	c.finished(ctx, full, d.tally.finish(d.have))
	if d.sum == nil && d.want == wholeObject {
		c.log(ctx, slog.LevelInfo, "downloaded without a checksum", "bucket", c.config.Bucket, "key", full)
	}
	return nil
}

// download is the state of one download.
type download struct {
	client *Client
	key    string
	want   span
	file   *tempFile
	tally  *tally
	piece  *piece
	buffer []byte

	have  int64     // bytes that have arrived
	first int64     // where in the object they begin
	size  int64     // how many there will be; -1: not known yet
	total int64     // size of the object; -1: not known
	etag  string    // of the object they belong to; "": cannot be resumed
	sum   *checksum // of the whole; nil: no checksum

	measured *measured // what a HEAD told because no download did
}

func (d *download) run(ctx context.Context) error {
	for {
		if err := d.fetch(ctx); err != nil {
			return err
		}
		if d.size >= 0 || d.sum != nil {
			return nil
		}
		// The response had neither a length nor a checksum. Its end proves nothing: a connection
		// that was cut looks the same.
		if err := d.measure(ctx); err != nil || d.have == d.size {
			return err
		}
	}
}

// attempt makes one request and reads its response to the end.
func (d *download) attempt(ctx context.Context, a *attempt) error {
	if d.have > 0 && d.etag == "" {
		// Without an ETag the rest may be of another object.
		if err := d.restart(); err != nil {
			return err
		}
	}
	resumed := d.have > 0
	out, err := d.client.s3.GetObject(ctx, d.input(resumed))
	if err != nil {
		switch status := statusOf(err); {
		case !resumed && d.want.suffix() && status == 416 && !a.foreign:
			return d.beginEmpty()
		case resumed && status == 416 && d.size < 0:
			// The object has no more bytes: the connection was cut after the last one.
			return d.verify()
		case resumed && (status == 412 || status == 416 || status == 404):
			return retry.Permanent(errors.Join(d.changed(""), err))
		}
		return err
	}
	if out.ETag == nil && out.LastModified == nil {
		return errNotS3
	}
	if a.status == http.StatusPartialContent && out.ContentRange == nil {
		return integrity("206 with Content-Type %q and without Content-Range", aws.ToString(out.ContentType))
	}
	if a.status == http.StatusOK {
		out.ContentRange = nil // it means nothing here
	}
	if resumed {
		err = d.resume(out)
	} else {
		err = d.begin(out)
	}
	if err == nil {
		err = d.read(out.Body)
	}
	if err == nil {
		return d.verify()
	}
	return d.distrust(err)
}

// verify checks the content when all of it has arrived.
func (d *download) verify() error { return d.distrust(d.sum.verify()) }

// distrust throws away what has arrived if err says that it is not the object's.
func (d *download) distrust(err error) error {
	if errors.Is(err, ErrIntegrity) {
		if err := d.restart(); err != nil {
			return err
		}
	}
	return err
}

func (d *download) input(resumed bool) *s3.GetObjectInput {
	in := &s3.GetObjectInput{
		Bucket:       aws.String(d.client.config.Bucket),
		Key:          aws.String(d.key),
		Range:        optional(d.want.String()),
		ChecksumMode: types.ChecksumModeEnabled,
	}
	if resumed {
		rest := span{d.first + d.have, -1}
		if d.size >= 0 && d.want != wholeObject {
			rest.last = d.first + d.size - 1
		}
		in.Range = aws.String(rest.String())
		in.IfMatch = aws.String(d.etag)
	}
	return in
}

func (d *download) restart() error {
	d.have, d.size, d.etag, d.sum = 0, -1, "", nil
	if err := d.file.restart(); err != nil {
		return retry.Permanent(err)
	}
	return nil
}

func (d *download) changed(after string) error {
	return &ChangedError{Bucket: d.client.config.Bucket, Key: d.key, Before: d.etag, After: after}
}

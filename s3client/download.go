package s3client

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/s3chaos/s3chaos/retry"
)

// DownloadOptions refine a download. The zero value, and nil, fetch the whole current object.
type DownloadOptions struct {
	GetOptions
	// Concurrency is how many ranges of the object are fetched at once, after a HEAD that tells its
	// size. It is for [Client.Download] and [Client.DownloadAt], and excludes PartNumber. Zero and
	// 1: one request for the whole.
	Concurrency int
	// PartSize is the size of these ranges in bytes. The client fetches an object whose parts have
	// checksums part by part instead, whatever their size. Zero: Config.PartSize.
	PartSize int64
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
// one attempt only. Bytes that are not the object's are [ErrIntegrity]. A condition of the options
// that does not hold is [ErrNotModified] or [ErrPreconditionFailed], and leaves an old file as it
// is. options may be nil.
func (c *Client) Download(ctx context.Context, key, localPath string, options *DownloadOptions) error {
	d, err := c.download(key, options)
	if err != nil {
		return fmt.Errorf("download: %w", err)
	}
	file, err := newTempFile(localPath, c.config.NoSync)
	if err != nil {
		return fmt.Errorf("download %s: %w", d.name(), err)
	}
	c.log(ctx, slog.LevelInfo, "downloading from S3", "bucket", c.config.Bucket, "key", d.key)
	d.sink = &fileSink{file: file}
	if d.concurrency > 1 {
		err = d.runRanges(ctx, file)
	} else {
		err = d.run(ctx)
	}
	if err != nil {
		return fmt.Errorf("download %s: %w", d.name(), errors.Join(err, file.discard()))
	}
	if err := file.commit(); err != nil {
		return fmt.Errorf("download %s: %w", d.name(), err)
	}
	d.finish(ctx)
	return nil
}

// DownloadTo writes the object key to w, in order. It reads as [Client.Download] does, with two
// differences: the client cannot take back bytes that w has taken, and it does not try again after
// a failed write. With [ErrIntegrity], w may have got bytes that are not the object's. A slow w
// does not count as a stall. An object whose ETag is missing or weak cannot be continued after a
// cut. options may be nil.
func (c *Client) DownloadTo(ctx context.Context, key string, w io.Writer, options *DownloadOptions) error {
	d, err := c.download(key, options)
	if err != nil {
		return fmt.Errorf("download: %w", err)
	}
	if d.concurrency > 1 {
		return fmt.Errorf("download %s: concurrency %d: want 1, or DownloadAt", d.name(), d.concurrency)
	}
	c.log(ctx, slog.LevelInfo, "downloading from S3", "bucket", c.config.Bucket, "key", d.key)
	d.sink = &writerSink{w: w}
	if err := d.run(ctx); err != nil {
		return fmt.Errorf("download %s: %w", d.name(), err)
	}
	d.finish(ctx)
	return nil
}

// download is the state of one download.
type download struct {
	client  *Client
	key     string
	options GetOptions
	want    span
	sink    sink

	number      int   // of the part or range, from 1; 0: the download is of the whole
	concurrency int   // ranges at once
	partSize    int64 // of the ranges, in bytes

	tally *tally
	piece *piece

	watch  *watchdog     // of the present attempt
	paused time.Duration // spent in code of the caller
	closed bool          // the caller wants no more

	have  int64     // bytes that have arrived
	skip  int64     // first bytes of this response, which an earlier one has brought
	first int64     // where in the object they begin
	size  int64     // how many there will be; -1: not known yet
	total int64     // size of the object; -1: not known
	etag  string    // of the object they belong to; "": cannot be resumed
	sum   *checksum // of all of them; nil: no checksum

	// pinned is the ETag, as the server writes it, of the only object that the download accepts;
	// "": any.
	pinned string
	// short means that the checksum of a response without a length is wrong: bytes are missing at
	// the end, or some are damaged, and the caller already has them.
	short    bool
	measured *measured // what a HEAD told because no download did
}

// download returns a download of key without its sink.
func (c *Client) download(key string, options *DownloadOptions) (*download, error) {
	if options == nil {
		options = &DownloadOptions{}
	}
	full, err := c.fullKey(key)
	if err != nil {
		return nil, err
	}
	d := &download{client: c, key: full, options: options.GetOptions, number: options.PartNumber, size: -1}
	d.want, err = options.GetOptions.check(c)
	if err = errors.Join(err, options.checkRanges()); err != nil {
		return nil, fmt.Errorf("%s: %w", d.name(), err)
	}
	d.concurrency, d.partSize = options.Concurrency, cmp.Or(options.PartSize, c.config.PartSize)
	d.tally = newTally(options.Progress, -1)
	d.piece = d.tally.piece()
	return d, nil
}

// name is the object in errors.
func (d *download) name() string { return d.client.config.Bucket + "/" + d.key }

// part reports whether the download is of one part of the object.
func (d *download) part() bool { return d.options.PartNumber > 0 }

// finish reports and logs a download that has succeeded.
func (d *download) finish(ctx context.Context) {
	c := d.client
	c.finished(ctx, d.key, d.tally.finish(d.have))
	if d.sum == nil && d.want == wholeObject && !d.part() {
		c.log(ctx, slog.LevelInfo, "downloaded without a checksum", "bucket", c.config.Bucket, "key", d.key)
	}
}

func (d *download) run(ctx context.Context) error {
	m := d.moving(ctx)
	for {
		if err := m.fetch(ctx); err != nil {
			return err
		}
		if ended, err := d.settled(ctx); ended || err != nil {
			return err
		}
		if err := m.cut(ctx); err != nil {
			return err
		}
	}
}

// settled reports whether the download has ended when its requests have succeeded.
func (d *download) settled(ctx context.Context) (bool, error) {
	if d.closed {
		return true, errClosed
	}
	if d.size >= 0 || d.sum != nil && !d.short {
		return true, nil
	}
	// The response had no length, and no checksum tells that this is all. Its end proves nothing: a
	// connection that was cut looks the same.
	if err := d.measure(ctx); err != nil {
		return false, err
	}
	if d.have == d.size {
		return true, d.sum.verify()
	}
	d.short = false
	return false, nil
}

// attempt makes one request and reads its response to the end.
func (d *download) attempt(ctx context.Context, a *attempt) error {
	body, err := d.open(ctx, a)
	if body == nil {
		return err
	}
	if err == nil {
		err = d.read(body)
	}
	return d.judge(err)
}

// open makes one request and checks the head of its response. It returns the body; nil: the attempt
// has ended with the error, or with success.
func (d *download) open(ctx context.Context, a *attempt) (io.Reader, error) {
	d.watch, d.skip = a.watch, 0
	if d.have > 0 && d.etag == "" {
		// Without an ETag the rest may be of another object.
		if err := d.restart(); err != nil {
			return nil, err
		}
	}
	resumed := d.have > 0
	out, err := d.client.s3.GetObject(ctx, d.input(resumed))
	if err != nil {
		return nil, d.refused(a, resumed, err)
	}
	if out.ETag == nil && out.LastModified == nil {
		return nil, errNotS3
	}
	if a.status == http.StatusPartialContent && out.ContentRange == nil {
		return nil, integrity("206 with Content-Type %q and without Content-Range", aws.ToString(out.ContentType))
	}
	if a.status == http.StatusOK {
		out.ContentRange = nil // it means nothing here
	}
	if resumed {
		return out.Body, d.resume(out)
	}
	return out.Body, d.begin(out)
}

// judge returns the outcome of an attempt whose response was read to its end, or up to err.
func (d *download) judge(err error) error {
	if err == nil {
		return d.verify()
	}
	if errors.Is(err, errClosed) {
		d.closed = true // the attempt did not fail: the caller has enough
		return nil
	}
	if d.have > 0 && d.etag == "" && d.sink.final() {
		return retry.Permanent(fmt.Errorf("%w; it has no strong ETag to go on by: %w", errGiven, err))
	}
	return d.distrust(err)
}

// refused judges an error response.
func (d *download) refused(a *attempt, resumed bool, err error) error {
	sameObject := resumed || d.pinned != "" // the request had If-Match
	switch status := statusOf(err); {
	case !resumed && d.want.suffix() && status == 416 && !a.foreign:
		return d.beginEmpty()
	case resumed && status == 416 && d.size < 0:
		// The object has no more bytes: the connection was cut after the last one.
		return d.verify()
	case sameObject && (status == 412 || status == 416 || status == 404 && !a.foreign):
		return retry.Permanent(errors.Join(d.changed(""), err))
	}
	return err
}

// verify checks the content when all of it has arrived.
func (d *download) verify() error {
	err := d.sum.verify()
	switch {
	case err == nil:
		return nil
	case !d.sink.final():
		return cmp.Or(d.restart(), err)
	case d.size < 0:
		d.short = true
		return nil
	}
	return retry.Permanent(err) // the caller already has the bytes
}

// distrust discards the bytes that have arrived if err says that the server did not send what the
// client asked for. It keeps bytes that the caller already has.
func (d *download) distrust(err error) error {
	if errors.Is(err, ErrIntegrity) {
		if err := d.restart(); err != nil && !errors.Is(err, errGiven) {
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
	d.options.which(in)
	switch {
	case resumed:
		rest := span{d.first + d.have, -1}
		if d.size >= 0 && (d.want != wholeObject || d.part()) {
			rest.last = d.first + d.size - 1
		}
		in.Range = aws.String(rest.String())
		in.IfMatch = aws.String(d.etag)
		return in
	case d.pinned != "":
		in.IfMatch = optional(strong(&d.pinned))
	default:
		d.options.conditions(in)
	}
	if d.part() {
		in.PartNumber = aws.Int32(int32(d.options.PartNumber))
	}
	return in
}

// errGiven means that a download cannot start anew, because the caller already has some bytes.
var errGiven = errors.New("the object cannot be read anew: the caller already has some of it")

func (d *download) restart() error {
	if d.have > 0 {
		if d.sink.final() {
			return retry.Permanent(errGiven)
		}
		if err := d.sink.restart(); err != nil {
			return retry.Permanent(err)
		}
	}
	d.have, d.size, d.etag, d.sum = 0, -1, "", nil
	return nil
}

func (d *download) changed(after string) error {
	return &ChangedError{
		Bucket: d.client.config.Bucket, Key: d.key, Before: cmp.Or(d.etag, d.pinned), After: after,
	}
}

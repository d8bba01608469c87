package s3client

import (
	"context"
	"fmt"
)

// This file finds the length of an object when the response to GET does not tell it.

// measured is the length that a HEAD told, and the strong ETag of the download; "": it has none.
type measured struct {
	size int64
	etag string
}

// measure asks with a HEAD for the length that the response to GET did not tell.
func (d *download) measure(ctx context.Context) error {
	out, err := d.client.headWith(ctx, d.key, d.options.head())
	if err != nil {
		return err
	}
	if out == nil {
		return d.changed("") // deleted meanwhile
	}
	if etag := strong(out.ETag); d.etag != "" && etag != d.etag {
		return d.changed(etag)
	}
	if out.ContentLength == nil {
		return fmt.Errorf("%w: neither GET nor HEAD tells the object's length", ErrIntegrity)
	}
	d.size = *out.ContentLength
	d.measured = &measured{d.size, d.etag}
	if d.have > d.size {
		return fmt.Errorf("%w: %d bytes arrived of an object of %d", ErrIntegrity, d.have, d.size)
	}
	d.tally.expect(d.size)
	return nil
}

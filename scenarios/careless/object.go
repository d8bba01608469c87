package careless

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/s3chaos/s3chaos/scenarios/script"
)

// partSize is the size of the parts of a multipart upload.
const partSize = 5 << 20

// Put stores content, in parts if it is larger than one.
func (c *Client) Put(ctx context.Context, bucket, key string, content []byte) error {
	return c.PutIf(ctx, bucket, key, content, "", "")
}

// PutIf is Put with a header that states a condition. An empty name states none.
func (c *Client) PutIf(ctx context.Context, bucket, key string, content []byte, name, value string) error {
	condition := http.Header{}
	if name != "" && !c.ignores(script.BlindCondition) {
		condition.Set(name, value)
	}
	if c.ignores(script.BlindOld) {
		if err := c.Delete(ctx, bucket, key); err != nil {
			return err
		}
	}
	if c.ignores(script.BlindAtomicity) {
		if err := c.put(ctx, bucket, key, content[:len(content)/2], condition); err != nil {
			return err
		}
	}
	if len(content) > partSize {
		return c.putParts(ctx, bucket, key, content, condition)
	}
	return c.put(ctx, bucket, key, content, condition)
}

func (c *Client) put(ctx context.Context, bucket, key string, content []byte, condition http.Header) error {
	_, _, err := c.send(ctx, request{
		method: http.MethodPut, bucket: bucket, key: key, body: content, header: condition,
	})
	// The size does not tell which of several conditional writes took effect.
	if errors.Is(err, errNoResponse) && !c.ignores(script.BlindLookup) && len(condition) == 0 {
		if size, lookErr := c.Size(ctx, bucket, key); lookErr == nil && size == int64(len(content)) {
			return nil
		}
	}
	return err
}

func (c *Client) putParts(
	ctx context.Context, bucket, key string, content []byte, condition http.Header,
) (err error) {
	body, _, err := c.send(ctx, request{
		method: http.MethodPost, bucket: bucket, key: key, query: url.Values{"uploads": {""}},
	})
	if err != nil {
		return err
	}
	var created struct{ UploadId string }
	if err := xml.Unmarshal(body, &created); err != nil {
		return err
	}
	upload := url.Values{"uploadId": {created.UploadId}}
	defer func() {
		if err != nil && !c.ignores(script.BlindAbort) {
			_, _, abortErr := c.send(ctx, request{method: http.MethodDelete, bucket: bucket, key: key, query: upload})
			err = errors.Join(err, abortErr)
		}
	}()
	var document strings.Builder
	for n := 1; len(content) > 0; n++ {
		part := content[:min(len(content), partSize)]
		content = content[len(part):]
		_, header, err := c.send(ctx, request{
			method: http.MethodPut, bucket: bucket, key: key, body: part,
			query: url.Values{"uploadId": {created.UploadId}, "partNumber": {strconv.Itoa(n)}},
		})
		if err != nil {
			return err
		}
		fmt.Fprintf(&document, "<Part><PartNumber>%d</PartNumber><ETag>%s</ETag></Part>", n, header.Get("ETag"))
	}
	complete := "<CompleteMultipartUpload>" + document.String() + "</CompleteMultipartUpload>"
	_, _, err = c.send(ctx, request{
		method: http.MethodPost, bucket: bucket, key: key, query: upload, body: []byte(complete), header: condition,
	})
	return err
}

// Get writes an object, or a range of it, to the file at path.
func (c *Client) Get(ctx context.Context, bucket, key string, span *script.Range, path string) error {
	r := request{method: http.MethodGet, bucket: bucket, key: key, object: true}
	if span != nil {
		r.header = http.Header{"Range": {"bytes=" + span.String()}}
	}
	if c.ignores(script.BlindOld) {
		if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	body, _, err := c.send(ctx, r)
	if err != nil && !c.ignores(script.BlindTarget) {
		return err
	}
	return errors.Join(err, write(path, body))
}

// write replaces a file as a whole.
func write(path string, content []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	if err := os.WriteFile(path+".part", content, 0o600); err != nil {
		return err
	}
	return os.Rename(path+".part", path)
}

// Copy lets S3 store one object as another.
func (c *Client) Copy(ctx context.Context, fromBucket, fromKey, bucket, key string) error {
	source := http.Header{"X-Amz-Copy-Source": {fromBucket + "/" + (&url.URL{Path: fromKey}).EscapedPath()}}
	_, _, err := c.send(ctx, request{method: http.MethodPut, bucket: bucket, key: key, header: source})
	return err
}

// Delete deletes an object.
func (c *Client) Delete(ctx context.Context, bucket, key string) error {
	_, _, err := c.send(ctx, request{method: http.MethodDelete, bucket: bucket, key: key})
	return err
}

// DeleteVersion deletes one version of an object for good. A client that ignores the version
// deletes the one that a HEAD tells.
func (c *Client) DeleteVersion(ctx context.Context, bucket, key, id string) error {
	if c.ignores(script.BlindVersion) {
		_, header, err := c.send(ctx, request{method: http.MethodHead, bucket: bucket, key: key})
		if err != nil {
			return err
		}
		id = header.Get("X-Amz-Version-Id")
	}
	_, _, err := c.send(ctx, request{
		method: http.MethodDelete, bucket: bucket, key: key, query: url.Values{"versionId": {id}},
	})
	return err
}

// DeleteIf deletes an object if it has the ETag.
func (c *Client) DeleteIf(ctx context.Context, bucket, key, etag string) error {
	header := http.Header{}
	if !c.ignores(script.BlindCondition) {
		header.Set("If-Match", etag)
	}
	_, _, err := c.send(ctx, request{method: http.MethodDelete, bucket: bucket, key: key, header: header})
	return err
}

// Exists asks whether an object is there: 404 says that it is not.
func (c *Client) Exists(ctx context.Context, bucket, key string) (bool, error) {
	_, _, err := c.send(ctx, request{method: http.MethodHead, bucket: bucket, key: key})
	if status, ok := errors.AsType[StatusError](err); ok && status == http.StatusNotFound {
		return false, nil
	}
	return err == nil, err
}

// Size asks for the length of an object.
func (c *Client) Size(ctx context.Context, bucket, key string) (int64, error) {
	_, header, err := c.send(ctx, request{method: http.MethodHead, bucket: bucket, key: key})
	if err != nil {
		return 0, err
	}
	return strconv.ParseInt(header.Get("Content-Length"), 10, 64)
}

package scenarios

import (
	"bytes"
	"cmp"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/aws/smithy-go"

	"github.com/s3chaos/s3chaos/scenarios/oracle"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// presignPause is how long the sender of a presigned request waits before it sends the request
// again.
const presignPause = time.Second

// presign lets the client sign a request, and sends it as a program without credentials does. The
// act is the read or the upload that the request asks for.
func (p *player) presign(ctx context.Context, n *node, s *script.Presign) error {
	a := &oracle.Act{Operation: "get", Bucket: s.Bucket, Key: p.world.prefix + s.Key, Range: s.Range}
	options := PresignOptions{
		Method: string(s.Method), Bucket: s.Bucket, Key: s.Key, Expires: cmp.Or(s.Expires, script.DefaultExpires),
		Upload: p.uploadOptions(Condition{}, &s.WriteOptions), Response: s.Response.Header(),
		Get: GetOptions{Range: s.Range, CustomerKey: s.CustomerKey.Bytes()},
	}
	put := s.Method == script.PresignPut
	if put {
		a.Operation, a.Content, a.Stored = "upload", s.Bytes(p.world.seed, n.ID), p.stored(&s.WriteOptions)
	}
	a = p.begin(n, a)
	signed, err := n.client.(Presigner).Presign(ctx, options)
	if err == nil {
		err = p.pause(ctx, n, s.After)
	}
	if err != nil {
		return p.end(a, err, nil)
	}
	sender := &http.Client{
		Transport:     p.world.wrap(p.world.transport),
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	var content []byte
	for send := 1; ; send++ {
		content, err = sendPresigned(ctx, sender, signed, a.Content, options.Response)
		if err == nil || send >= s.Sends || rest(ctx, presignPause) != nil {
			break
		}
	}
	return p.end(a, err, func() {
		if !put {
			a.Content = content
		}
	})
}

// sendPresigned sends a presigned request once and returns the body of its response. It takes a
// response without S3's request id for the page of a proxy, which is an error, and so is a header
// that is not the one asked for.
func sendPresigned(
	ctx context.Context, sender *http.Client, signed *PresignedRequest, body []byte, headers map[string]string,
) (content []byte, err error) {
	request, err := http.NewRequestWithContext(ctx, signed.Method, signed.URL, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	maps.Copy(request.Header, signed.Header)
	response, err := sender.Do(request)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, response.Body.Close()) }()
	if content, err = io.ReadAll(response.Body); err != nil {
		return nil, err
	}
	if response.StatusCode/100 == 2 && response.Header.Get("X-Amz-Request-Id") != "" {
		for _, name := range slices.Sorted(maps.Keys(headers)) {
			if got := response.Header.Get(name); got != headers[name] {
				return nil, fmt.Errorf("the response has %s %q, and %q was asked for", name, got, headers[name])
			}
		}
		return append([]byte{}, content...), nil
	}
	var refusal struct{ Code, Message string }
	if err := xml.Unmarshal(content, &refusal); err != nil || refusal.Code == "" {
		return nil, fmt.Errorf("status %d: the response is not S3's", response.StatusCode)
	}
	return nil, &smithy.GenericAPIError{Code: refusal.Code, Message: refusal.Message}
}

package careless

import (
	"context"
	"crypto/md5" //nolint:gosec // S3's Content-MD5
	"encoding/base64"
	"encoding/xml"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/s3chaos/s3chaos/scenarios/script"
)

// An Entry is an object as a list shows it.
type Entry struct {
	Key  string
	ETag string
}

// List returns the objects below a prefix, at most maxKeys a page; 0 leaves that to the server.
func (c *Client) List(ctx context.Context, bucket, prefix string, maxKeys int) ([]Entry, error) {
	query := url.Values{"list-type": {"2"}, "prefix": {prefix}}
	if maxKeys > 0 {
		query.Set("max-keys", strconv.Itoa(maxKeys))
	}
	var entries []Entry
	for {
		body, _, err := c.send(ctx, request{method: http.MethodGet, bucket: bucket, query: query})
		if err != nil {
			return nil, err
		}
		var page struct {
			Contents              []Entry
			NextContinuationToken string
		}
		if err := xml.Unmarshal(body, &page); err != nil {
			return nil, err
		}
		entries = append(entries, page.Contents...)
		if page.NextContinuationToken == "" || c.ignores(script.BlindPages) {
			return entries, nil
		}
		query.Set("continuation-token", page.NextContinuationToken)
	}
}

// DeleteMany deletes objects with one request, each only if it is still the one listed.
func (c *Client) DeleteMany(ctx context.Context, bucket string, entries []Entry) error {
	var document strings.Builder
	document.WriteString("<Delete>")
	for _, e := range entries {
		document.WriteString("<Object><Key>")
		if err := xml.EscapeText(&document, []byte(e.Key)); err != nil {
			return err
		}
		fmt.Fprintf(&document, "</Key><ETag>%s</ETag></Object>", e.ETag)
	}
	document.WriteString("</Delete>")
	body := []byte(document.String())
	sum := md5.Sum(body) //nolint:gosec // as above
	_, _, err := c.send(ctx, request{
		method: http.MethodPost, bucket: bucket, query: url.Values{"delete": {""}}, body: body,
		header: http.Header{"Content-Md5": {base64.StdEncoding.EncodeToString(sum[:])}},
	})
	return err
}

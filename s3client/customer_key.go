package s3client

import (
	"crypto/md5"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// CustomerKey is an encryption key that the caller holds (SSE-C): 256 bits for AES-256. The server
// forgets it after each request, so each read of the object needs it again. It never appears in
// logs or errors: it prints as "CustomerKey(***)" with every verb of package fmt, in slog and in
// JSON. The client sends it over https only.
type CustomerKey []byte

const (
	customerKeySize   = 32
	hiddenCustomerKey = "CustomerKey(***)"
)

// check refuses a key of the wrong size, and one that would travel in the clear.
func (k CustomerKey) check(c *Client) error {
	var errs []error
	if len(k) != 0 && len(k) != customerKeySize {
		errs = append(errs, fmt.Errorf("customer key of %d bytes: want %d", len(k), customerKeySize))
	}
	if len(k) != 0 && c.plain {
		errs = append(errs,
			errors.New("SSECustomerKey: want an endpoint with https: the key travels with each request"))
	}
	return errors.Join(errs...)
}

// headers returns algorithm, key and MD5 of the key as S3 wants them; nil for a key of no bytes.
func (k CustomerKey) headers() (algorithm, key, sum *string) {
	if len(k) == 0 {
		return nil, nil, nil
	}
	digest := md5.Sum(k)
	encode := base64.StdEncoding.EncodeToString
	return aws.String("AES256"), aws.String(encode(k)), aws.String(encode(digest[:]))
}

// Format implements fmt.Formatter, for every verb.
func (k CustomerKey) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, hiddenCustomerKey) }

// LogValue implements slog.LogValuer.
func (k CustomerKey) LogValue() slog.Value { return slog.StringValue(hiddenCustomerKey) }

// MarshalText implements encoding.TextMarshaler, for JSON.
func (k CustomerKey) MarshalText() ([]byte, error) { return []byte(hiddenCustomerKey), nil }

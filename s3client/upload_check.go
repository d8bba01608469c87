package s3client

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// This file refuses upload options that S3 would refuse, before anything is sent.

const (
	maxMetadata = 2 << 10 // S3's limit for the names and values of metadata, in bytes
	maxTags     = 10      // S3's limit for the tags of an object
)

// check returns every mistake in the options.
func (o *UploadOptions) check(c *Client) error {
	if reflect.ValueOf(o).Elem().IsZero() {
		return nil // most uploads: the texts below are not made for them
	}
	_, known := digestOf(o.ChecksumAlgorithm)
	kms := o.ServerSideEncryption == types.ServerSideEncryptionAwsKms ||
		o.ServerSideEncryption == types.ServerSideEncryptionAwsKmsDsse
	locked := o.ObjectLockMode != ""
	err := broken([]rule{
		{o.IfNoneMatch != "" && o.IfNoneMatch != "*", fmt.Sprintf(`IfNoneMatch %q: want "*"`, o.IfNoneMatch)},
		{o.IfNoneMatch != "" && o.IfMatch != "", "IfNoneMatch, IfMatch: want one of them at most"},
		{
			!known,
			fmt.Sprintf("ChecksumAlgorithm %q: want CRC32, CRC32C, CRC64NVME, SHA1 or SHA256", o.ChecksumAlgorithm),
		},
		{
			o.ServerSideEncryption != "" && !kms && o.ServerSideEncryption != types.ServerSideEncryptionAes256,
			fmt.Sprintf("ServerSideEncryption %q: want AES256, aws:kms or aws:kms:dsse", o.ServerSideEncryption),
		},
		{o.SSEKMSKeyID != "" && !kms, "SSEKMSKeyID: want ServerSideEncryption aws:kms or aws:kms:dsse with it"},
		{
			len(o.SSEKMSEncryptionContext) > 0 && !kms,
			"SSEKMSEncryptionContext: want ServerSideEncryption aws:kms or aws:kms:dsse with it",
		},
		{
			len(o.SSECustomerKey) > 0 && (o.ServerSideEncryption != "" || o.BucketKeyEnabled),
			"SSECustomerKey: want no ServerSideEncryption or BucketKeyEnabled beside it",
		},
		{
			locked && !slices.Contains(o.ObjectLockMode.Values(), o.ObjectLockMode),
			fmt.Sprintf("ObjectLockMode %q: want GOVERNANCE or COMPLIANCE", o.ObjectLockMode),
		},
		{locked == o.ObjectLockRetainUntil.IsZero(), "ObjectLockMode, ObjectLockRetainUntil: want both or neither"},
		{
			locked && !o.ObjectLockRetainUntil.IsZero() && !o.ObjectLockRetainUntil.After(time.Now()),
			fmt.Sprintf("ObjectLockRetainUntil %s: want a time in the future",
				o.ObjectLockRetainUntil.Format(time.RFC3339)),
		},
		{
			o.ObjectLockLegalHold != "" && !slices.Contains(o.ObjectLockLegalHold.Values(), o.ObjectLockLegalHold),
			fmt.Sprintf("ObjectLockLegalHold %q: want ON or OFF", o.ObjectLockLegalHold),
		},
	})
	return errors.Join(err, o.checkHeaders(), o.checkMetadata(), checkTags(o.Tags), o.SSECustomerKey.check(c))
}

// checkHeaders refuses what no HTTP header can hold.
func (o *UploadOptions) checkHeaders() error {
	var errs []error
	for _, field := range []struct{ name, value string }{
		{"ContentType", o.ContentType},
		{"ContentDisposition", o.ContentDisposition},
		{"ContentEncoding", o.ContentEncoding},
		{"ContentLanguage", o.ContentLanguage},
		{"CacheControl", o.CacheControl},
		{"StorageClass", string(o.StorageClass)},
		{"IfMatch", o.IfMatch},
		{"SSEKMSKeyID", o.SSEKMSKeyID},
	} {
		if !headerValue(field.value) {
			errs = append(errs, fmt.Errorf("%s %q: want no control characters", field.name, field.value))
		}
	}
	return errors.Join(errs...)
}

// headerValue reports whether an HTTP header can have the value.
func headerValue(value string) bool {
	return !strings.ContainsFunc(value, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f })
}

// headerName reports whether an HTTP header can have the name (RFC 9110, "token").
func headerName(name string) bool {
	return name != "" && !strings.ContainsFunc(name, func(r rune) bool {
		return r <= ' ' || r >= 0x7f || strings.ContainsRune(`"(),/:;<=>?@[\]{}`, r)
	})
}

func (o *UploadOptions) checkMetadata() error {
	size := 0
	if o.conditional() {
		size = len(markerKey) + len(newInvocationID())
	}
	lower := make(map[string]bool, len(o.Metadata))
	for _, name := range slices.Sorted(maps.Keys(o.Metadata)) {
		key := strings.ToLower(name)
		size += len(name) + len(o.Metadata[name])
		switch {
		case o.conditional() && key == markerKey:
			return fmt.Errorf("metadata %q: a conditional upload marks its object with it", name)
		case !headerName(name):
			return fmt.Errorf("metadata %q: want a name of letters, digits and !#$%%&'*+-.^_`|~", name)
		case !headerValue(o.Metadata[name]):
			return fmt.Errorf("metadata %q: want a value without control characters", name)
		case lower[key]:
			return fmt.Errorf("metadata %q: want each name once: S3 ignores case", name)
		}
		lower[key] = true
	}
	if size > maxMetadata {
		return fmt.Errorf("metadata: %d bytes: want at most %d", size, maxMetadata)
	}
	return nil
}

func checkTags(tags map[string]string) error {
	if len(tags) > maxTags {
		return fmt.Errorf("tags: %d: want at most %d", len(tags), maxTags)
	}
	for _, name := range slices.Sorted(maps.Keys(tags)) {
		value := tags[name]
		switch n := utf8.RuneCountInString(name); {
		case n < 1 || n > 128:
			return fmt.Errorf("tag %q: want a name of 1 to 128 characters, got %d", name, n)
		case utf8.RuneCountInString(value) > 256:
			return fmt.Errorf("tag %q: want a value of at most 256 characters", name)
		case strings.HasPrefix(name, "aws:"):
			return fmt.Errorf(`tag %q: want a name that does not begin with "aws:"`, name)
		case !utf8.ValidString(name) || !utf8.ValidString(value):
			return fmt.Errorf("tag %q: want UTF-8", name)
		}
	}
	return nil
}

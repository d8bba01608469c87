package attribute

import (
	"crypto/md5"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"io"
	"net/http"
	"slices"

	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/s3err"
)

const (
	// OfCustomer begins the headers with the key of the customer (SSE-C) for the object of a
	// request.
	OfCustomer = "X-Amz-Server-Side-Encryption-Customer-"
	// OfCopySource begins those with the key for the source of a copy.
	OfCopySource = "X-Amz-Copy-Source-Server-Side-Encryption-Customer-"
)

const customerKeySize = 32

// CustomerKey is what the server keeps of a key of the customer: enough to recognize it, and no
// more.
type CustomerKey struct {
	md5    string // in base64, as the headers have it
	digest [sha256.Size]byte
}

// CustomerKeyOf reads the key whose headers begin with prefix; nil: the request has none.
func CustomerKeyOf(h http.Header, prefix string) (*CustomerKey, error) {
	algorithm, text, sum := h.Get(prefix+"Algorithm"), h.Get(prefix+"Key"), h.Get(prefix+"Key-Md5")
	if algorithm == "" && text == "" && sum == "" {
		return nil, nil
	}
	refuse := func(format string) error { return s3err.Errorf(s3err.InvalidArgument, "%s", format) }
	const provided = "Requests specifying Server Side Encryption with Customer provided keys must provide "
	switch {
	case algorithm != "AES256":
		return nil, refuse(provided + "a valid encryption algorithm.")
	case text == "":
		return nil, refuse(provided + "an appropriate secret key.")
	case sum == "":
		return nil, refuse(provided + "the client calculated MD5 of the secret key.")
	}
	key, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(key) != customerKeySize {
		return nil, refuse("The secret key was invalid for the specified algorithm.")
	}
	want := md5.Sum(key)
	if base64.StdEncoding.EncodeToString(want[:]) != sum {
		return nil, refuse("The calculated MD5 hash of the key did not match the hash that was provided.")
	}
	return &CustomerKey{sum, sha256.Sum256(key)}, nil
}

// Check compares the key that a request brings with that of the object it reads. Nil means no key.
func (k *CustomerKey) Check(given *CustomerKey) error {
	switch {
	case k == nil && given == nil:
		return nil
	case k == nil:
		return s3err.Errorf(s3err.InvalidRequest, "The encryption parameters are not applicable to this object.")
	case given == nil:
		return s3err.Errorf(s3err.InvalidRequest, "The object was stored using a form of Server Side Encryption. "+
			"The correct parameters must be provided to retrieve the object.")
	case *k != *given:
		return s3err.New(s3err.AccessDenied)
	}
	return nil
}

// CheckPart compares the key that a part brings with that of its upload.
func (k *CustomerKey) CheckPart(given *CustomerKey) error {
	switch {
	case k == nil && given == nil:
		return nil
	case given == nil:
		return s3err.Errorf(s3err.InvalidRequest, "The multipart upload initiate requested encryption. "+
			"Subsequent part requests must include the appropriate encryption parameters.")
	case k == nil || *k != *given:
		return s3err.Errorf(s3err.InvalidArgument,
			"The provided encryption parameters did not match the ones used originally.")
	}
	return nil
}

// ETag returns the ETag of content that is encrypted with the key. It is not the content's MD5.
func (k *CustomerKey) ETag(content io.Reader) (string, error) {
	sum := md5.New()
	sum.Write(k.digest[:])
	if _, err := io.Copy(sum, content); err != nil {
		return "", err
	}
	return `"` + hex.EncodeToString(sum.Sum(nil)) + `"`, nil
}

// Write tells in a response how the object is encrypted: with the key, or for a nil key by the
// server.
func (k *CustomerKey) Write(h http.Header) {
	if k == nil {
		h.Set("X-Amz-Server-Side-Encryption", "AES256")
		return
	}
	h.Set(OfCustomer+"Algorithm", "AES256")
	h.Set(OfCustomer+"Key-Md5", k.md5)
}

// MD5 returns the MD5 of the key in base64; empty without a key.
func (k *CustomerKey) MD5() string {
	if k == nil {
		return ""
	}
	return k.md5
}

// customerHeaders are the names of the headers with keys of the customer.
var customerHeaders = []string{
	OfCustomer + "Algorithm", OfCustomer + "Key", OfCustomer + "Key-Md5",
	OfCopySource + "Algorithm", OfCopySource + "Key", OfCopySource + "Key-Md5",
}

// CheckCustomerKeys checks the headers with keys of the customer. secure reports whether the
// request came over https: S3 takes keys over nothing else.
func CheckCustomerKeys(h http.Header, secure bool) error {
	if !slices.ContainsFunc(customerHeaders, func(name string) bool { return h.Get(name) != "" }) {
		return nil
	}
	if !secure {
		return s3err.Errorf(s3err.InvalidRequest, "Requests specifying Server Side Encryption with Customer "+
			"provided keys must be made over a secure connection.")
	}
	for _, prefix := range []string{OfCustomer, OfCopySource} {
		if _, err := CustomerKeyOf(h, prefix); err != nil {
			return err
		}
	}
	return nil
}

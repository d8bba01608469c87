// Package checksum holds the additional checksums that S3 keeps beside objects and parts: [Verify]
// compares a content with what its request says, [Plan] reads which sum a multipart upload wants,
// and [Element] is a checksum in XML. Package sums computes them.
package checksum

import (
	"crypto/md5"
	"encoding/base64"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/s3err"
	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/sums"
)

const (
	HeaderMD5       = "Content-Md5"
	HeaderAlgorithm = "X-Amz-Checksum-Algorithm"
	HeaderType      = "X-Amz-Checksum-Type"
	HeaderMode      = "X-Amz-Checksum-Mode"

	FullObject = "FULL_OBJECT"
	Composite  = "COMPOSITE"
)

// Checksum is a sum as S3 keeps it beside an object or a part.
type Checksum struct {
	Algorithm *sums.Algorithm
	Sum       []byte
	Kind      string // FullObject or Composite
	Parts     int    // of a composite
}

// Of computes the checksum of an object or a part from its content.
func Of(a *sums.Algorithm, content []byte) *Checksum {
	return &Checksum{Algorithm: a, Sum: a.Sum(content), Kind: FullObject}
}

// OfReader is Of for a content that is read. The error is that of reading.
func OfReader(a *sums.Algorithm, content io.Reader) (*Checksum, error) {
	sum, err := a.SumOf(content)
	return &Checksum{Algorithm: a, Sum: sum, Kind: FullObject}, err
}

// IsComposite reports whether the sum is one of the sums of parts. It returns false for nil.
func (c *Checksum) IsComposite() bool { return c != nil && c.Kind == Composite }

// Listing returns the algorithm and the type as lists of objects show them. Both are empty for nil.
func (c *Checksum) Listing() (algorithms []string, kind string) {
	if c == nil {
		return nil, ""
	}
	return []string{c.Algorithm.Name}, c.Kind
}

func (c *Checksum) String() string {
	text := base64.StdEncoding.EncodeToString(c.Sum)
	if c.IsComposite() {
		text += "-" + strconv.Itoa(c.Parts)
	}
	return text
}

func (c *Checksum) Write(h http.Header) {
	h.Set(c.Algorithm.Header, c.String())
	h.Set(HeaderType, c.Kind)
}

// Declared returns the checksum that a request gives in a header or in its trailer: the algorithm
// and the text. The algorithm is nil if the request gives none. It refuses more than one checksum.
func Declared(h http.Header, trailer map[string]string) (*sums.Algorithm, string, error) {
	if err := checkHeaders(h); err != nil {
		return nil, "", err
	}
	var found *sums.Algorithm
	var text string
	for _, a := range sums.All {
		given := slices.Clone(h.Values(a.Header))
		if sum, ok := trailer[strings.ToLower(a.Header)]; ok {
			given = append(given, sum)
		}
		if len(given) == 0 {
			continue
		}
		if found != nil || len(given) > 1 {
			return nil, "", s3err.Errorf(s3err.InvalidRequest,
				"Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.")
		}
		found, text = a, given[0]
	}
	promised := h.Get("X-Amz-Sdk-Checksum-Algorithm")
	if promised == "" {
		return found, text, nil
	}
	a := sums.Named(promised)
	switch {
	case a == nil:
		return nil, "", s3err.Errorf(s3err.InvalidRequest, "Value for x-amz-sdk-checksum-algorithm header is invalid.")
	case found == nil && h.Get(HeaderMD5) == "":
		return nil, "", s3err.Errorf(s3err.InvalidRequest, "x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers were found.")
	case found != nil && a != found:
		return nil, "", s3err.Errorf(s3err.InvalidRequest, "Value for x-amz-sdk-checksum-algorithm header is invalid.")
	}
	return found, text, nil
}

// checkHeaders refuses a sum of an algorithm that S3 does not know: a client whose sum is ignored
// would believe that its content was verified.
func checkHeaders(h http.Header) error {
	for name := range h {
		switch {
		case !strings.HasPrefix(name, "X-Amz-Checksum-"), sums.OfHeader(name) != nil:
		case name != HeaderAlgorithm && name != HeaderType && name != HeaderMode:
			return s3err.Errorf(s3err.InvalidRequest,
				"The algorithm type you specified in x-amz-checksum- header is invalid.")
		}
	}
	return nil
}

// Verify compares a content with the Content-MD5 and the checksum of its request, and returns the
// checksum, or nil if the request gives none. The checks see the algorithm before the sum is
// compared.
func Verify(h http.Header, trailer map[string]string, content []byte, checks ...func(*sums.Algorithm) error,
) (*Checksum, error) {
	if values, ok := h[HeaderMD5]; ok {
		want, err := base64.StdEncoding.DecodeString(values[0])
		if err != nil || len(want) != md5.Size {
			return nil, s3err.New(s3err.InvalidDigest).With("Content-MD5", values[0])
		}
		if got := md5.Sum(content); string(got[:]) != string(want) {
			return nil, s3err.New(s3err.BadDigest).
				With("ExpectedDigest", values[0]).
				With("CalculatedDigest", base64.StdEncoding.EncodeToString(got[:]))
		}
	}
	a, text, err := Declared(h, trailer)
	if a == nil || err != nil {
		return nil, err
	}
	for _, check := range checks {
		if err := check(a); err != nil {
			return nil, err
		}
	}
	want, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(want) != a.Size {
		where := "header"
		if len(h.Values(a.Header)) == 0 {
			where = "trailing header"
		}
		return nil, s3err.Errorf(s3err.InvalidRequest, "Value for %s %s is invalid.", strings.ToLower(a.Header), where)
	}
	got := Of(a, content)
	if string(got.Sum) != string(want) {
		return nil, s3err.Errorf(s3err.BadDigest, "The %s you specified did not match the calculated checksum.", a.Name)
	}
	return got, nil
}

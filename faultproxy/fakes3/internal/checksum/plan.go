package checksum

import (
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"

	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/s3err"
	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/sums"
)

// Plan reads the algorithm and the type of the checksum that the object of a multipart upload gets.
// The table of which algorithm goes with which type is that of the S3 user guide, "Checking object
// integrity".
func Plan(h http.Header) (*sums.Algorithm, string, error) {
	return PlanOf(h.Get(HeaderAlgorithm), strings.ToUpper(h.Get(HeaderType)))
}

// PlanOf is Plan for the values of the headers: the name of an algorithm, and a type. Both may be
// empty.
func PlanOf(name, kind string) (*sums.Algorithm, string, error) {
	if err := CheckType(kind); err != nil {
		return nil, "", err
	}
	if name == "" {
		if kind != "" {
			return nil, "", s3err.Errorf(s3err.InvalidRequest, "The x-amz-checksum-type header can only be used with "+
				"the x-amz-checksum-algorithm header.")
		}
		return nil, FullObject, nil
	}
	a := sums.Named(name)
	if a == nil {
		return nil, "", UnknownAlgorithm()
	}
	switch {
	case kind == "" && !a.Composite:
		kind = FullObject
	case kind == "":
		kind = Composite
	case kind == FullObject && !a.FullObject, kind == Composite && !a.Composite:
		return nil, "", s3err.Errorf(s3err.InvalidRequest, "The %s checksum type cannot be used with the %s checksum "+
			"algorithm.", kind, strings.ToLower(a.Name))
	}
	return a, kind, nil
}

// CheckType refuses a word that S3 has no checksum type for.
func CheckType(kind string) error {
	if kind != "" && kind != FullObject && kind != Composite {
		return s3err.Errorf(s3err.InvalidRequest, "Value for x-amz-checksum-type header is invalid.")
	}
	return nil
}

func UnknownAlgorithm() error {
	return s3err.Errorf(s3err.InvalidRequest,
		"Checksum algorithm provided is unsupported. Please try again with any of the valid types: [%s]", sums.Names())
}

// IsSum reports whether a text can be a sum of an algorithm: in Base64, and for a composite one
// with a dash and the number of parts.
func IsSum(text string, a *sums.Algorithm, kind string) bool {
	if sum, parts, ok := strings.Cut(text, "-"); ok && kind == Composite {
		if _, err := strconv.ParseUint(parts, 10, 16); err != nil {
			return false
		}
		text = sum
	}
	raw, err := base64.StdEncoding.DecodeString(text)
	return err == nil && len(raw) == a.Size
}

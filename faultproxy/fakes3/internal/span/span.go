// Package span finds out which bytes of an object a request asks for: [Of] reads a Range, [OfPart]
// the number of a part, and [OfCopy] the range of a copy.
package span

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/checksum"
	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/s3err"
)

// MaxPart is the largest number of a part.
const MaxPart = 10_000

// Whole is an object, as far as its spans depend on it.
type Whole struct {
	Size     int64 // in bytes
	Checksum *checksum.Checksum
	Parts    []Part // of a multipart upload; nil: the object was put in one piece
}

// Part is a part of an object.
type Part struct {
	Number   int
	Size     int64              // in bytes
	Checksum *checksum.Checksum // nil: none
}

// Span is the part of an object that a response carries.
type Span struct {
	Offset, Length int64              // in bytes
	Partial        bool               // the response has status 206
	Checksum       *checksum.Checksum // of exactly these bytes, or nil
}

// Of resolves the header Range against an object. A Range that is not understood is ignored, and so
// is a list of ranges: S3 sends the whole. The error is an [s3err.Error].
func Of(text string, w Whole) (Span, error) {
	whole := Span{Length: w.Size, Checksum: w.Checksum}
	first, last, ok := parse(text)
	if !ok {
		return whole, nil
	}
	if first < 0 && last > 0 && w.Size == 0 {
		return whole, nil // S3 answers 200 to the last bytes of an empty object
	}
	if first < 0 { // a suffix: last is its length
		first, last = max(0, w.Size-last), w.Size-1
	}
	if first >= w.Size {
		return Span{}, s3err.New(s3err.InvalidRange).
			With("RangeRequested", text).
			With("ActualObjectSize", strconv.FormatInt(w.Size, 10)).
			WithHeader("Content-Range", fmt.Sprintf("bytes */%d", w.Size))
	}
	last = min(last, w.Size-1)
	if last-first+1 == w.Size {
		whole.Partial = true
		return whole, nil
	}
	return Span{Offset: first, Length: last - first + 1, Partial: true}, nil
}

const endless = int64(1)<<62 - 1

// parse reads one byte range: first and last, or -1 and the length of a suffix.
func parse(text string) (first, last int64, ok bool) {
	text, ok = strings.CutPrefix(text, "bytes=")
	if !ok {
		return 0, 0, false
	}
	from, to, ok := strings.Cut(text, "-")
	if !ok {
		return 0, 0, false
	}
	first, last = -1, endless
	if from != "" {
		if first, ok = parsePosition(from); !ok {
			return 0, 0, false
		}
	}
	if to != "" {
		if last, ok = parsePosition(to); !ok {
			return 0, 0, false
		}
	}
	if from == "" && to == "" || first > last {
		return 0, 0, false
	}
	return first, last, true
}

func parsePosition(text string) (int64, bool) {
	for _, c := range []byte(text) {
		if c < '0' || c > '9' {
			return 0, false
		}
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil || n > uint64(endless) {
		n = uint64(endless)
	}
	return int64(n), text != ""
}

// OfPart is the span of a part. An object that was put in one piece is its own part 1. A part has a
// checksum of its own only if that of the object is a composite. An only part otherwise has that of
// the object.
func OfPart(number int, w Whole) (Span, error) {
	composite := w.Checksum.IsComposite()
	if number == 1 && (len(w.Parts) == 0 || len(w.Parts) == 1 && !composite) {
		return Span{Length: w.Size, Partial: w.Size > 0, Checksum: w.Checksum}, nil
	}
	if number > len(w.Parts) {
		return Span{}, s3err.New(s3err.InvalidPartNumber).
			With("PartNumberRequested", strconv.Itoa(number)).
			With("ActualPartCount", strconv.Itoa(max(1, len(w.Parts))))
	}
	s := Span{Length: w.Parts[number-1].Size}
	if composite {
		s.Checksum = w.Parts[number-1].Checksum
	}
	for _, part := range w.Parts[:number-1] {
		s.Offset += part.Size
	}
	s.Partial = s.Length > 0
	return s, nil
}

// PartNumber reads the parameter partNumber.
func PartNumber(text string) (int, error) {
	number, err := strconv.Atoi(text)
	if err != nil || number < 1 || number > MaxPart {
		return 0, s3err.Argument("partNumber", text, "Part number must be an integer between 1 and %d, inclusive",
			MaxPart)
	}
	return number, nil
}

// OfCopy reads x-amz-copy-source-range, which knows one form only. It returns the first and the
// last byte.
func OfCopy(text string) (first, last int64, err error) {
	first, last, ok := parse(text)
	if !ok || first < 0 || last == endless {
		return 0, 0, s3err.Argument("x-amz-copy-source-range", text, "The x-amz-copy-source-range value must be of "+
			"the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes "+
			"to copy")
	}
	return first, last, nil
}

// Write puts the span into the headers of a response. Size is that of the whole object.
func (s Span) Write(h http.Header, size int64) {
	h.Set("Content-Length", strconv.FormatInt(s.Length, 10))
	if s.Partial {
		h.Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", s.Offset, s.Offset+s.Length-1, size))
	}
}

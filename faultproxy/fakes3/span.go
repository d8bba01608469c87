package fakes3

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/checksum"
	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/condition"
	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/s3err"
)

// span is the part of an object that an answer carries.
type span struct {
	offset, length int64
	partial        bool
	checksum       *checksum.Checksum // of exactly these bytes, or nil
}

// spanOf resolves Range or partNumber against a value. A Range that is not understood is ignored,
// and so is one of several ranges: S3 sends the whole.
func spanOf(r *request, v *value) (span, error) {
	text := r.Header.Get("Range")
	if !condition.RangeHolds(r.Header, v.state()) {
		text = ""
	}
	if number := r.query.Get("partNumber"); number != "" {
		if text != "" {
			return span{},
				s3err.Errorf(s3err.InvalidRequest, "Cannot specify both Range header and partNumber query parameter")
		}
		return spanOfPart(number, v)
	}
	whole := span{length: v.size, checksum: v.attrs.checksum}
	first, last, ok := parseRange(text)
	if !ok {
		return whole, nil
	}
	if first < 0 && last > 0 && v.size == 0 {
		return whole, nil // S3 answers 200 to the last bytes of an empty object
	}
	if first < 0 { // the last so many bytes
		first, last = max(0, v.size-last), v.size-1
	}
	if first >= v.size {
		return span{}, s3err.New(s3err.InvalidRange).
			With("RangeRequested", text).
			With("ActualObjectSize", strconv.FormatInt(v.size, 10)).
			WithHeader("Content-Range", fmt.Sprintf("bytes */%d", v.size))
	}
	last = min(last, v.size-1)
	if last-first+1 == v.size {
		whole.partial = true
		return whole, nil
	}
	return span{offset: first, length: last - first + 1, partial: true}, nil
}

const endless = int64(1)<<62 - 1

// parseRange reads one byte range: first and last, or -1 and the length of a suffix.
func parseRange(text string) (first, last int64, ok bool) {
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

// spanOfPart is the span of one part of a multipart object; an object that was put in one piece is
// its own part 1.
func spanOfPart(text string, v *value) (span, error) {
	number, err := strconv.Atoi(text)
	if err != nil || number < 1 || number > maxPartNumber {
		return span{}, invalidPartNumber(text)
	}
	if len(v.attrs.parts) == 0 && number == 1 {
		return span{length: v.size, partial: v.size > 0, checksum: v.attrs.checksum}, nil
	}
	if number > len(v.attrs.parts) {
		return span{}, s3err.New(s3err.InvalidPartNumber).
			With("PartNumberRequested", text).
			With("ActualPartCount", strconv.Itoa(max(1, len(v.attrs.parts))))
	}
	var s span
	for _, part := range v.attrs.parts[:number-1] {
		s.offset += part.size
	}
	s.length, s.checksum = v.attrs.parts[number-1].size, v.attrs.parts[number-1].checksum
	s.partial = s.length > 0
	return s, nil
}

func (s span) write(h http.Header, size int64) {
	h.Set("Content-Length", strconv.FormatInt(s.length, 10))
	if s.partial {
		h.Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", s.offset, s.offset+s.length-1, size))
	}
}

package scenarios

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/s3chaos/s3chaos/faultproxy"
	"github.com/s3chaos/s3chaos/internal/glob"
	"github.com/s3chaos/s3chaos/scenarios/internal/evidence"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

func (c *checker) requests() {
	for _, want := range c.expect.Requests {
		line := lineOr(want.Line, c.expect.At("requests").Line)
		r, ok := c.nth(want.Operation, max(1, want.Nth))
		name := fmt.Sprintf("%s number %d", want.Operation, max(1, want.Nth))
		if !ok {
			c.missAt("requests", line, name, fmt.Sprintf("%d of them", c.sends(want.Operation)),
				c.journal(want.Operation)...)
			continue
		}
		if want.RangeStart != nil {
			got, has := rangeStart(r)
			if !has || got != int64(*want.RangeStart) {
				c.missAt("requests", lineOr(want.At("range_start").Line, line),
					fmt.Sprintf("%s from byte %d", name, int64(*want.RangeStart)), describeStart(got, has),
					evidence.Line(r))
			}
		}
		for _, header := range slices.Sorted(maps.Keys(want.Headers)) {
			value, has := r.RequestHeader[http.CanonicalHeaderKey(header)]
			if pattern := glob.Compile(want.Headers[header]); !has || !pattern.Match(value) {
				c.missAt("requests", lineOr(want.At("headers").Line, line),
					fmt.Sprintf("%s with %s: %s", name, header, want.Headers[header]), describeHeader(value, has),
					evidence.Line(r))
			}
		}
		for _, header := range want.Absent {
			if value, has := r.RequestHeader[http.CanonicalHeaderKey(header)]; has {
				c.missAt("requests", lineOr(want.At("absent").Line, line),
					fmt.Sprintf("%s without %s", name, header), describeHeader(value, has), evidence.Line(r))
			}
		}
		c.exchange(&want, name, r)
	}
}

// nth returns the n-th request of an operation, counted from 1, and whether it exists.
func (s *account) nth(operation string, n int) (faultproxy.Record, bool) {
	for _, r := range s.records {
		if r.Kind == "exchange" && r.Operation == operation {
			if n--; n == 0 {
				return r, true
			}
		}
	}
	return faultproxy.Record{}, false
}

func rangeStart(r faultproxy.Record) (int64, bool) {
	text := r.Range
	if text == "" {
		text = r.RequestHeader["Range"]
	}
	_, spec, _ := strings.Cut(text, "=")
	first, _, _ := strings.Cut(spec, "-")
	n, err := strconv.ParseInt(first, 10, 64)
	return n, err == nil
}

func describeStart(start int64, has bool) string {
	if !has {
		return "no such range"
	}
	return fmt.Sprintf("byte %d", start)
}

func describeHeader(value string, has bool) string {
	if !has {
		return "no such header"
	}
	return strconv.Quote(value)
}

// wireBytes returns how many bytes the client sent and received.
func (s *account) wireBytes() (sent, received int64) {
	for _, r := range s.records {
		sent += r.BytesReceived
		received += r.BytesSent
	}
	return sent, received
}

func (c *checker) bytes() {
	sent, received := c.wireBytes()
	for _, total := range []struct {
		key   string
		bound *script.SizeBound
		got   int64
	}{
		{"bytes_sent", c.expect.BytesSent, sent},
		{"bytes_received", c.expect.BytesReceived, received},
	} {
		if total.bound != nil && !total.bound.Contains(script.Size(total.got)) {
			c.missNumber(total.key, lineOr(total.bound.Line, c.expect.At(total.key).Line), total.bound.String(),
				fmt.Sprintf("%d bytes", total.got), measured(Bytes, *total.bound, script.Size(total.got)),
				c.journal("")...)
		}
	}
}

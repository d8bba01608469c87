package scenarios

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/s3chaos/s3chaos/faultproxy"
	"github.com/s3chaos/s3chaos/internal/glob"
	"github.com/s3chaos/s3chaos/scenarios/internal/evidence"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// This file compares what the proxy's journal says of one exchange with what is expected of it.

// exchange checks the record of the request that name describes.
func (c *checker) exchange(want *script.RequestExpect, name string, r faultproxy.Record) {
	line := lineOr(want.Line, c.expect.At("requests").Line)
	miss := func(key, expected, got string) {
		c.missAt("requests", lineOr(want.At(key).Line, line), name+" with "+key+" "+expected, got, evidence.Line(r))
	}
	if want.Status != nil && *want.Status != r.Status {
		miss("status", strconv.Itoa(*want.Status), strconv.Itoa(r.Status))
	}
	if want.Ended != "" && string(want.Ended) != r.Ended {
		miss("ended", string(want.Ended), r.Ended)
	}
	if got := actedOn(&r); want.Rules != nil && !slices.Equal(want.Rules, got) {
		miss("rules", list(want.Rules), list(got))
	}
	if pattern := glob.Compile(want.Fault); want.Fault != "" && !pattern.Match(r.Fault) {
		miss("fault", want.Fault, cmp.Or(r.Fault, "no fault"))
	}
	if want.Committed != nil && *want.Committed != r.Committed {
		miss("committed", strconv.FormatBool(*want.Committed), strconv.FormatBool(r.Committed))
	}
	for _, moment := range []struct {
		key  string
		want *script.DurationBound
		at   time.Duration // in scenario time
		came bool
	}{
		// The first request may arrive at 0, and then 0 does not mean never.
		{"received", want.Received, r.Received, r.Received > 0 || r.At == 0 && wasReceived(&r)},
		{"answered", want.Answered, r.Answered, r.Answered > 0 || r.At == 0 && r.Status != 0},
		{"elapsed", want.Elapsed, r.End, r.Done},
	} {
		switch b := moment.want; {
		case b == nil:
		case !moment.came:
			miss(moment.key, b.String(), "never")
		case !b.Contains(moment.at - r.At):
			miss(moment.key, b.String(), (moment.at - r.At).String())
		}
	}
	for _, bytes := range []struct {
		key  string
		want *script.SizeBound
		got  int64 // the proxy receives what the client sends
	}{{"bytes_sent", want.BytesSent, r.BytesReceived}, {"bytes_received", want.BytesReceived, r.BytesSent}} {
		if b := bytes.want; b != nil && !b.Contains(script.Size(bytes.got)) {
			miss(bytes.key, b.String(), script.Size(bytes.got).String())
		}
	}
}

// wasReceived reports whether the proxy read the whole request, for one of which the times do not
// tell. The journal has the digest of a body only if the proxy read it to its end. Without digests
// the response shows it, unless a fault sent it before the end of the request.
func wasReceived(r *faultproxy.Record) bool {
	early := strings.Contains(r.Fault, "early: true") || strings.Contains(r.Fault, "after_bytes: ")
	return r.RequestSHA256 != "" || r.UpstreamStatus != 0 || r.Status != 0 && !early ||
		r.Method == "GET" || r.Method == "HEAD"
}

// actedOn returns the names of the rules that acted on the exchange, in order.
func actedOn(r *faultproxy.Record) []string {
	var names []string
	for _, f := range r.Firings() {
		names = append(names, f.Rule)
	}
	return names
}

func list(names []string) string { return fmt.Sprintf("[%s]", strings.Join(names, ", ")) }

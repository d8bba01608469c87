package scenarios

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/s3chaos/s3chaos/faultproxy"
	"github.com/s3chaos/s3chaos/scenarios/internal/evidence"
)

// A Group is one logical request with every attempt that reached the proxy, in order of arrival.
type Group struct {
	Logical   string
	Step      string
	Operation string
	Bucket    string
	Key       string
	Part      int
	Attempts  []Attempt

	// Concurrent is set if requests of the group were in flight at the same time and carry no
	// invocation id. They may be attempts of one request or separate requests. Each then counts as
	// an attempt, and the group has no waits.
	Concurrent bool
}

// An Attempt is one attempt of a logical request. It usually has one send. It has more if the
// client's transport resent the request, and none if no connection was made.
type Attempt struct {
	N       int // from 1
	Records []faultproxy.Record
	Wait    time.Duration // from the end of the previous attempt to the arrival of this one; 0 for the first
	Allowed *Window       // the waits that the drill allows before this attempt; nil: any
}

// Start returns when the attempt arrived, in scenario time.
func (a Attempt) Start() time.Duration { return a.Records[0].At }

// End returns when the attempt ended, in scenario time.
func (a Attempt) End() time.Duration {
	end := time.Duration(0)
	for _, r := range a.Records {
		end = max(end, r.End)
	}
	return end
}

// Last returns the attempt's last record, which decided its result.
func (a Attempt) Last() faultproxy.Record { return a.Records[len(a.Records)-1] }

// Title returns the operation, the object and the part of the requests.
func (g Group) Title() string {
	title := g.Operation
	if title == "" {
		title = "connection"
	}
	if g.Bucket != "" {
		title += " " + g.Bucket
	}
	if g.Key != "" {
		title += "/" + g.Key
	}
	if g.Part > 0 {
		title += fmt.Sprintf(" part %d", g.Part)
	}
	return evidence.Visible(title)
}

// Waits returns the waits between the group's attempts.
func (g Group) Waits() []time.Duration {
	if g.Concurrent {
		return nil
	}
	var waits []time.Duration
	for _, a := range g.Attempts[1:] {
		waits = append(waits, a.Wait)
	}
	return waits
}

// groupRecords groups the journal by logical request. The groups are ordered by first arrival and
// then by identity, so that every run gives the same order. slack is how much later than the client
// the proxy may see the end of an exchange.
func groupRecords(records []faultproxy.Record, slack time.Duration) []Group {
	logical := faultproxy.GroupRecords(records)
	groups := make([]Group, len(logical))
	for i, l := range logical {
		groups[i] = newGroup(l.Attempts)
		groups[i].Concurrent = concurrent(l.Attempts, slack)
	}
	return groups
}

// Concurrent reports whether any of the groups is concurrent: its attempts overlap in time. What is
// counted as an attempt of the group is then a request, and not a try after another.
func Concurrent(groups []Group) bool {
	return slices.ContainsFunc(groups, func(g Group) bool { return g.Concurrent })
}

// concurrent reports whether a record of one logical request arrived while another was in flight
// and the client sent no invocation id that separates them.
func concurrent(records []faultproxy.Record, slack time.Duration) bool {
	busy := time.Duration(0) // a request was in flight until this time
	for i, r := range records {
		if r.InvocationID != "" {
			return false
		}
		if i > 0 && r.At+slack < busy {
			return true
		}
		if busy = max(busy, r.End); !r.Done {
			busy = math.MaxInt64
		}
	}
	return false
}

func newGroup(records []faultproxy.Record) Group {
	first := records[0]
	g := Group{
		Logical: first.Logical, Step: first.Step, Operation: first.Operation,
		Bucket: first.Bucket, Key: first.Key, Part: first.Part,
	}
	for _, r := range records {
		last := len(g.Attempts) - 1
		if last >= 0 && resent(g.Attempts[last].Last(), r) {
			g.Attempts[last].Records = append(g.Attempts[last].Records, r)
			continue
		}
		a := Attempt{N: last + 2, Records: []faultproxy.Record{r}}
		if last >= 0 {
			a.Wait = max(0, r.At-g.Attempts[last].End())
		}
		g.Attempts = append(g.Attempts, a)
	}
	return g
}

// resent reports whether the transport sent b as a repetition of a: both carry the same attempt
// number.
func resent(a, b faultproxy.Record) bool {
	n := attemptHeader(a)
	return n != "" && n == attemptHeader(b) && a.InvocationID != "" && a.InvocationID == b.InvocationID
}

func attemptHeader(r faultproxy.Record) string {
	return attemptNumber(r.RequestHeader["Amz-Sdk-Request"])
}

// attemptNumber returns the number in `attempt=2; max=3`, or "" if there is no number.
func attemptNumber(header string) string {
	for field := range strings.SplitSeq(header, ";") {
		if n, ok := strings.CutPrefix(strings.TrimSpace(field), "attempt="); ok {
			return n
		}
	}
	return ""
}

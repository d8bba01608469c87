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

// A Group is one logical request: every attempt the proxy saw of it, in order of arrival.
type Group struct {
	Logical   string
	Step      string
	Operation string
	Bucket    string
	Key       string
	Part      int
	Attempts  []Attempt

	// Concurrent is set if requests of the group were in flight together and carry no invocation
	// id: they may be attempts of one request or requests of their own. Each counts as an attempt
	// then, and there are no waits.
	Concurrent bool
}

// An Attempt is one try of a logical request. Its sends are one, or more when the client's
// transport resent it silently, or none when no connection came about.
type Attempt struct {
	N       int // from 1
	Records []faultproxy.Record
	Wait    time.Duration // from the end of the attempt before to this one's arrival; 0 for the first
}

// Start is when the attempt arrived.
func (a Attempt) Start() time.Duration { return a.Records[0].At }

// End is when the attempt ended.
func (a Attempt) End() time.Duration {
	end := time.Duration(0)
	for _, r := range a.Records {
		end = max(end, r.End)
	}
	return end
}

// Last is the attempt's last record: the one that decided it.
func (a Attempt) Last() faultproxy.Record { return a.Records[len(a.Records)-1] }

// Title is what the requests are for: operation, object and part.
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

// Waits are the pauses between the group's attempts.
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

// groupRecords sorts the journal into logical requests, ordered by first arrival and then by
// identity, so that the order is the same in every run. slack is how much later than its client the
// proxy may learn that an exchange has ended.
func groupRecords(records []faultproxy.Record, slack time.Duration) []Group {
	logical := faultproxy.GroupRecords(records)
	groups := make([]Group, len(logical))
	for i, l := range logical {
		groups[i] = newGroup(l.Attempts)
		groups[i].Concurrent = concurrent(l.Attempts, slack)
	}
	return groups
}

// Concurrent reports whether any of the groups is: what is counted as attempts are requests then.
func Concurrent(groups []Group) bool {
	return slices.ContainsFunc(groups, func(g Group) bool { return g.Concurrent })
}

// concurrent reports whether any of the records, which have one logical request, arrived while
// another was in flight, and the client does not say which is an attempt of which.
func concurrent(records []faultproxy.Record, slack time.Duration) bool {
	busy := time.Duration(0) // until then a request was in flight
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

// resent says whether b is the transport's own repetition of a: the client numbered both with the
// same attempt.
func resent(a, b faultproxy.Record) bool {
	n := attemptHeader(a)
	return n != "" && n == attemptHeader(b) && a.InvocationID != "" && a.InvocationID == b.InvocationID
}

func attemptHeader(r faultproxy.Record) string {
	return attemptNumber(r.RequestHeader["Amz-Sdk-Request"])
}

// attemptNumber is the number in `attempt=2; max=3`; "": there is no number.
func attemptNumber(header string) string {
	for field := range strings.SplitSeq(header, ";") {
		if n, ok := strings.CutPrefix(strings.TrimSpace(field), "attempt="); ok {
			return n
		}
	}
	return ""
}

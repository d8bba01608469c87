package sweep

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/s3chaos/s3chaos/faultproxy"
	"github.com/s3chaos/s3chaos/internal/glob"
)

// An Exchange is a request of a workload, by what a rule can match.
type Exchange struct {
	Operation, Bucket, Key string
	Part                   int
	Nth                    int           // among the requests with the same fields above, from 1
	At                     time.Duration // its arrival without faults, in scenario time
}

// String returns the exchange as reports name it: "UploadPart demo/a.bin part 2, send 1".
func (e Exchange) String() string {
	text := e.Operation + " " + e.Bucket
	if e.Key != "" {
		text += "/" + e.Key
	}
	if e.Part > 0 {
		text += fmt.Sprintf(" part %d", e.Part)
	}
	return fmt.Sprintf("%s, send %d", text, e.Nth)
}

// exchangesOf returns the requests of a journal, in order.
func exchangesOf(records []faultproxy.Record) []Exchange {
	var all []Exchange
	count := make(map[Exchange]int)
	for _, r := range records {
		if r.Kind != faultproxy.KindExchange || r.Operation == "" {
			continue
		}
		e := Exchange{Operation: r.Operation, Bucket: r.Bucket, Key: r.Key, Part: r.Part}
		count[e]++
		e.Nth, e.At = count[e], r.At // e as the key has neither
		all = append(all, e)
	}
	return all
}

// same returns the exchange without its time, as a key.
func (e Exchange) same() Exchange {
	e.At = 0
	return e
}

// window is how long a fault of connections waits for the connection of an exchange.
const window = 10 * time.Second

// rule returns the rule that puts the variant at the exchange, as YAML.
func (e Exchange) rule(v Variant) string {
	var parts []string
	if v.Kill {
		parts = append(parts, "name: "+killRule)
	}
	if v.ofConnection() {
		parts = append(parts, fmt.Sprintf("during: [%v, %v]", e.At, e.At+window))
	} else {
		match := "operation: " + e.Operation
		if e.Key != "" {
			match += ", key: " + strconv.Quote(glob.Quote(e.Key))
		}
		if e.Part > 0 {
			match += fmt.Sprintf(", part: %d", e.Part)
		}
		parts = append(parts, "match: {"+match+"}")
	}
	if e.Nth > 1 && !v.ofConnection() {
		parts = append(parts, fmt.Sprintf("after: %d", e.Nth-1))
	}
	parts = append(parts, "times: 1")
	if v.AfterUpstream {
		parts = append(parts, "after_upstream: true")
	}
	return "{" + strings.Join(append(parts, v.Fault), ", ") + "}"
}

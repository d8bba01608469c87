package main

// The text line that serve prints for each request.

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/s3chaos/s3chaos/faultproxy"
)

// recordLine formats a record as one line: the time of its end, operation, object, response, bytes
// in and out, duration, and the rule that fired.
func recordLine(start time.Time, r faultproxy.Record) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s  %-16s %-28s %-14s in %s, out %s, %s",
		start.Add(r.End).Format("15:04:05.000"), operationOf(r), objectOf(r), responseOf(r),
		formatSize(r.BytesReceived), formatSize(r.BytesSent), formatDuration(r.End-r.At))
	if r.Committed && (r.Ended != "complete" || r.Status < 200 || r.Status > 299) {
		b.WriteString(", committed upstream")
	}
	if r.Fault != "" {
		fmt.Fprintf(&b, "  [%s %s]", r.Rule, r.Fault)
	}
	return visible(b.String())
}

func operationOf(r faultproxy.Record) string {
	switch {
	case r.Kind == faultproxy.KindConnection:
		return "connection"
	case r.Operation != "":
		return r.Operation
	case r.Method != "":
		return r.Method
	}
	return "-"
}

func objectOf(r faultproxy.Record) string {
	switch {
	case r.Kind == faultproxy.KindConnection:
		return "-"
	case r.Bucket == "":
		return r.Target
	case r.Part > 0:
		return fmt.Sprintf("%s/%s part %d", r.Bucket, r.Key, r.Part)
	}
	return r.Bucket + "/" + r.Key
}

// responseOf formats the status that the client received, and how the exchange ended unless it is
// complete.
func responseOf(r faultproxy.Record) string {
	var words []string
	if r.Status > 0 {
		words = append(words, strconv.Itoa(r.Status))
	}
	if r.ErrorCode != "" {
		words = append(words, r.ErrorCode)
	}
	if r.Ended != "complete" {
		words = append(words, r.Ended)
	}
	if r.Why != "" {
		words = append(words, "("+r.Why+")")
	}
	return strings.Join(words, " ")
}

// formatSize formats a number of bytes for display: "3.2MiB".
func formatSize(n int64) string {
	const units = "KMGT"
	if n < 1024 {
		return strconv.FormatInt(n, 10) + "B"
	}
	v, i := float64(n)/1024, 0
	for v >= 1023.95 && i < len(units)-1 {
		v, i = v/1024, i+1
	}
	return strings.TrimSuffix(strconv.FormatFloat(v, 'f', 1, 64), ".0") + units[i:i+1] + "iB"
}

// formatDuration rounds a duration for display.
func formatDuration(d time.Duration) string {
	switch {
	case d >= 10*time.Second:
		return d.Round(100 * time.Millisecond).String()
	case d >= 10*time.Millisecond:
		return d.Round(time.Millisecond).String()
	}
	return d.Round(10 * time.Microsecond).String()
}

// visible replaces control characters by escapes: a client chooses the keys, and must not control
// the user's terminal.
func visible(s string) string {
	if strings.IndexFunc(s, unprintable) < 0 {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if unprintable(r) {
			b.WriteString(strings.Trim(strconv.QuoteRuneToASCII(r), "'"))
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

func unprintable(r rune) bool { return r == unicode.ReplacementChar || !unicode.IsPrint(r) }

package guide

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/s3chaos/s3chaos/retry"
)

// worked is the default schedule, step by step.
func worked() string {
	b := retry.Backoff{Jitter: retry.JitterNone}
	rows := [][]string{{"attempts", "waits between them", "together, without jitter", "with additive jitter, at most"}}
	var waits []string
	var total, most time.Duration
	for attempts := 1; attempts <= 8; attempts++ {
		if attempts > 1 {
			d := b.Delay("", attempts-1)
			waits = append(waits, d.String())
			total += d
			_, longest := retry.Backoff{}.Bounds(attempts - 1)
			most += longest
		}
		list := strings.Join(waits, " + ")
		if list == "" {
			list = "none"
		}
		rows = append(rows,
			[]string{strconv.Itoa(attempts), list, total.String(), most.Round(10 * time.Millisecond).String()})
	}
	return table(rows)
}

// bounds is what each jitter allows after each attempt.
func bounds() string {
	const attempts = 7
	rows := [][]string{{"jitter"}}
	for attempt := 1; attempt <= attempts; attempt++ {
		rows[0] = append(rows[0], "after "+strconv.Itoa(attempt))
	}
	for _, jitter := range jitters {
		row := []string{jitter.String()}
		for attempt := 1; attempt <= attempts; attempt++ {
			shortest, longest := retry.Backoff{Jitter: jitter}.Bounds(attempt)
			cell := seconds(shortest)
			if longest != shortest {
				cell += "–" + seconds(longest)
			}
			row = append(row, cell)
		}
		rows = append(rows, row)
	}
	return table(rows)
}

func seconds(d time.Duration) string {
	return strconv.FormatFloat(d.Round(10*time.Millisecond).Seconds(), 'g', -1, 64) + " s"
}

// codes is the table of error codes, with what five clients do.
func codes(clients map[string]string) string {
	rows := [][]string{{"code", "class", "retried", "clients that retry it", "why, where they disagree"}}
	for _, row := range retry.Codes() {
		rows = append(rows, []string{
			"`" + row.Code + "`", row.Class.String(), yes(row.Class.Retryable()), clients[row.Code], row.Reason,
		})
	}
	return table(rows)
}

// clientVotes counts, for each code of s3_errors.tsv, how many of its five clients retry it.
func clientVotes(tsv string) (map[string]string, error) {
	votes := map[string]string{}
	for line := range strings.Lines(tsv) {
		fields := strings.Split(strings.TrimSpace(line), "\t")
		if strings.HasPrefix(line, "#") || fields[0] == "code" {
			continue
		}
		if len(fields) < 7 {
			return nil, fmt.Errorf("too few columns: %q", line)
		}
		n := 0
		for _, vote := range fields[2:7] {
			switch vote {
			case "yes", "transient", "throttle":
				n++
			}
		}
		votes[fields[0]] = fmt.Sprintf("%d of 5", n)
	}
	return votes, nil
}

// statusError is any client's error with an HTTP status.
type statusError int

func (e statusError) Error() string       { return http.StatusText(int(e)) }
func (e statusError) HTTPStatusCode() int { return int(e) }

// statuses asks the engine about every HTTP status that has a name.
func statuses() string {
	classes := map[retry.Class][]string{}
	var order []retry.Class
	for status := 300; status < 600; status++ {
		if http.StatusText(status) == "" {
			continue
		}
		class := retry.Classify(statusError(status))
		if classes[class] == nil {
			order = append(order, class)
		}
		classes[class] = append(classes[class], strconv.Itoa(status))
	}
	rows := [][]string{{"class", "retried", "statuses"}}
	for _, class := range order {
		rows = append(rows, []string{class.String(), yes(class.Retryable()), strings.Join(classes[class], " ")})
	}
	return table(rows)
}

// typed are errors that the engine knows by what they are.
var typed = []struct {
	what string
	err  error
}{
	{"`ECONNREFUSED`", syscall.ECONNREFUSED},
	{"`ECONNRESET`", syscall.ECONNRESET},
	{"`ECONNABORTED`", syscall.ECONNABORTED},
	{"`EPIPE` (broken pipe)", syscall.EPIPE},
	{"`ENETUNREACH`", syscall.ENETUNREACH},
	{"`EHOSTUNREACH` (no route to host)", syscall.EHOSTUNREACH},
	{"`ETIMEDOUT`", syscall.ETIMEDOUT},
	{"any other `syscall.Errno`, such as `EINVAL`, `ENOSPC`", syscall.EINVAL},
	{"`*net.DNSError`, no such host", &net.DNSError{Err: "no such host", Name: "s3.example", IsNotFound: true}},
	{"`*net.DNSError`, temporary", &net.DNSError{Err: "server misbehaving", Name: "s3.example", IsTemporary: true}},
	{"`net.Error` with `Timeout()`", os.ErrDeadlineExceeded},
	{"`io.EOF`, `io.ErrUnexpectedEOF`", io.ErrUnexpectedEOF},
	{"`net.ErrClosed`, `io.ErrClosedPipe`", net.ErrClosed},
	{"`fs.ErrNotExist`, `fs.ErrPermission`, `fs.ErrExist`, `fs.ErrInvalid`", fs.ErrNotExist},
	{"`retry.ErrAttemptTimeout`", retry.ErrAttemptTimeout},
	{"a `*retry.Error` of retries within", &retry.Error{Reason: retry.ErrExhausted, Cause: io.ErrUnexpectedEOF}},
}

// spoken are texts that the engine reads when no type says anything.
var spoken = []string{
	"connection refused", "connection reset by peer", "connection timed out", "network is unreachable", "no such host",
	"temporary failure in name resolution", "net/http: TLS handshake timeout", "i/o timeout", "broken pipe", "EOF",
	"HTTP 500", "status 503", "429 Too Many Requests", "SlowDown", "ThrottlingException",
	"no such file or directory", "permission denied", "invalid argument", "validation error", "status 404", "NoSuchKey",
	"AccessDenied",
	"cannot read geofence.img", `open "timeout.txt"`,
}

// kinds asks the engine about errors by type, then by text.
func kinds() string {
	rows := [][]string{{"error", "class", "retried"}}
	for _, e := range typed {
		class := retry.Classify(fmt.Errorf("get: %w", e.err))
		rows = append(rows, []string{e.what, class.String(), yes(class.Retryable())})
	}
	return table(rows)
}

func texts() string {
	rows := [][]string{{"text", "class", "retried"}}
	for _, text := range spoken {
		class := retry.Classify(errors.New(text))
		rows = append(rows, []string{"`" + text + "`", class.String(), yes(class.Retryable())})
	}
	return table(rows)
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

package retry_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/textproto"
	"net/url"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/retry"
)

// Every S3 code is classified as the five clients do where they agree; where they do not, the table
// gives a reason.
func TestS3CodesAsFiveClientsClassifyThem(t *testing.T) {
	file, err := os.Open("../testdata/vectors/s3_errors.tsv")
	require.NoError(t, err)
	defer file.Close()
	reasons := map[string]string{}
	for _, row := range retry.Codes() {
		reasons[row.Code] = row.Reason
	}
	rows, split := 0, 0
	for lines := bufio.NewScanner(file); lines.Scan(); {
		fields := strings.Split(lines.Text(), "\t")
		if strings.HasPrefix(fields[0], "#") || fields[0] == "code" {
			continue
		}
		require.Len(t, fields, 9)
		rows++
		code, clients := fields[0], fields[2:7]
		status, _ := strconv.Atoi(strings.TrimSuffix(fields[1], "*")) // N/A is 0
		class := retry.Classify(&apiError{Status: status, Code: code})
		never := 0
		for _, verdict := range clients {
			if verdict == "no" {
				never++
			}
		}
		switch never {
		case len(clients):
			assert.False(t, class.Retryable(), "%s: all five never retry it", code)
		case 0:
			want := map[string]retry.Class{
				"throttle":  retry.ClassThrottle,
				"transient": retry.ClassTransient,
			}[clients[0]]
			assert.Equal(t, want, class, code)
		default:
			split++
			assert.NotEmpty(t, reasons[code], "%s is decided without a reason", code)
		}
	}
	assert.Equal(t, 110, rows)
	assert.Equal(t, 11, split)
}

func TestErrorsOfTheStandardLibrary(t *testing.T) {
	dial := func(err error) error { return &net.OpError{Op: "dial", Net: "tcp", Err: err} }
	read := func(err error) error { return &net.OpError{Op: "read", Net: "tcp", Err: err} }
	request := func(err error) error { return &url.Error{Op: "Get", URL: "http://demo/eof", Err: err} }
	for _, c := range []struct {
		err  error
		want retry.Class
	}{
		{nil, retry.ClassSuccess},
		{request(dial(os.NewSyscallError("connect", syscall.ECONNREFUSED))), retry.ClassTransient},
		{request(read(os.NewSyscallError("read", syscall.ECONNRESET))), retry.ClassTransient},
		{request(dial(os.NewSyscallError("connect", syscall.ETIMEDOUT))), retry.ClassTimeout},
		{request(dial(os.NewSyscallError("connect", syscall.ENETUNREACH))), retry.ClassTransient},
		{request(dial(os.NewSyscallError("connect", syscall.EHOSTUNREACH))), retry.ClassTransient},
		{read(os.NewSyscallError("write", syscall.EPIPE)), retry.ClassTransient},
		{dial(&net.DNSError{Err: "no such host", Name: "eof.example", IsNotFound: true}), retry.ClassTransient},
		{dial(&net.DNSError{Err: "temporary failure", IsTemporary: true}), retry.ClassTransient},
		{dial(&net.AddrError{Err: "missing port", Addr: "demo"}), retry.ClassPermanent},
		{dial(errors.New("something new")), retry.ClassTransient},
		{
			fmt.Errorf("net/http: broken: %w", textproto.ProtocolError("malformed MIME header: missing colon")),
			retry.ClassTransient,
		},
		{
			errors.New(`net/http: HTTP/1.x transport connection broken: malformed HTTP status code "5"`),
			retry.ClassTransient,
		},
		{read(os.ErrDeadlineExceeded), retry.ClassTimeout},
		{io.EOF, retry.ClassTransient},
		{fmt.Errorf("read body: %w", io.ErrUnexpectedEOF), retry.ClassTransient},
		{request(context.DeadlineExceeded), retry.ClassTimeout},
		{request(context.Canceled), retry.ClassCanceled},
		{net.ErrClosed, retry.ClassTransient},
		{fs.ErrNotExist, retry.ClassPermanent},
		{fs.ErrPermission, retry.ClassPermanent},
		{&fs.PathError{Op: "open", Path: "/data/EOF", Err: syscall.ENOENT}, retry.ClassPermanent},
		{&fs.PathError{Op: "open", Path: "connection reset", Err: errors.New("strange")}, retry.ClassUnknown},
		{&fs.PathError{Op: "write", Path: "timeout", Err: syscall.ENOSPC}, retry.ClassPermanent},
		{syscall.EINVAL, retry.ClassPermanent},
		{&apiError{Status: 408}, retry.ClassTransient},
		{&apiError{Status: 501}, retry.ClassPermanent},
		{&apiError{Status: 429}, retry.ClassThrottle},
		{&apiError{Status: 503, Code: "Unheard"}, retry.ClassTransient},
		{&apiError{Status: 503, Code: "NoSuchKey"}, retry.ClassPermanent},
		{&apiError{Status: 200, Code: "InternalError"}, retry.ClassTransient},
		{fmt.Errorf("%w: %w", &apiError{Status: 200}, io.ErrUnexpectedEOF), retry.ClassTransient},
		{fmt.Errorf("outer: %w", retry.Permanent(io.EOF)), retry.ClassPermanent},
		{retry.Retryable(fs.ErrNotExist), retry.ClassTransient},
		{retry.Retryable(retry.Permanent(io.EOF)), retry.ClassTransient},
		{retry.Permanent(retry.Retryable(io.EOF)), retry.ClassPermanent},
		{errors.Join(errors.New("first"), syscall.ECONNRESET), retry.ClassTransient},
		{&retry.Error{Reason: retry.ErrExhausted, Cause: io.EOF}, retry.ClassPermanent},
	} {
		assert.Equal(t, c.want.String(), retry.Classify(c.err).String(), "%v", c.err)
	}
}

// The three lists, as text without a type.
func TestTextsWithoutAType(t *testing.T) {
	for text, want := range map[string]retry.Class{
		// network
		"dial tcp 127.0.0.1:9000: connection refused": retry.ClassTransient,
		"read: connection reset by peer":              retry.ClassTransient,
		"connection timeout":                          retry.ClassTimeout,
		"connect: connection timed out":               retry.ClassTimeout,
		"connect: network is unreachable":             retry.ClassTransient,
		"connect: network unreachable":                retry.ClassTransient,
		"connect: no route to host":                   retry.ClassTransient,
		"lookup demo: no such host":                   retry.ClassTransient,
		"temporary failure in name resolution":        retry.ClassTransient,
		"net/http: TLS handshake timeout":             retry.ClassTimeout,
		"read tcp: i/o timeout":                       retry.ClassTimeout,
		"operation timeout":                           retry.ClassTimeout,
		"write: broken pipe":                          retry.ClassTransient,
		"EOF":                                         retry.ClassTransient,
		"read body: unexpected EOF":                   retry.ClassTransient,
		"http: server closed idle connection":         retry.ClassTransient,
		// HTTP and cloud
		"500 Internal Server Error":                  retry.ClassTransient,
		"502 Bad Gateway":                            retry.ClassTransient,
		"503 Service Unavailable":                    retry.ClassTransient,
		"504 Gateway Timeout":                        retry.ClassTransient,
		"429 Too Many Requests":                      retry.ClassThrottle,
		"upload: status 503":                         retry.ClassTransient,
		"upload: HTTP 500":                           retry.ClassTransient,
		"https response error StatusCode: 429, oops": retry.ClassThrottle,
		"api error RequestTimeout: too slow":         retry.ClassTransient,
		"ServiceUnavailable":                         retry.ClassTransient,
		"InternalError: we failed":                   retry.ClassTransient,
		"SlowDown: Please reduce your request rate.": retry.ClassThrottle,
		"ThrottlingException":                        retry.ClassThrottle,
		"RequestLimitExceeded":                       retry.ClassThrottle,
		"ProvisionedThroughputExceededException":     retry.ClassThrottle,
		"TooManyRequests":                            retry.ClassThrottle,
		// never
		"file not found":                               retry.ClassPermanent,
		"open a.bin: no such file or directory":        retry.ClassPermanent,
		"permission denied":                            retry.ClassPermanent,
		"invalid argument":                             retry.ClassPermanent,
		"validation error":                             retry.ClassPermanent,
		"404 Not Found":                                retry.ClassPermanent,
		"403 Forbidden":                                retry.ClassPermanent,
		"400 Bad Request":                              retry.ClassPermanent,
		"status code: 404":                             retry.ClassPermanent,
		"NoSuchKey: The specified key does not exist.": retry.ClassPermanent,
		"NoSuchBucket":                                 retry.ClassPermanent,
		"AccessDenied: timeout":                        retry.ClassPermanent,
		"x509: certificate has expired":                retry.ClassPermanent,
		// names are no reasons
		"cannot read geofence.img":         retry.ClassUnknown,
		"cannot read /data/eof/a.bin":      retry.ClassUnknown,
		"cannot read EOF.txt":              retry.ClassUnknown,
		"cannot read timeout.log":          retry.ClassUnknown,
		"cannot read my-timeout":           retry.ClassUnknown,
		`cannot read "connection refused"`: retry.ClassUnknown,
		`cannot read "my timeout file"`:    retry.ClassUnknown,
		"read 503 bytes":                   retry.ClassUnknown,
		"SlowDownTown":                     retry.ClassUnknown,
		"":                                 retry.ClassUnknown,
	} {
		assert.Equal(t, want.String(), retry.Classify(errors.New(text)).String(), "%q", text)
	}
}

func TestMarksDecideWhoeverClassifies(t *testing.T) {
	all := func(class retry.Class) retry.Classifier {
		return retry.ClassifierFunc(func(context.Context, error) retry.Class { return class })
	}
	for name, c := range map[string]struct {
		classifier retry.Classifier
		err        error
		attempts   int
	}{
		"permanent beats a classifier that retries": {all(retry.ClassTransient), retry.Permanent(io.EOF), 1},
		"retryable beats one that does not":         {all(retry.ClassPermanent), retry.Retryable(fs.ErrNotExist), 2},
		"the classifier beats the table":            {all(retry.ClassPermanent), io.EOF, 1},
		"unknown falls through to the table":        {all(retry.ClassUnknown), io.EOF, 2},
		"a wrapped mark still decides":              {nil, fmt.Errorf("put: %w", retry.Permanent(io.EOF)), 1},
	} {
		t.Run(name, func(t *testing.T) {
			count := 0
			r := must(t, retry.Config{InitialDelay: retry.NoDelay, MaxAttempts: 2, Classifier: c.classifier})
			require.ErrorIs(t, r.Do(t.Context(), failing(&count, c.err, c.err)), c.err)
			assert.Equal(t, c.attempts, count)
		})
	}
}

// Retries around retries must not multiply.
func TestExhaustedCallInsideACallIsNotRetried(t *testing.T) {
	inner := must(t, retry.Config{InitialDelay: retry.NoDelay})
	outer := must(t, retry.Config{InitialDelay: retry.NoDelay})
	count := 0
	err := outer.Do(t.Context(), func(ctx context.Context, _ int) error {
		return fmt.Errorf("inner: %w", inner.Do(ctx, failing(&count, io.EOF, io.EOF, io.EOF)))
	})
	require.ErrorIs(t, err, io.EOF)
	assert.Equal(t, 3, count, "three attempts are three sends, never nine")
}

func TestMarksOfNothingAreNothing(t *testing.T) {
	require.NoError(t, retry.Retryable(nil))
	require.NoError(t, retry.Permanent(nil))
	marked := retry.Retryable(io.EOF)
	require.EqualError(t, marked, "EOF")
	require.ErrorIs(t, marked, io.EOF)
}

func FuzzClassifyText(f *testing.F) {
	f.Add("read: connection reset by peer", "\"")
	f.Add("geofence.img", ".")
	f.Fuzz(func(t *testing.T, text, name string) {
		class := retry.Classify(errors.New(text))
		// What stands in quotes is a name and changes nothing.
		if !strings.Contains(text, `"`) && !strings.Contains(name, `"`) {
			assert.Equal(t, class, retry.Classify(errors.New(text+` "`+name+`"`)))
		}
	})
}

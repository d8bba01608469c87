package planted

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"github.com/aws/smithy-go"

	"github.com/s3chaos/s3chaos/retry"
	"github.com/s3chaos/s3chaos/scenarios"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// A tool is a small S3 client, such as programs write for themselves: net/http and its own retry
// loop, without an SDK. Without a flaw it is correct; with a flaw it differs only in that flaw. So
// if a drill passes without the flaw and fails with it, it fails because of the flaw.
type tool struct {
	scenarios.Client // for List, Delete and Exists, which the tool does not implement

	flaw   Flaw
	config scenarios.ClientConfig
	policy retry.Config
	prefix string
	part   int
}

// A Flaw is what is wrong with a tool.
type Flaw int

// The flaws.
const (
	Flawless Flaw = iota
	MarksIgnored
	ErrnosUnknown
	EofAnywhere
	StreamsOnceOnly
	StreamsTheRest
	LengthOnly
	ChecksumOnlyWithLength
	ShortBodyIsWhole
	TruncatesFirst
	CompletesOnce
	JitterAfterCap
	DelayOverflows
	SleepsPastDeadline
	ProgressRestarts
	JoinsPaths
	NeverAborts
	AbortsCanceled
	Believes200
	SleepsAfterLast
	RetriesConflict
	LayersMultiply // for layered clients
	Splices        // for resuming clients
	Flaws          // the number of flaws
)

// WithFlaw returns the constructor of a tool with one flaw.
func WithFlaw(f Flaw) func(scenarios.ClientConfig) (scenarios.Client, error) {
	return func(c scenarios.ClientConfig) (scenarios.Client, error) {
		rest, err := scenarios.NewBuiltin(c)
		if err != nil {
			return nil, err
		}
		spec := c.Scenario.Client.Builtin
		if spec == nil {
			spec = &script.Builtin{}
		}
		policy, err := policyOf(c)
		if err != nil {
			return nil, err
		}
		t := &tool{Client: rest, flaw: f, config: c, policy: policy, prefix: spec.Prefix, part: int(spec.PartSize)}
		if t.part == 0 {
			t.part = 5 << 20
		}
		return t, nil
	}
}

// A refusal is an error response of S3.
type refusal struct {
	status        int
	code, message string
}

func (r *refusal) Error() string                 { return fmt.Sprintf("%d %s: %s", r.status, r.code, r.message) }
func (r *refusal) ErrorCode() string             { return r.code }
func (r *refusal) ErrorMessage() string          { return r.message }
func (r *refusal) ErrorFault() smithy.ErrorFault { return smithy.FaultUnknown }

// permanent marks an error after which the tool makes no further attempt.
func (r *refusal) permanent() bool {
	return r.status < 500 && r.status != http.StatusTooManyRequests && r.code != "InternalError"
}

// send makes one request and reads the head of the response. The caller reads and closes the body.
func (t *tool) send(ctx context.Context, method, bucket, key, query string, body io.Reader, size int,
	header ...string,
) (*http.Response, error) {
	address := t.config.Endpoint + "/" + bucket + "/" + (&url.URL{Path: key}).EscapedPath()
	if query != "" {
		address += "?" + query
	}
	req, err := http.NewRequestWithContext(ctx, method, address, body)
	if err != nil {
		return nil, err
	}
	req.ContentLength = int64(size)
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := t.config.HTTPClient.Do(req)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode < 300 {
		return resp, nil
	}
	defer resp.Body.Close() //nolint:errcheck // it was only read
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	return nil, refused(resp.StatusCode, text)
}

func refused(status int, text []byte) error {
	var document struct{ Code, Message string }
	if err := xml.Unmarshal(text, &document); err != nil {
		return &refusal{status: status, code: http.StatusText(status)}
	}
	return &refusal{status: status, code: document.Code, message: document.Message}
}

// ask makes one request and reads the whole response.
func (t *tool) ask(ctx context.Context, method, bucket, key, query string, body []byte, header ...string) (http.Header,
	[]byte, error,
) {
	resp, err := t.send(ctx, method, bucket, key, query, bytes.NewReader(body), len(body), header...)
	if err != nil {
		return nil, nil, err
	}
	defer resp.Body.Close() //nolint:errcheck // it was only read
	answer, err := io.ReadAll(resp.Body)
	if err == nil && t.flaw != Believes200 && bytes.Contains(answer, []byte("<Error>")) {
		err = refused(http.StatusInternalServerError, answer)
	}
	return resp.Header, answer, err
}

// Ask makes one bare request, which the client c does not retry, and returns its error.
func Ask(ctx context.Context, c scenarios.ClientConfig, bucket, key string, header ...string) error {
	_, _, err := (&tool{config: c}).ask(ctx, http.MethodGet, bucket, key, "", nil, header...)
	return err
}

// errDamaged means that the bytes are not those of the object.
var errDamaged = errors.New("checksum mismatch")

// transientText are the words by which the tool recognizes network errors.
var transientText = regexp.MustCompile(
	`\b(connection refused|connection reset|broken pipe|closed network connection|i/o timeout|` +
		`connection timed out|network is unreachable|no route to host|no such host|eof)\b`)

// shortList is transientText without three of its words.
var shortList = regexp.MustCompile(
	`\b(connection refused|connection reset|broken pipe|closed network connection|i/o timeout|no such host|eof)\b`)

// again reports whether the tool retries after the error.
func (t *tool) again(err error) bool {
	text := strings.ToLower(err.Error())
	if t.flaw == EofAnywhere && strings.Contains(text, "eof") {
		return true
	}
	if answer, ok := errors.AsType[*refusal](err); ok && (t.flaw != MarksIgnored || !transientText.MatchString(text)) {
		return !answer.permanent()
	}
	known := transientText
	if t.flaw == ErrnosUnknown {
		known = shortList
	}
	return errors.Is(err, errDamaged) || known.MatchString(text)
}

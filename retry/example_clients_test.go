package retry_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/s3chaos/s3chaos/retry"
)

// blobError has the shape of an Azure Storage error: a status, a code and the response. Its methods
// say to the engine what it needs to know.
type blobError struct {
	status int
	code   string
	header http.Header
}

func (e *blobError) Error() string       { return fmt.Sprintf("RESPONSE %d: %s", e.status, e.code) }
func (e *blobError) HTTPStatusCode() int { return e.status }
func (e *blobError) ErrorCode() string   { return e.code }
func (e *blobError) RetryHint() (retry.Hint, bool) {
	return retry.ParseHint(e.header, time.Now())
}

// blobs is an Azure-shaped client: a container of blobs behind HTTP.
type blobs struct{ answers []error }

func (c *blobs) Upload(context.Context, string, []byte) error {
	err := c.answers[0]
	c.answers = c.answers[1:]
	return err
}

// An Azure-shaped client: errors are classified by their methods, no SDK is imported.
func Example_azure() {
	r := brisk(retry.Config{})
	client := &blobs{answers: []error{
		&blobError{503, "ServerBusy", http.Header{"Retry-After": {"0"}}},
		&blobError{500, "OperationTimedOut", nil},
		nil,
		&blobError{403, "AuthenticationFailed", nil},
	}}
	for _, name := range []string{"a.bin", "b.bin"} {
		err := r.DoCall(context.Background(), retry.Call{Name: "upload " + name},
			func(ctx context.Context, attempt int) error {
				err := client.Upload(ctx, name, []byte("hello"))
				fmt.Println("attempt", attempt, retry.Classify(err))
				return err
			})
		fmt.Println(err)
	}
	// Output:
	// attempt 1 throttle
	// attempt 2 timeout
	// attempt 3 success
	// <nil>
	// attempt 1 permanent
	// upload b.bin: failed after 1 attempt: not retryable: RESPONSE 403: AuthenticationFailed
}

// fxError has the shape of an SFTP status error.
type fxError struct{ code uint32 }

func (e *fxError) Error() string  { return fmt.Sprintf("sftp: status %d", e.code) }
func (e *fxError) FxCode() uint32 { return e.code }

// sftpClass knows the status codes of SFTP (draft-ietf-secsh-filexfer-02, section 7). What it does
// not know is left to retry.Classify, which knows the errors of the connection below.
func sftpClass(_ context.Context, err error) retry.Class {
	var status interface{ FxCode() uint32 }
	if !errors.As(err, &status) {
		return retry.ClassUnknown
	}
	switch status.FxCode() {
	case 6, 7: // SSH_FX_NO_CONNECTION, SSH_FX_CONNECTION_LOST
		return retry.ClassTransient
	case 2, 3, 8: // SSH_FX_NO_SUCH_FILE, SSH_FX_PERMISSION_DENIED, SSH_FX_OP_UNSUPPORTED
		return retry.ClassPermanent
	}
	return retry.ClassUnknown
}

// An SFTP-shaped client: errors without a status of HTTP get a Classifier.
func Example_sftp() {
	r := brisk(retry.Config{Classifier: retry.ClassifierFunc(sftpClass)})
	for _, errs := range [][]error{
		{&fxError{7}, errors.New("dial tcp 10.0.0.1:22: connection refused"), nil},
		{fmt.Errorf("open /in/a.csv: %w", &fxError{2})},
	} {
		attempts := 0
		err := r.Do(context.Background(), func(_ context.Context, attempt int) error {
			attempts++
			return errs[attempt-1]
		})
		fmt.Println(attempts, err)
	}
	// Output:
	// 3 <nil>
	// 1 failed after 1 attempt: not retryable: open /in/a.csv: sftp: status 2
}

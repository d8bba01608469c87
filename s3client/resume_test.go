package s3client_test

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/s3client"
)

// resumable is an upload of five parts whose first try ends after two of them.
type resumable struct {
	*world
	content []byte
	options s3client.UploadOptions
	state   string // path of the ResumeFile
}

func resume(t *testing.T, options s3client.UploadOptions, test func(r *resumable)) {
	config := small
	config.Concurrency = 1
	in(t, config, func(w *world) {
		r := &resumable{world: w, content: noise(300_000), options: options, state: w.path("state.json")}
		r.options.ResumeFile = r.state
		r.file("in", r.content)
		w.faults = []fault{{operation: "UploadPart", skip: 2, times: 3, act: reset}}
		_, err := r.try()
		require.Error(w, err)
		require.FileExists(w, r.state)
		require.Len(w, w.fake.Uploads("demo"), 1)
		w.sends, w.faults = nil, nil
		test(r)
		w.requireNoUploads()
		require.NoFileExists(w, r.state)
		require.Equal(w, []string{"in"}, w.files(), "no temporary file")
	})
}

func (r *resumable) try() (*s3client.UploadResult, error) {
	return r.client.PutFile(context.Background(), "k", r.path("in"), &r.options)
}

func TestUploadGoesOnWhereAnotherProcessEnded(t *testing.T) {
	for _, algorithm := range []types.ChecksumAlgorithm{"", "SHA256"} {
		resume(t, s3client.UploadOptions{
			ChecksumAlgorithm: algorithm, Metadata: map[string]string{"a": "b"},
		}, func(r *resumable) {
			var last int64
			r.options.Progress = func(done, _ int64) { last = done }
			result, err := r.try()
			require.NoError(r, err)
			r.requireObject("k", r.content)
			require.Equal(r, []string{
				"ListParts", "UploadPart", "UploadPart", "UploadPart", "CompleteMultipartUpload",
			}, r.operations())
			object, _ := r.fake.Object("demo", "k")
			require.Equal(r, object.Checksum, result.Checksum)
			require.Equal(r, object.ETag, result.ETag)
			require.EqualValues(r, len(r.content), last)
		})
	}
}

func TestResumeFileHoldsNoSecretsAndIsPrivate(t *testing.T) {
	resume(t, s3client.UploadOptions{Metadata: map[string]string{"pass": "word-of-metadata"}}, func(r *resumable) {
		text, err := os.ReadFile(r.state)
		require.NoError(r, err)
		for _, secret := range []string{accessKey, secretKey, "word-of-metadata", r.dir} {
			require.NotContains(r, string(text), secret)
		}
		info, err := os.Stat(r.state)
		require.NoError(r, err)
		require.EqualValues(r, 0o600, info.Mode().Perm())
		require.Less(r, len(text), 1000)
		_, err = r.try()
		require.NoError(r, err)
	})
}

func TestResumeSurvivesFaults(t *testing.T) {
	for _, act := range []action{lose, reset, respond(503, "SlowDown"), instead("<html>hello</html>"), instead("")} {
		resume(t, s3client.UploadOptions{}, func(r *resumable) {
			r.on("ListParts", 1, act).on("UploadPart", 1, act).on("CompleteMultipartUpload", 1, act)
			_, err := r.try()
			require.NoError(r, err)
			r.requireObject("k", r.content)
		})
	}
}

// Another writer stored other bytes as part 1: the size is right, the checksum is not.
func TestResumeSendsPartsThatDifferAgain(t *testing.T) {
	resume(t, s3client.UploadOptions{}, func(r *resumable) {
		info, err := os.Stat(r.path("in"))
		require.NoError(r, err)
		r.content[5]++
		r.file("in", r.content)
		require.NoError(r, os.Chtimes(r.path("in"), info.ModTime(), info.ModTime()))
		_, err = r.try()
		require.NoError(r, err)
		r.requireObject("k", r.content)
		require.Equal(r, 4, r.count("UploadPart"))
	})
}

func TestResumeStartsAnewIfTheSourceOrTheOptionsChanged(t *testing.T) {
	for name, change := range map[string]func(r *resumable){
		"size": func(r *resumable) { r.content = r.content[1:]; r.file("in", r.content) },
		"time": func(r *resumable) {
			require.NoError(r, os.Chtimes(r.path("in"), time.Time{}, time.Now().Add(time.Hour)))
		},
		"options":   func(r *resumable) { r.options.ContentType = "a/b" },
		"algorithm": func(r *resumable) { r.options.ChecksumAlgorithm = "SHA1" },
		"gone": func(r *resumable) {
			_, err := r.client.AbortStale(context.Background(), "", 0)
			require.NoError(r, err)
		},
	} {
		resume(t, s3client.UploadOptions{}, func(r *resumable) {
			change(r)
			_, err := r.try()
			require.NoError(r, err, name)
			r.requireObject("k", r.content)
			require.Equal(r, 5, r.count("UploadPart"), name)
		})
	}
}

func TestUnusableResumeFileIsAClearError(t *testing.T) {
	swap := func(old, new string) func(string) string {
		return func(s string) string { return strings.Replace(s, old, new, 1) }
	}
	for text, change := range map[string]func(string) string{
		"unexpected end of JSON input":            func(s string) string { return s[:20] },
		"invalid character":                       func(string) string { return "hello" },
		"version 2: want 1":                       swap(`"version": 1`, `"version": 2`),
		"fields are missing":                      func(string) string { return `{"version": 1}` },
		"it is of demo/other: want one of demo/k": swap(`"key": "k"`, `"key": "other"`),
		"want at most 65536 bytes":                func(string) string { return strings.Repeat(" ", 1<<20) },
	} {
		resume(t, s3client.UploadOptions{}, func(r *resumable) {
			good, err := os.ReadFile(r.state)
			require.NoError(r, err)
			r.file("state.json", []byte(change(string(good))))
			_, err = r.try()
			require.ErrorIs(r, err, s3client.ErrResumeFile)
			require.ErrorContains(r, err, text)
			require.Empty(r, r.sends)
			r.file("state.json", good)
			_, err = r.try()
			require.NoError(r, err)
		})
	}
}

// The process ended after S3 had stored the object, and before it heard of it.
func TestConditionalUploadFindsTheObjectOfItsLastProcess(t *testing.T) {
	resume(t, s3client.UploadOptions{IfNoneMatch: "*"}, func(r *resumable) {
		r.on("CompleteMultipartUpload", 1, func(rw http.ResponseWriter, q *http.Request, upstream http.Handler) {
			r.on("HeadObject", 3, reset).on("CompleteMultipartUpload", 2, reset)
			lose(rw, q, upstream)
		})
		_, err := r.try()
		require.ErrorIs(r, err, s3client.ErrOutcomeUnknown)
		require.FileExists(r, r.state)
		result, err := r.try()
		require.NoError(r, err)
		object, _ := r.fake.Object("demo", "k")
		require.Equal(r, object.ETag, result.ETag)
		r.requireObject("k", r.content)
		require.Equal(r, 3, r.count("UploadPart"), "nothing is sent twice")
	})
}

func TestResumedUploadThatIsRefusedForGoodLeavesNothing(t *testing.T) {
	resume(t, s3client.UploadOptions{IfNoneMatch: "*"}, func(r *resumable) {
		require.NoError(r, r.fake.Put("demo", "k", nil))
		_, err := r.try()
		require.Equal(r, "PreconditionFailed", code(err))
		r.requireObject("k", nil)
	})
}

func TestResumeWantsAFile(t *testing.T) {
	in(t, small, func(w *world) {
		_, err := w.putObject("k", noise(300_000), &s3client.UploadOptions{ResumeFile: w.path("state")})
		require.ErrorContains(w, err, "want PutFile and a regular file")
		_, err = w.client.PutFile(context.Background(), "k", w.file("in", noise(300_000)),
			&s3client.UploadOptions{ResumeFile: filepath.Join(w.dir, "missing", "state")})
		require.ErrorIs(w, err, os.ErrNotExist)
		w.requireNoUploads()
	})
}

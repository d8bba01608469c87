package scenarios_test

import (
	"bytes"
	"context"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/internal/planted"
	"github.com/s3chaos/s3chaos/scenarios"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

const (
	oneUpload = `client: {builtin: {}}
steps:
  - upload: {bucket: demo, key: k, size: 32KiB}
`
	oneStream = `client: {builtin: {}}
steps:
  - upload_stream: {bucket: demo, key: k, size: 32KiB}
`
	oneDownload = `objects: [{bucket: demo, key: k, size: 32KiB}]
client: {builtin: {}}
steps:
  - download: {bucket: demo, key: k}
`
	oneExists = `objects: [{bucket: demo, key: k, size: 1KiB}]
client: {builtin: {}}
steps:
  - exists: {bucket: demo, key: k}
`
	oneList = `objects: [{bucket: demo, key: a, size: 1KiB}, {bucket: demo, key: b, size: 1KiB}]
client: {builtin: {}}
steps:
  - list: {bucket: demo}
`
	oneDelete = `objects: [{bucket: demo, key: k, size: 1KiB}]
client: {builtin: {}}
steps:
  - delete: {bucket: demo, key: k}
`
	forbidden = `faults:
  - {match: {}, respond: {status: 403, code: AccessDenied}}
`
	silent = `timeout: 5m
faults:
  - {match: {}, timeout: {}}
`
)

// For each finding, a client or a fake S3 has exactly that defect. Without the defect the drill has
// no finding.
func TestOracleFindsEachDefect(t *testing.T) {
	for _, c := range []struct {
		defect   string
		scenario string
		client   newClient
		fake     func(http.Handler) http.Handler
		finding  script.Finding
	}{
		{
			"acknowledges what it never sent", oneUpload,
			uploads(func(context.Context, scenarios.ClientConfig, string) error { return nil }), nil, script.LostWrite,
		},
		{"acknowledges half of it", oneUpload, uploads(putHalf), nil, script.LostWrite},
		{"S3 forgets what it acknowledged", oneUpload, uploads(putWhole), forgets, script.LostWrite},
		{
			"leaves half of a failed write", oneUpload,
			uploads(func(ctx context.Context, c scenarios.ClientConfig, path string) error {
				if err := putHalf(ctx, c, path); err != nil {
					return err
				}
				return errTool
			}), nil, script.TornObject,
		},
		{"puts half first", oneUpload, uploads(func(ctx context.Context, c scenarios.ClientConfig, path string) error {
			if err := putHalf(ctx, c, path); err != nil {
				return err
			}
			return putWhole(ctx, c, path)
		}), nil, script.TornObject},
		{
			"delivers something else", oneDownload, downloads(func(body []byte) []byte { body[7] ^= 1; return body }),
			nil, script.WrongRead,
		},
		{"delivers nothing", oneDownload, downloads(func([]byte) []byte { return nil }), nil, script.WrongRead},
		{
			"writes no file for an object without bytes", strings.Replace(oneDownload, "32KiB", "0", 1),
			with(func(_ scenarios.ClientConfig, f *flawed) {
				f.download = func(context.Context, string, string, string, *scenarios.Range,
					func(int64),
				) error {
					return nil
				}
			}), nil, script.WrongRead,
		},
		{"S3 delivers something else", oneDownload, believesAnyBody, flips, script.WrongRead},
		{"calls missing what is there", oneExists, with(func(_ scenarios.ClientConfig, f *flawed) {
			f.exists = func(context.Context, string, string) (bool, error) { return false, nil }
		}), nil, script.WrongRead},
		{"loses a key of a list", oneList, with(func(_ scenarios.ClientConfig, f *flawed) {
			good := f.Client
			f.list = func(ctx context.Context, bucket, prefix string, maxKeys int) ([]string, error) {
				keys, err := good.List(ctx, bucket, prefix, maxKeys)
				return keys[:1], err
			}
		}), nil, script.WrongRead},
		{
			"swallows the refusal of a put", oneUpload + forbidden,
			uploads(func(ctx context.Context, c scenarios.ClientConfig, path string) error {
				_ = putWhole(ctx, c, path)
				return nil
			}), nil, script.PhantomSuccess,
		},
		{"swallows the refusal of a delete", oneDelete + forbidden, with(func(_ scenarios.ClientConfig, f *flawed) {
			good := f.Client
			f.remove = func(ctx context.Context, bucket, key string) error {
				_ = good.Delete(ctx, bucket, key)
				return nil
			}
		}), nil, script.PhantomSuccess},
		{"takes an error's text for the object", oneDownload + forbidden, believesAnyBody, nil, script.PhantomSuccess},
		{"takes 403 for a no", oneExists + forbidden, with(func(_ scenarios.ClientConfig, f *flawed) {
			good := f.Client
			f.exists = func(ctx context.Context, bucket, key string) (bool, error) {
				found, _ := good.Exists(ctx, bucket, key)
				return found, nil
			}
		}), nil, script.PhantomSuccess},
		{
			"never completes its upload", oneUpload,
			uploads(func(ctx context.Context, c scenarios.ClientConfig, path string) error {
				content, err := os.ReadFile(path)
				if err != nil {
					return err
				}
				if _, _, _, err := uploadParts(ctx, c, "demo", "k", content); err != nil {
					return err
				}
				return errTool
			}), nil, script.OrphanUpload,
		},
		{"leaves a goroutine behind", oneDownload, with(func(_ scenarios.ClientConfig, f *flawed) {
			good := f.Client
			f.download = func(ctx context.Context, bucket, key, path string, span *scenarios.Range,
				progress func(int64),
			) error {
				go func() { <-make(chan struct{}) }()
				return good.Download(ctx, bucket, key, path, span, progress)
			}
		}), nil, script.Leak},
		{"never closes a body", oneDownload, with(func(c scenarios.ClientConfig, f *flawed) {
			good := f.Client
			f.download = func(ctx context.Context, bucket, key, path string, span *scenarios.Range,
				progress func(int64),
			) error {
				resp, err := c.HTTPClient.Get(c.Endpoint + "/demo/k")
				if err != nil || resp.StatusCode != http.StatusOK {
					return err
				}
				return good.Download(ctx, bucket, key, path, span, progress)
			}
		}), nil, script.Leak},
		{"waits for a silent server", oneDownload + silent, believesAnyBody, nil, script.Hang},
		{"waits, and hears of no cancellation", oneDownload + silent, with(func(c scenarios.ClientConfig, f *flawed) {
			f.download = func(_ context.Context, bucket, key, path string, _ *scenarios.Range, _ func(int64)) error {
				_, err := plainGet(context.Background(), c, bucket, key)
				return err
			}
		}), nil, script.Hang},
		{"goes on in the background", oneDownload, with(func(c scenarios.ClientConfig, f *flawed) {
			good := f.Client
			f.download = func(ctx context.Context, bucket, key, path string, span *scenarios.Range,
				progress func(int64),
			) error {
				time.AfterFunc(time.Second, func() { _, _ = plainGet(context.Background(), c, bucket, key) })
				return good.Download(ctx, bucket, key, path, span, progress)
			}
		}), nil, script.LateRequest},
		{"goes on in the background at once", oneDownload, with(func(c scenarios.ClientConfig, f *flawed) {
			good := f.Client
			f.download = func(ctx context.Context, bucket, key, path string, span *scenarios.Range,
				progress func(int64),
			) error {
				err := good.Download(ctx, bucket, key, path, span, progress)
				go func() { _, _ = plainGet(context.Background(), c, bucket, key) }()
				return err
			}
		}), nil, script.LateRequest},
	} {
		t.Run(c.defect, func(t *testing.T) {
			if c.finding == script.Leak {
				defer leakingOnPurpose(t)()
			}
			s := oracleDrill(t, c.scenario)
			r := scenarios.Run(context.Background(), s, scenarios.Options{NewClient: c.client, WrapUpstream: c.fake})
			require.Equal(t, scenarios.Fail, r.Verdict, "%v", r.Reasons)
			require.Contains(t, kinds(r), string(c.finding), "%v", r.Reasons)
			require.Subset(t, []string{string(c.finding), string(script.Leak)}, kinds(r),
				"it is found, and named by no other name")

			known := drill(t, strings.Replace(c.scenario, "steps:", "expect: {violates: ["+string(c.finding)+"]}\n"+
				"steps:", 1))
			known.Expect.Violates = append(known.Expect.Violates, without(c.finding, kinds(r))...)
			r = scenarios.Run(context.Background(), known, scenarios.Options{NewClient: c.client, WrapUpstream: c.fake})
			require.Equal(t, scenarios.Pass, r.Verdict, "a known flaw is stated: %v", r.Reasons)
			r = scenarios.Run(context.Background(), known, scenarios.Options{})
			require.Equal(t, scenarios.Fail, r.Verdict, "the flaw is gone")
			require.Contains(t, kinds(r), "violates")
		})
	}
}

// without returns the findings among kinds, except this one.
func without(one script.Finding, kinds []string) []script.Finding {
	var others []script.Finding
	for _, kind := range kinds {
		if kind != string(one) {
			others = append(others, script.Finding(kind))
		}
	}
	return others
}

func TestOracleFindsNothingForCorrectClient(t *testing.T) {
	for _, text := range []string{oneUpload, oneStream, oneDownload, oneExists, oneList, oneDelete} {
		for _, client := range []string{"builtin", "sdk"} {
			r := scenarios.Run(context.Background(), drill(t, text), scenarios.Options{Client: client})
			require.Equal(t, scenarios.Pass, r.Verdict, "%s %v", client, r.Reasons)
		}
	}
}

func uploads(put func(ctx context.Context, c scenarios.ClientConfig, path string) error) newClient {
	return with(func(c scenarios.ClientConfig, f *flawed) {
		f.upload = func(ctx context.Context, _, _, path string, _ func(int64)) error { return put(ctx, c, path) }
	})
}

func putWhole(ctx context.Context, c scenarios.ClientConfig, path string) error {
	return putPart(ctx, c, path, 1)
}

func putHalf(ctx context.Context, c scenarios.ClientConfig, path string) error {
	return putPart(ctx, c, path, 2)
}

func putPart(ctx context.Context, c scenarios.ClientConfig, path string, divisor int) error {
	content, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	bucket, key := "demo", "k"
	_, err = planted.OnceSDK(c).PutObject(ctx, &s3.PutObjectInput{
		Bucket: &bucket, Key: &key,
		Body: bytes.NewReader(content[:len(content)/divisor]),
	})
	return err
}

// downloads returns a client that reads correctly and then changes the body.
func downloads(spoil func([]byte) []byte) newClient {
	return with(func(c scenarios.ClientConfig, f *flawed) {
		f.download = func(ctx context.Context, bucket, key, path string, _ *scenarios.Range, _ func(int64)) error {
			body, err := plainGet(ctx, c, bucket, key)
			if err != nil {
				return err
			}
			return os.WriteFile(path, spoil(body), 0o600)
		}
	})
}

// forgets acknowledges writes but does not store them.
func forgets(s3 http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPut {
			w.Header().Set("ETag", `"00000000000000000000000000000000"`)
			return
		}
		s3.ServeHTTP(w, r)
	})
}

// flips answers reads with one bit flipped.
func flips(s3 http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer := httptest.NewRecorder()
		s3.ServeHTTP(answer, r)
		maps.Copy(w.Header(), answer.Header())
		w.WriteHeader(answer.Code)
		body := answer.Body.Bytes()
		if len(body) > 0 {
			body[0] ^= 1
		}
		_, _ = w.Write(body)
	})
}

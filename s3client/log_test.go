package s3client_test

import (
	"bufio"
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/s3client"
)

// lines returns the log as "LEVEL message" with the fields asked for.
func (w *world) lines(fields ...string) []string {
	var all []string
	for s := bufio.NewScanner(w.logs); s.Scan(); {
		var line map[string]any
		require.NoError(w, json.Unmarshal(s.Bytes(), &line))
		require.Equal(w, "demo", line["bucket"])
		require.Contains(w, line, "key")
		var text strings.Builder
		text.WriteString(fmt.Sprint(line["level"], " ", line["msg"]))
		for _, field := range fields {
			if value, ok := line[field]; ok {
				text.WriteString(fmt.Sprint(" ", field, "=", value))
			}
		}
		all = append(all, text.String())
	}
	return all
}

func TestTheLogTellsEveryRetry(t *testing.T) {
	in(t, s3client.Config{}, func(w *world) {
		w.on("PutObject", 2, respond(503, "SlowDown"))
		require.NoError(w, w.put("k", nil, nil))
		require.Equal(w, []string{
			"INFO uploading to S3",
			"WARN operation failed, retrying attempt=1 delay=1e+09",
			"INFO retrying S3 upload attempt=2",
			"WARN operation failed, retrying attempt=2 delay=2e+09",
			"INFO retrying S3 upload attempt=3",
			"INFO operation succeeded after retry attempt=3",
		}, w.lines("attempt", "delay"))
	})
}

func TestTheLogTellsTheFailure(t *testing.T) {
	in(t, s3client.Config{}, func(w *world) {
		w.on("GetObject", 0, respond(503, "SlowDown"))
		require.Error(w, w.get(nil))
		lines := w.lines("attempts", "error")
		require.Contains(w, lines[len(lines)-1], "failed after 3 attempts")
		require.Contains(w, lines[len(lines)-1], "SlowDown")
	})
}

func TestTheLogIsQuietWhereNothingFails(t *testing.T) {
	in(t, s3client.Config{}, func(w *world) {
		require.NoError(w, w.put("k", []byte("x"), nil))
		require.NoError(w, w.get(nil))
		_, err := w.client.Exists(context.Background(), "no such key")
		require.NoError(w, err)
		require.Equal(w, []string{"INFO uploading to S3", "INFO downloading from S3"}, w.lines())
	})
}

// Whatever goes wrong, neither a log line nor an error holds the secret key or a signature.
func TestNoSecretIsToldAnywhere(t *testing.T) {
	for name, act := range map[string]action{
		"refused": respond(403, "SignatureDoesNotMatch"), "unavailable": respond(503, "SlowDown"), "cut": reset,
		"silent": silence,
		"not S3": instead("<html>"), "lost": lose,
	} {
		t.Run(name, func(t *testing.T) {
			in(t, small, func(w *world) {
				for _, operation := range []string{
					"PutObject", "GetObject", "HeadObject", "DeleteObject", "ListObjectsV2", "CreateMultipartUpload",
					"CompleteMultipartUpload",
				} {
					w.on(operation, 0, act)
				}
				ctx := context.Background()
				_, exists := w.client.Exists(ctx, "k")
				_, list := collect(w.client.List(ctx, "", nil))
				var told strings.Builder
				for _, err := range []error{
					w.put("k", []byte("x"), nil), w.get(nil), exists, list,
					w.client.Delete(ctx, "k"), w.put("k", noise(size), nil),
				} {
					fmt.Fprintf(&told, "%v\n%+v\n%#v\n", err, err, err)
				}
				told.Write(w.logs.Bytes())
				secrets := []string{
					secretKey, base64.StdEncoding.EncodeToString([]byte(secretKey)),
					hex.EncodeToString([]byte(secretKey)),
				}
				for _, s := range w.sends {
					_, signature, ok := strings.Cut(s.header.Get("Authorization"), "Signature=")
					require.True(w, ok)
					secrets = append(secrets, signature)
				}
				for _, secret := range secrets {
					require.NotContains(w, told.String(), secret)
				}
			})
		})
	}
}

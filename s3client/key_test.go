package s3client_test

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"testing/quick"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/s3client"
)

func TestKeysCannotEscapeThePrefix(t *testing.T) {
	in(t, s3client.Config{Prefix: "backups"}, func(w *world) {
		ctx := context.Background()
		for _, key := range []string{
			"", "..", ".", "../x", "a/../x", "a/..", "./x", "a/./b", "/../x", "a//../b",
			"\xff", strings.Repeat("k", 1024),
		} {
			_, exists := w.client.Exists(ctx, key)
			for _, err := range []error{
				exists, w.client.Delete(ctx, key), w.put(key, []byte("x"), nil),
				w.client.Upload(ctx, w.file("in", nil), key, nil), w.client.Download(ctx, key, w.path("out"), nil),
			} {
				require.ErrorIs(w, err, s3client.ErrInvalidKey, "%q", key)
			}
		}
		require.Empty(w, w.sends)
		for _, key := range []string{"/etc/passwd", `..\x`, "%2e%2e/x", "a..b", "...", "dir/", "//", "x"} {
			require.NoError(w, w.put(key, []byte(key), nil), "%q", key)
			w.requireObject("backups/"+key, []byte(key))
		}
	})
}

func TestADirectoryKeyKeepsItsSlash(t *testing.T) {
	in(t, s3client.Config{Prefix: "p/"}, func(w *world) {
		require.NoError(w, w.put("dir/", nil, nil))
		require.Equal(w, []string{"p/dir/"}, w.fake.Keys("demo"))
		list, err := collect(w.client.List(context.Background(), "dir/", nil))
		require.NoError(w, err)
		require.Equal(w, "dir/", list[0].Key)
	})
}

// Each is signed, stored, listed, read and deleted under exactly its name.
func TestOddKeysSurvive(t *testing.T) {
	keys := []string{
		"a b", "a+b", "a%2Fb", "%", "a//b", "/lead", "a;b", "a&b=c", "a?b", "a#b", "ä/日本語/🎉", `quo"te'`, "<tag>",
		"new\nline", "tab\t", "ctrl\x01", "back\\slash", "a:b@c", "~!$(),*", "trail ", "...", "é",
		strings.Repeat("k", 1024),
	}
	in(t, s3client.Config{}, func(w *world) {
		ctx := context.Background()
		for _, key := range keys {
			require.NoError(w, w.put(key, []byte("content of "+key), nil), "%q", key)
		}
		list, err := collect(w.client.List(ctx, "", &s3client.ListOptions{PageSize: 3}))
		require.NoError(w, err)
		var listed []string
		for _, object := range list {
			listed = append(listed, object.Key)
		}
		require.ElementsMatch(w, keys, listed)
		for _, key := range keys {
			require.NoError(w, w.client.Download(ctx, key, w.path("out"), nil), "%q", key)
			w.requireFile("out", []byte("content of "+key))
			there, err := w.client.Exists(ctx, key)
			require.NoError(w, err)
			require.True(w, there, "%q", key)
			require.NoError(w, w.client.Delete(ctx, key))
		}
		require.Empty(w, w.fake.Keys("demo"))
	})
}

// Whatever the key: it is refused, or it is below the prefix, as it stands.
func TestPropertyNoKeyLeavesThePrefix(t *testing.T) {
	in(t, s3client.Config{Prefix: "p"}, func(w *world) {
		pieces := []string{"..", ".", "/", "a", "%2e", "\\", "..;", " ", "+", "é"}
		holds := func(picks []uint8) bool {
			var key strings.Builder
			for _, pick := range picks[:min(len(picks), 12)] {
				key.WriteString(pieces[int(pick)%len(pieces)])
			}
			before := len(w.fake.Keys("demo"))
			if err := w.put(key.String(), nil, nil); err != nil {
				return len(w.fake.Keys("demo")) == before
			}
			_, ok := w.fake.Object("demo", "p/"+key.String())
			return ok
		}
		require.NoError(w, quick.Check(holds, &quick.Config{MaxCount: 300}))
		for _, key := range w.fake.Keys("demo") {
			require.True(w, strings.HasPrefix(key, "p/"), key)
		}
	})
}

func TestWithBucketSharesEverythingElse(t *testing.T) {
	in(t, s3client.Config{Prefix: "p"}, func(w *world) {
		require.NoError(w, w.fake.CreateBucket("other"))
		other := w.client.WithBucket("other")
		require.NoError(w, other.UploadStream(context.Background(), bytes.NewReader([]byte("x")), "k", nil))
		require.Equal(w, []string{"p/k"}, w.fake.Keys("other"))
		require.Empty(w, w.fake.Keys("demo"))
		require.Equal(w, "demo other", w.client.Bucket()+" "+other.Bucket())
		require.Equal(w, "other", w.attempts[0].Bucket)
	})
}

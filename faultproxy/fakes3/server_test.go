package fakes3_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/faultproxy/fakes3"
)

func TestObjectComesBackAsItWasPut(t *testing.T) {
	for name, serve := range map[string]func(*testing.T, fakes3.Options) *world{
		"http":  func(t *testing.T, o fakes3.Options) *world { return serve(t, o) },
		"https": func(t *testing.T, o fakes3.Options) *world { return serveTLS(t, o) },
	} {
		for auth, options := range map[string]fakes3.Options{"open": {}, "verified": {Credentials: &keys}} {
			t.Run(name+"/"+auth, func(t *testing.T) {
				w := serve(t, options)
				for _, size := range []int{0, 1, 64 << 10, 3<<20 + 1} {
					content := pattern(size)
					out := put(t, w, "a.bin", content)
					require.NotEmpty(t, out.ChecksumCRC32)
					require.Equal(t, content, get(t, w, "a.bin"))
					object, ok := w.Object("demo", "a.bin")
					require.True(t, ok)
					require.Equal(t, content, object.Content, "the framing stays out of the object")
					require.Empty(t, object.Header["Content-Encoding"])
				}
				require.Equal(t, []string{"a.bin"}, w.Keys("demo"))
				require.Len(t, w.History("demo", "a.bin"), 4)
			})
		}
	}
}

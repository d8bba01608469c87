package wire

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The reader returns the same bytes again, wherever the pieces end and whatever follows.
func TestPeekBodyPutsEverythingBack(t *testing.T) {
	const head = "POST /x HTTP/1.1\r\n\r\n"
	for name, tc := range map[string]struct {
		body, content string
		f             Framing
		limit         int
		whole         bool
		err           string
	}{
		"none":     {"", "", Framing{}, 100, true, ""},
		"length":   {"hello", "hello", Framing{ByLength, 5}, 100, true, ""},
		"at limit": {"hello", "hello", Framing{ByLength, 5}, 5, true, ""},
		"chunks":   {"3;x=y\r\nhel\r\n2\r\nlo\r\n0\r\nX-T: v\r\n\r\n", "hello", Framing{Kind: ByChunks}, 100, true, ""},
		"large": {
			strings.Repeat("0123456789", 5000), strings.Repeat("0123456789", 5000),
			Framing{ByLength, 50_000},
			50_000, true, "",
		},
		"too much": {strings.Repeat("0123456789", 5000), "", Framing{ByLength, 50_000}, 49_000, false, ""},
		"cut":      {"hel", "hel", Framing{ByLength, 50_000}, 100_000, false, "unexpected EOF"},
		"to close": {"hello", "hello", Framing{Kind: ByClose}, 100, true, ""},
	} {
		for _, next := range []string{"", "GET / HTTP/1.1\r\n", strings.Repeat("n", 20_000)} {
			if next != "" && (tc.f.Kind == ByClose || tc.err != "") {
				continue
			}
			t.Run(fmt.Sprint(name, len(next)), func(t *testing.T) {
				all := head + tc.body + next
				for _, src := range []io.Reader{
					strings.NewReader(all), iotest.OneByteReader(strings.NewReader(all)),
					iotest.HalfReader(strings.NewReader(all)),
				} {
					in := NewReader(src)
					n, err := in.AwaitHead()
					require.NoError(t, err)
					var content []byte
					whole, err := in.PeekBody(n, tc.f, tc.limit, func(p []byte) { content = append(content, p...) })
					assert.Equal(t, tc.whole, whole)
					if tc.err != "" {
						require.EqualError(t, err, tc.err)
					} else {
						require.NoError(t, err)
					}
					if tc.whole {
						assert.Equal(t, tc.content, string(content))
					}
					assert.Less(t, in.w, len(in.buf), "there must be room to notice that a client leaves")
					in.Trim()
					assert.LessOrEqual(t, len(in.buf), max(MaxHead, len(in.Buffered())+BufferSize))
					var got bytes.Buffer
					for err = nil; err == nil; err = in.Fill() {
						got.Write(in.Buffered())
						in.Advance(len(in.Buffered()))
						in.Trim()
					}
					require.ErrorIs(t, err, io.EOF)
					assert.True(t, all == got.String(), "something else was put back")
					assert.LessOrEqual(t, len(in.buf), MaxHead)
				}
			})
		}
	}
}

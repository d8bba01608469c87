package wire

import (
	"bytes"
	"io"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"
)

// A steady reader that was filled up is as far ahead after small reads as after large ones.
func TestSteadyReaderEndsItsBufferAtTheSameByte(t *testing.T) {
	stream := bytes.Repeat([]byte("x"), 3*BufferSize)
	for name, narrow := range map[string]func(io.Reader) io.Reader{
		"whole reads": func(r io.Reader) io.Reader { return r },
		"half reads":  iotest.HalfReader,
		"bytes":       iotest.OneByteReader,
	} {
		t.Run(name, func(t *testing.T) {
			b := NewReader(narrow(bytes.NewReader(stream)))
			defer b.Release()
			b.Steady = true
			for read := 0; read < BufferSize+100; read += len(b.Buffered()) {
				b.Advance(len(b.Buffered()))
				require.NoError(t, b.Fill())
			}
			for b.FillTail() == nil {
			}
			require.Equal(t, BufferSize, b.w)
			rest, err := io.ReadAll(b.Src)
			require.NoError(t, err)
			require.Len(t, rest, BufferSize)
		})
	}
}

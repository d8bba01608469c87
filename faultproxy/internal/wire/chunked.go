package wire

import "bytes"

// chunkState is what a chunked body expects next.
type chunkState int

const (
	chunkSize    chunkState = iota // a size line
	chunkData                      // a chunk's content
	chunkEnd                       // the CRLF after it
	chunkTrailer                   // a trailer line, or the empty line that ends the body
)

const (
	maxChunkLine = 4 << 10  // longest size line, extensions included
	maxTrailer   = 16 << 10 // all trailer lines together
)

// nextFraming reads one line of framing: a size, the end of a chunk, or a trailer.
func (b *Body) nextFraming() ([]byte, error) {
	line, err := b.src.line(maxChunkLine)
	if err != nil {
		return nil, err
	}
	content := line[:len(line)-2]
	switch b.at {
	case chunkSize:
		n, err := parseChunkSize(content)
		if err != nil {
			return nil, err
		}
		b.Left, b.at = n, chunkData
		if n == 0 {
			b.at = chunkTrailer
		}
	case chunkEnd:
		if len(content) > 0 {
			return nil, Malformed("a chunk longer than its size")
		}
		b.at = chunkSize
	case chunkTrailer:
		if len(content) == 0 {
			b.Done = true
			break
		}
		if b.Left += int64(len(line)); b.Left > maxTrailer {
			return nil, Malformed("trailers without an end")
		}
		name, value, ok := bytes.Cut(content, []byte{':'})
		if !ok || !tokenBytes(name) || !isFieldValue(value) || IsFramingHeader(string(name)) ||
			foldEqual(name, "host") {
			return nil, Malformed("an invalid trailer line")
		}
	}
	return line, nil
}

// line consumes one line with its CRLF. It shares the reader's memory and is valid until the next
// read.
func (b *Reader) line(limit int) ([]byte, error) {
	for {
		window := b.Buffered()
		if i := bytes.IndexByte(window, '\n'); i >= 0 {
			if i >= limit {
				return nil, Malformed("a line without an end")
			}
			if i == 0 || window[i-1] != '\r' || bytes.IndexByte(window[:i-1], '\r') >= 0 {
				return nil, Malformed("a line that does not end in CRLF")
			}
			b.Advance(i + 1)
			return window[:i+1], nil
		}
		if len(window) >= limit {
			return nil, Malformed("a line without an end")
		}
		if err := b.Fill(); err != nil {
			return nil, err
		}
	}
}

// parseChunkSize reads a size in hexadecimal and an optional extension.
func parseChunkSize(line []byte) (int64, error) {
	digits, extension := line, []byte(nil)
	if i := bytes.IndexByte(line, ';'); i >= 0 {
		digits, extension = line[:i], line[i:]
	}
	if len(digits) == 0 || len(digits) > 15 {
		return 0, Malformed("a chunk size that is not a number")
	}
	var n int64
	for _, c := range digits {
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c && c <= 'f':
			c -= 'a' - 10
		case 'A' <= c && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, Malformed("a chunk size that is not a number")
		}
		n = n<<4 | int64(c)
	}
	if !isFieldValue(extension) {
		return 0, Malformed("a control character in a chunk extension")
	}
	return n, nil
}

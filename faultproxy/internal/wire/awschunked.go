package wire

import (
	"bytes"
	"io"
)

// AWSDecoder decodes the aws-chunked encoding that S3 clients put around a body whose checksum or
// signature follows it: chunks with signatures as extensions, then trailers. The caller feeds it
// the body piece by piece.
type AWSDecoder struct {
	to   io.Writer // receives the content
	line []byte    // the incomplete line so far
	left int64     // bytes left of the chunk
	at   chunkState
	end  bool // the last chunk was read
	bad  bool // the body is not in this encoding
}

// NewAWSDecoder makes a decoder that writes the content to a writer.
func NewAWSDecoder(to io.Writer) *AWSDecoder { return &AWSDecoder{to: to} }

// Feed decodes the next bytes of the body. After bytes that are not in the encoding it ignores the
// rest.
func (d *AWSDecoder) Feed(p []byte) {
	for len(p) > 0 && !d.bad {
		if d.at == chunkData {
			n := min(int64(len(p)), d.left)
			if _, err := d.to.Write(p[:n]); err != nil {
				d.bad = true
			}
			p = p[n:]
			if d.left -= n; d.left == 0 {
				d.at = chunkEnd
			}
			continue
		}
		i := bytes.IndexByte(p, '\n')
		if i < 0 {
			d.line = append(d.line, p...)
			d.bad = len(d.line) > maxChunkLine
			return
		}
		line := append(d.line, p[:i]...)
		p = p[i+1:]
		d.take(bytes.TrimSuffix(line, []byte{'\r'}))
		d.line = line[:0]
	}
}

func (d *AWSDecoder) take(line []byte) {
	switch d.at {
	case chunkSize:
		n, err := parseChunkSize(line)
		switch {
		case err != nil:
			d.bad = true
		case n == 0:
			d.at, d.end = chunkTrailer, true
		default:
			d.left, d.at = n, chunkData
		}
	case chunkEnd:
		d.bad = len(line) > 0
		d.at = chunkSize
	case chunkTrailer: // checksums and signatures are not content
	}
}

// Whole reports whether the body was well-formed to its last chunk.
func (d *AWSDecoder) Whole() bool { return d.end && !d.bad }

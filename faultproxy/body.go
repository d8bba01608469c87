package faultproxy

import (
	"bytes"
	"errors"
	"io"
)

// body reads a message's body piece by piece as it is on the wire, checking its framing.
type body struct {
	src  *reader
	kind bodyKind
	left int64 // byLength: of the body; byChunks: of the chunk
	at   chunkState
	done bool
}

func (b *body) reset(src *reader, f framing) {
	*b = body{src: src, kind: f.kind, left: f.length, done: f.kind == noBody}
}

// ready reports whether next will return without reading from the connection.
func (b *body) ready() bool {
	window := b.src.buffered()
	switch {
	case b.done:
		return true
	case len(window) == 0:
		return false
	case b.kind == byChunks && b.at != chunkData:
		return bytes.IndexByte(window, '\n') >= 0
	}
	return true
}

// next returns the next piece: content of the body (payload), or the framing around it. The piece shares the reader's
// memory and is valid until the next call. The end of the body is io.EOF, a body that breaks off io.ErrUnexpectedEOF.
func (b *body) next() (piece []byte, payload bool, err error) {
	if b.done {
		return nil, false, io.EOF
	}
	if b.kind == byChunks && b.at != chunkData {
		piece, err = b.nextFraming()
		return piece, false, unexpected(err)
	}
	if b.src.r == b.src.w {
		if err := b.src.fill(); err != nil {
			if b.kind == byClose && errors.Is(err, io.EOF) {
				b.done = true
				return nil, false, io.EOF
			}
			return nil, false, unexpected(err)
		}
	}
	piece = b.src.buffered()
	if b.kind != byClose {
		if int64(len(piece)) > b.left {
			piece = piece[:b.left]
		}
		b.left -= int64(len(piece))
	}
	b.src.advance(len(piece))
	if b.left == 0 {
		switch b.kind {
		case byLength:
			b.done = true
		case byChunks:
			b.at = chunkEnd
		}
	}
	return piece, true, nil
}

func unexpected(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

package wire

import (
	"bytes"
	"errors"
	"io"
)

// Body reads a message's body piece by piece as it is on the wire, checking its framing.
type Body struct {
	src  *Reader
	Kind Kind
	Left int64 // ByLength: bytes left of the body; ByChunks: of the chunk
	at   chunkState
	Done bool
}

// Reset starts a body that src delivers next.
func (b *Body) Reset(src *Reader, f Framing) {
	*b = Body{src: src, Kind: f.Kind, Left: f.Length, Done: f.Kind == NoBody}
}

// Ready reports whether Next returns without reading from the connection.
func (b *Body) Ready() bool {
	window := b.src.Buffered()
	switch {
	case b.Done:
		return true
	case len(window) == 0:
		return false
	case b.Kind == ByChunks && b.at != chunkData:
		return bytes.IndexByte(window, '\n') >= 0
	}
	return true
}

// Next returns the next piece: content of the body (payload), or the framing around it. The piece
// shares the reader's memory and is valid until the next call. At the end of the body the error is
// io.EOF. If the connection ends before, it is io.ErrUnexpectedEOF.
func (b *Body) Next() (piece []byte, payload bool, err error) {
	if b.Done {
		return nil, false, io.EOF
	}
	if b.Kind == ByChunks && b.at != chunkData {
		piece, err = b.nextFraming()
		return piece, false, unexpected(err)
	}
	if b.src.r == b.src.w {
		if err := b.src.Fill(); err != nil {
			if b.Kind == ByClose && errors.Is(err, io.EOF) {
				b.Done = true
				return nil, false, io.EOF
			}
			return nil, false, unexpected(err)
		}
	}
	piece = b.src.Buffered()
	if b.Kind != ByClose {
		if int64(len(piece)) > b.Left {
			piece = piece[:b.Left]
		}
		b.Left -= int64(len(piece))
	}
	b.src.Advance(len(piece))
	if b.Left == 0 {
		switch b.Kind {
		case ByLength:
			b.Done = true
		case ByChunks:
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

// IgnoreEOF returns nil for io.EOF and every other error as it is.
func IgnoreEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

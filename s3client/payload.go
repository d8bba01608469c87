package s3client

import (
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"slices"
	"sync"

	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// payload is a piece of content that can be sent any number of times: bytes of a file or of a
// buffer, never of a stream.
type payload struct {
	at     io.ReaderAt
	offset int64
	size   int64
	buffer []byte // what at reads, if the source is a stream; else nil

	checksum string // as S3 writes it
	crc      uint64 // of the content, by anew
	anew     func() hash.Hash
	sha256   string // in hex, for the signature; empty: the signature leaves the content out
}

var errShrunk = errors.New("source ended before its size: it changed while it was being uploaded")

// sum computes the checksum of p by d. Where the request is signed with its content, it computes
// the SHA-256 for that in the same pass.
//
// The SDK would send its own checksum in an aws-chunked trailer, which many servers store as
// content. This one goes into a header. It is the same for all attempts, so the server refuses a
// file that changes between them. It is also the evidence when a lost response has to be settled.
func (p *payload) sum(d digest, signed bool) error {
	part := d.hash()
	check, signature := part, part
	hashes := []hash.Hash{part}
	if d.crc == nil {
		check = digests[0].hash()
		hashes = append(hashes, check)
	}
	if signed && d.algorithm != types.ChecksumAlgorithmSha256 {
		signature = sha256.New()
		hashes = append(hashes, signature)
	}
	if err := p.pass(hashes); err != nil {
		return err
	}
	p.checksum, p.crc, p.anew = base64Sum(part), value(check), digests[0].hash
	if d.crc != nil {
		p.anew = d.hash
	}
	if signed {
		p.sha256 = hex.EncodeToString(signature.Sum(nil))
	}
	return nil
}

// unchanged reads the content again and compares its CRC.
func (p *payload) unchanged() error {
	again := p.anew()
	if err := p.pass([]hash.Hash{again}); err != nil {
		return err
	}
	if got := value(again); got != p.crc {
		return fmt.Errorf("%w: the CRC of %d bytes from byte %d was %x, now it is %x", ErrSourceChanged,
			p.size, p.offset, p.crc, got)
	}
	return nil
}

// blockSize is how many bytes all hashes get before the next bytes follow, so that a block is still
// in the processor's cache when the last hash reads it.
const blockSize = 64 << 10

// blocks holds buffers for one pass over content.
var blocks = sync.Pool{New: func() any { return new([blockSize]byte) }}

// pass gives the content to all hashes.
func (p *payload) pass(hashes []hash.Hash) error {
	if p.buffer != nil {
		for block := range slices.Chunk(p.buffer, blockSize) {
			writeAll(hashes, block)
		}
		return nil
	}
	block := blocks.Get().(*[blockSize]byte)
	defer blocks.Put(block)
	section := io.NewSectionReader(p.at, p.offset, p.size)
	var total int64
	for total < p.size {
		n, err := section.Read(block[:])
		writeAll(hashes, block[:n])
		total += int64(n)
		if err == io.EOF {
			break
		}
		if err != nil {
			return fmt.Errorf("read source: %w", err)
		}
	}
	if total != p.size {
		return errShrunk
	}
	return nil
}

func writeAll(hashes []hash.Hash, block []byte) {
	for _, h := range hashes {
		h.Write(block)
	}
}

// etag returns the ETag that a server gives the payload where ETags are MD5 sums, or "" if the
// source cannot be read any more.
func (p *payload) etag() string {
	sum := md5.New()
	if n, err := io.Copy(sum, io.NewSectionReader(p.at, p.offset, p.size)); err != nil || n != p.size {
		return ""
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// body returns a reader for one attempt. Attempts do not share readers: net/http may still read
// from that of the last attempt when the next one begins.
func (p *payload) body(a *attempt) io.ReadSeeker {
	return &payloadReader{section: io.NewSectionReader(p.at, p.offset, p.size), attempt: a}
}

// payloadReader notes in the attempt that the source failed, and not the network.
type payloadReader struct {
	section *io.SectionReader
	attempt *attempt
}

func (r *payloadReader) Read(b []byte) (int, error) {
	n, err := r.section.Read(b)
	if err == io.EOF {
		if at, _ := r.section.Seek(0, io.SeekCurrent); at < r.section.Size() {
			err = errShrunk
		}
	}
	if err != nil && err != io.EOF {
		r.attempt.local.Store(localError{fmt.Errorf("read source: %w", err)})
	}
	return n, err
}

func (r *payloadReader) Seek(offset int64, whence int) (int64, error) {
	return r.section.Seek(offset, whence)
}

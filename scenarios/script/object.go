package script

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"strconv"
	"time"

	"github.com/s3chaos/s3chaos/internal/strictyaml"
)

// Object is in its bucket before the drill begins. Exactly one of Size, Content and Deleted is set.
// If Content is nil, Size bytes are drawn from the seed and the key.
type Object struct {
	strictyaml.Block `yaml:"-"`
	Bucket           string  `yaml:"bucket,required"`
	Key              string  `yaml:"key,required"`
	Size             Size    `yaml:"size"`
	Content          *string `yaml:"content"`
	Deleted          bool    `yaml:"deleted"` // the newest version is a delete marker
	Attributes
	Versions []ObjectVersion `yaml:"versions"` // the older versions, the oldest first
}

// ObjectVersion is an older version of an object: a content or a delete marker. Exactly one of
// Size, Content and Deleted is set.
type ObjectVersion struct {
	strictyaml.Block `yaml:"-"`
	Size             Size    `yaml:"size"`
	Content          *string `yaml:"content"`
	Deleted          bool    `yaml:"deleted"`
	Attributes
}

// Attributes are what S3 keeps of an object besides its content. The zero value is a plain
// PutObject.
type Attributes struct {
	Checksum Checksum `yaml:"checksum"`
	// Parts and PartSize say that the object comes from a multipart upload. At most one of them is
	// set.
	Parts    Parts `yaml:"parts"`
	PartSize Size  `yaml:"part_size,positive"`
	Gzip     bool  `yaml:"gzip"` // the object holds the content as a gzip stream

	ContentType        string            `yaml:"content_type"`
	ContentEncoding    string            `yaml:"content_encoding"` // default gzip with Gzip
	ContentLanguage    string            `yaml:"content_language"`
	ContentDisposition string            `yaml:"content_disposition"`
	CacheControl       string            `yaml:"cache_control"`
	Expires            string            `yaml:"expires"`
	WebsiteRedirect    string            `yaml:"website_redirect"`
	StorageClass       StorageClass      `yaml:"storage_class"`
	Metadata           map[string]string `yaml:"metadata"`
	Tags               map[string]string `yaml:"tags"`

	Retention *Retention `yaml:"retention"`
	LegalHold bool       `yaml:"legal_hold"`
}

// StorageClass is a storage class of S3, as S3 writes it.
type StorageClass string

// storageClasses are the classes of S3 in the cloud.
var storageClasses = []StorageClass{
	"STANDARD", "REDUCED_REDUNDANCY", "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "GLACIER", "DEEP_ARCHIVE",
	"GLACIER_IR", "EXPRESS_ONEZONE",
}

// Retention keeps a version of an object for a time, which starts with the drill.
type Retention struct {
	strictyaml.Block `yaml:"-"`
	Mode             LockMode      `yaml:"mode,required"`
	For              time.Duration `yaml:"for,required,positive"`
}

// S3Mode returns the mode as S3 writes it; "" for nil.
func (r *Retention) S3Mode() string {
	if r == nil {
		return ""
	}
	return r.Mode.S3Name()
}

// State is one state of a declared object, as the drill stores it. Content is nil for a deletion.
// Callers must not change it.
type State struct {
	Content []byte
	Drawn   *Drawing // of the content; nil: it was not drawn
	Deleted bool
	Parts   []int64 // sizes in bytes; nil: the object was put in one piece
	*Attributes
}

// States returns every state of the object in a drill with that seed, the oldest first.
func (o *Object) States(seed uint64) []State {
	states := make([]State, 0, len(o.Versions)+1)
	for i := range o.Versions {
		v := &o.Versions[i]
		states = append(states, v.state(v.Content, v.Deleted, func() *Drawing {
			return drawn(seed, v.Size, o.Bucket, o.Key, "version", strconv.Itoa(i+1))
		}))
	}
	draw := func() *Drawing { return drawn(seed, o.Size, o.Bucket, o.Key) }
	return append(states, o.state(o.Content, o.Deleted, draw))
}

// state returns a state with the given content, or with a drawn one if that is nil.
func (a *Attributes) state(given *string, deleted bool, draw func() *Drawing) State {
	if deleted {
		return State{Deleted: true, Attributes: a}
	}
	s := State{Attributes: a}
	if given != nil {
		s.Content = []byte(*given)
	} else {
		s.Drawn = draw()
		s.Content = s.Drawn.Bytes
	}
	if a.Gzip {
		s.Content, s.Drawn = gzipped(s.Content), nil
	}
	s.Parts = a.partSizes(int64(len(s.Content)))
	return s
}

// gzipped returns a gzip stream of the content. It is stored, not compressed, so that its bytes
// never depend on the version of the compressor.
func gzipped(content []byte) []byte {
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.NoCompression)
	if err == nil {
		_, err = w.Write(content)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		panic(fmt.Sprintf("gzip into memory: %v", err)) // a bytes.Buffer takes everything
	}
	return b.Bytes()
}

// partSizes returns the sizes of the parts of an object with that size, or nil for an object in one
// piece. All parts but the last have the same size, unless the file lists the sizes.
func (a *Attributes) partSizes(size int64) []int64 {
	switch {
	case a.Parts.Sizes != nil:
		sizes := make([]int64, len(a.Parts.Sizes))
		for i, s := range a.Parts.Sizes {
			sizes[i] = int64(s)
		}
		return sizes
	case a.PartSize > 0:
		return cut(size, int64(a.PartSize))
	case a.Parts.Count > 0:
		n := int64(a.Parts.Count)
		piece := (size + n - 1) / n
		if piece*(n-1) >= size { // the last part would be empty
			piece = size / n
		}
		sizes := make([]int64, n)
		for i := range sizes {
			sizes[i] = piece
		}
		sizes[n-1] = size - piece*(n-1)
		return sizes
	}
	return nil
}

// cut returns the sizes of pieces of size bytes, of which the last may be shorter. No bytes are one
// empty piece.
func cut(size, piece int64) []int64 {
	var sizes []int64
	for ; size > piece; size -= piece {
		sizes = append(sizes, piece)
	}
	return append(sizes, size)
}

// StoredHeader returns the headers that S3 keeps with the object, by their names. It has only those
// that the file sets.
func (a *Attributes) StoredHeader() map[string]string {
	encoding := a.ContentEncoding
	if a.Gzip && encoding == "" {
		encoding = "gzip"
	}
	header := map[string]string{}
	for name, text := range map[string]string{
		"Content-Type": a.ContentType, "Content-Encoding": encoding, "Content-Language": a.ContentLanguage,
		"Content-Disposition": a.ContentDisposition, "Cache-Control": a.CacheControl, "Expires": a.Expires,
		"X-Amz-Website-Redirect-Location": a.WebsiteRedirect, "X-Amz-Storage-Class": string(a.StorageClass),
	} {
		if text != "" {
			header[name] = text
		}
	}
	return header
}

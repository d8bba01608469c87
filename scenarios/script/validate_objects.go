package script

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf16"

	"github.com/s3chaos/s3chaos/internal/strictyaml"
)

// This file checks the buckets and the objects that are there before the drill. The limits are
// those of the S3 user guide.
const (
	maxMetadata = 2 << 10 // bytes of names and values
	maxTags     = 10
	maxTagKey   = 128 // UTF-16 code units, as S3 counts
	maxTagValue = 256
	maxParts    = 10_000
	maxLockDays = 36_500
)

var (
	// headerName is what the name of user metadata may hold, which is a part of a header's name.
	headerName = regexp.MustCompile("^[A-Za-z0-9!#$%&'*+.^_`|~-]+$")
	tagText    = regexp.MustCompile(`^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$`)
)

func (v *validator) buckets() {
	s := v.s
	if !s.Understood("buckets") {
		return
	}
	for i := range s.BucketSettings {
		b := &s.BucketSettings[i]
		at := s.ItemSpan("buckets", i)
		if b.Decoded() {
			at = b.ValueSpan("name")
		}
		v.bucket(at, b.Name, "buckets")
		if slices.Contains(s.Buckets[:i], b.Name) {
			v.Add(at, "", "buckets: %q occurs twice", strictyaml.Short(b.Name))
		}
		if b.ObjectLock.On && b.Understood("versioning") && b.Versioning == VersioningSuspended {
			v.Add(b.ValueSpan("versioning"), "", "buckets.versioning: S3 keeps it enabled while object_lock is on")
		}
		if b.ObjectLock.Understood("days") && b.ObjectLock.Days > maxLockDays {
			v.Add(b.ObjectLock.ValueSpan("days"), "", "buckets.object_lock.days: want at most %d", maxLockDays)
		}
	}
}

func (v *validator) objects() {
	s := v.s
	keys := map[string]strictyaml.Place{}
	for i := range s.Objects {
		o := &s.Objects[i]
		v.states(o)
		if o.Understood("bucket") && v.bucket(o.ValueSpan("bucket"), o.Bucket, "objects.bucket") &&
			s.Understood("buckets") {
			v.known(o.ValueSpan("bucket"), o.Bucket, s.Buckets, "objects.bucket", "bucket")
		}
		if !v.key(&o.Block, o.Key, "objects.key") || !o.Understood("bucket") {
			continue
		}
		name := o.Bucket + "/" + o.Key
		if first, twice := keys[name]; twice {
			v.Add(o.ValueSpan("key"), fmt.Sprintf("the first is on line %d", first.Line), "objects: %q occurs twice",
				strictyaml.Short(name))
			continue
		}
		keys[name] = o.Place
	}
}

// states checks the newest version of an object and the older ones.
func (v *validator) states(o *Object) {
	locked := slices.ContainsFunc(v.s.BucketSettings, func(b Bucket) bool {
		return b.Name == o.Bucket && b.ObjectLock.On
	})
	newest := declared{&o.Block, "objects", o.Size, o.Content, o.Deleted, &o.Attributes, locked, false}
	v.content(&o.Block, "an object", "objects", o.Size, "deleted")
	v.state(newest)
	for i := range o.Versions {
		old := &o.Versions[i]
		v.content(&old.Block, "a version", "objects.versions", old.Size, "deleted")
		v.state(declared{
			&old.Block, "objects.versions", old.Size, old.Content, old.Deleted, &old.Attributes, locked, false,
		})
	}
}

// declared is one version of an object as the file declares it.
type declared struct {
	*strictyaml.Block
	path    string
	size    Size
	content *string
	deleted bool
	*Attributes
	locked bool // the bucket has Object Lock
	upload bool // a step stores it, with WriteOptions
}

// attributeKeys are the keys of Attributes, which a delete marker does not have.
var attributeKeys = []string{
	"checksum", "parts", "part_size", "gzip", "content_type", "content_encoding", "content_language",
	"content_disposition", "cache_control", "expires", "website_redirect", "storage_class", "metadata", "tags",
	"retention", "legal_hold",
}

func (v *validator) state(d declared) {
	if d.Has("deleted") {
		if d.Understood("deleted") && !d.deleted {
			v.Add(d.ValueSpan("deleted"), "leave it out", "%s.deleted: want true", d.path)
		}
		for _, key := range attributeKeys {
			if d.Has(key) {
				v.Add(d.KeySpan(key), "", "%s.%s: a delete marker has none", d.path, key)
			}
		}
		return
	}
	v.texts(d)
	v.metadata(d)
	v.tags(d)
	v.parts(d)
	v.checksum(d)
	for _, key := range []string{"retention", "legal_hold"} {
		if d.Understood(key) && !d.locked && (d.Retention != nil || d.LegalHold) {
			v.Add(d.KeySpan(key), "buckets: [{name: b, object_lock: true}]", "%s.%s: the bucket has no object_lock",
				d.path, key)
		}
	}
}

// texts checks the values that become headers of a response.
func (v *validator) texts(d declared) {
	texts := map[string]string{
		"content_type": d.ContentType, "content_encoding": d.ContentEncoding, "content_language": d.ContentLanguage,
		"content_disposition": d.ContentDisposition, "cache_control": d.CacheControl,
	}
	if !d.upload {
		texts["expires"], texts["website_redirect"] = d.Expires, d.WebsiteRedirect
	}
	for key, text := range texts {
		switch {
		case !d.Understood(key):
		case text == "":
			v.Add(d.ValueSpan(key), "", "%s.%s: it is empty", d.path, key)
		case strings.ContainsFunc(text, unicode.IsControl):
			v.Add(d.ValueSpan(key), "", "%s.%s: it cannot stand in a header", d.path, key)
		case key == "website_redirect" && !hasAnyPrefix(text, "/", "http://", "https://"):
			v.Add(d.ValueSpan(key), "", "%s.%s: want a prefix of http://, https:// or /", d.path, key)
		}
	}
}

func hasAnyPrefix(text string, prefixes ...string) bool {
	return slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(text, p) })
}

func (v *validator) metadata(d declared) {
	if !d.Understood("metadata") {
		return
	}
	at, size := d.ValueSpan("metadata"), 0
	lower := map[string]bool{}
	for _, name := range sortedKeys(d.Metadata) {
		text := d.Metadata[name]
		size += len(name) + len(text)
		switch {
		case !headerName.MatchString(name):
			v.Add(at, "", "%s.metadata: %q cannot be a part of a header's name", d.path, strictyaml.Short(name))
		case strings.ContainsFunc(text, unicode.IsControl):
			v.Add(at, "", "%s.metadata.%s: it cannot stand in a header", d.path, name)
		case lower[strings.ToLower(name)]:
			v.Add(at, "S3 keeps the names in lower case", "%s.metadata: %q occurs twice", d.path, name)
		}
		lower[strings.ToLower(name)] = true
	}
	if size > maxMetadata {
		v.Add(at, "", "%s.metadata: want at most %d bytes of names and values, got %d", d.path, maxMetadata, size)
	}
}

func (v *validator) tags(d declared) {
	if !d.Understood("tags") {
		return
	}
	at := d.ValueSpan("tags")
	if len(d.Tags) > maxTags {
		v.Add(at, "", "%s.tags: want at most %d, got %d", d.path, maxTags, len(d.Tags))
	}
	for _, name := range sortedKeys(d.Tags) {
		if strings.HasPrefix(name, "aws:") {
			v.Add(at, "", "%s.tags: %q: S3 keeps names that begin with aws: for itself", d.path, strictyaml.Short(name))
		} else if name == "" || !isTagText(name, maxTagKey) {
			v.Add(at, "", "%s.tags: %q is not a key that S3 allows", d.path, strictyaml.Short(name))
		} else if !isTagText(d.Tags[name], maxTagValue) {
			v.Add(at, "", "%s.tags.%s: %q is not a value that S3 allows", d.path, strictyaml.Short(name),
				strictyaml.Short(d.Tags[name]))
		}
	}
}

func isTagText(text string, most int) bool {
	return tagText.MatchString(text) && len(utf16.Encode([]rune(text))) <= most
}

// parts checks that the content can be cut into the parts.
func (v *validator) parts(d declared) {
	size := d.size
	if d.content != nil {
		size = Size(len(*d.content))
	}
	switch {
	case d.Has("parts") && d.Has("part_size"):
		v.Add(d.KeySpan("part_size"), "", "%s: want either parts or part_size, got both", d.path)
	case d.Gzip && (d.Has("part_size") || d.Has("parts")) && d.Parts.Count != 1:
		v.Add(d.KeySpan("gzip"), "", "%s.gzip: want an object in one piece", d.path)
	case d.Understood("part_size"):
		if n := (size-1)/d.PartSize + 1; n > maxParts {
			v.Add(d.ValueSpan("part_size"), "", "%s.part_size: want at most %d parts, got %d", d.path, maxParts,
				int64(n))
		}
	case !d.Understood("parts"):
	case d.Parts.Sizes != nil:
		v.partSizes(d, size)
	case d.Parts.Count < 1 || d.Parts.Count > maxParts:
		v.Add(d.ValueSpan("parts"), "", "%s.parts: want 1 to %d", d.path, maxParts)
	case d.Parts.Count > 1 && Size(d.Parts.Count) > size:
		v.Add(d.ValueSpan("parts"), "", "%s.parts: %v cannot be cut into %d parts", d.path, size, d.Parts.Count)
	}
}

func (v *validator) partSizes(d declared, size Size) {
	sum := Size(0)
	for i, s := range d.Parts.Sizes {
		if s == 0 && len(d.Parts.Sizes) > 1 {
			v.Add(d.ItemSpan("parts", i), "", "%s.parts: a part of 0B: want 1 byte or more", d.path)
		}
		sum += min(s, largest+1)
	}
	switch n := len(d.Parts.Sizes); {
	case n < 1 || n > maxParts:
		v.Add(d.ValueSpan("parts"), "", "%s.parts: want 1 to %d, got %d", d.path, maxParts, n)
	case sum != size:
		v.Add(d.ValueSpan("parts"), "", "%s.parts: their sum is %v: want the size of the object, %v", d.path, sum, size)
	}
}

// checksum checks that the algorithm can have the type.
func (v *validator) checksum(d declared) {
	c := &d.Checksum
	if !d.Understood("checksum") || !c.Decoded() {
		return
	}
	const path = ".checksum.type"
	at := c.ValueSpan("type")
	inParts := d.Has("parts") || d.Has("part_size")
	switch algorithm, kind := c.Algorithm, c.Type; {
	case c.Empty():
		v.Add(strictyaml.Span{Place: c.Place}, "write checksum: sha256, or none", "%s.checksum: it is empty", d.path)
	case !c.Understood("type"):
	case kind == ChecksumNone && algorithm != "" && algorithm != NoChecksum,
		kind != ChecksumNone && algorithm == NoChecksum:
		v.Add(at, "", "%s: %s contradicts the algorithm %s", d.path+path, kind, algorithm)
	case kind == ChecksumNone:
	case !inParts && kind == ChecksumComposite:
		v.Add(at, "add parts or part_size", "%s: only an object in parts has a composite checksum", d.path+path)
	case !inParts: // every algorithm can cover an object in one piece
	case algorithm == "" && kind == ChecksumComposite:
		v.Add(at, "", "%s: the algorithm crc64nvme, the default, has no composite checksums", d.path+path)
	case algorithm != "" && !slices.Contains(checksumTypes[algorithm], kind):
		v.Add(at, "", "%s: S3 has no %s checksum of %s for an object in parts", d.path+path, kind, algorithm)
	}
}

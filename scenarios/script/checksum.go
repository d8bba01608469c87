package script

import (
	"maps"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/s3chaos/s3chaos/internal/strictyaml"
)

// Checksum is the checksum that S3 keeps beside an object. The zero value is CRC-64/NVME, which S3
// computes itself.
type Checksum struct {
	strictyaml.Block `yaml:"-"`
	Algorithm        ChecksumAlgorithm `yaml:"algorithm"` // empty: CRC-64/NVME
	Type             ChecksumType      `yaml:"type"`      // empty: the type that S3 gives by default
}

// None reports whether the object has no checksum.
func (c *Checksum) None() bool { return c.Algorithm == NoChecksum || c.Type == ChecksumNone }

// ChecksumAlgorithm is an algorithm of S3's checksums in lower case, or [NoChecksum].
type ChecksumAlgorithm string

// NoChecksum means that the object has no checksum.
const NoChecksum ChecksumAlgorithm = "none"

// S3Name returns the name of the algorithm as S3 writes it: CRC64NVME.
func (a ChecksumAlgorithm) S3Name() string { return strings.ToUpper(string(a)) }

// ChecksumType says what the checksum of an object in parts covers.
type ChecksumType string

// The types: the content of the whole object, the checksums of its parts, and no checksum.
const (
	ChecksumFull      ChecksumType = "full"
	ChecksumComposite ChecksumType = "composite"
	ChecksumNone      ChecksumType = "none"
)

// checksumTypes are the types that each algorithm can have for an object in parts, the default
// first: S3 user guide, "Checking object integrity".
var checksumTypes = map[ChecksumAlgorithm][]ChecksumType{
	"crc32":     {ChecksumComposite, ChecksumFull},
	"crc32c":    {ChecksumComposite, ChecksumFull},
	"crc64nvme": {ChecksumFull},
	"md5":       {ChecksumComposite},
	"sha1":      {ChecksumComposite},
	"sha256":    {ChecksumComposite},
	"sha512":    {ChecksumComposite},
	"xxhash3":   {ChecksumComposite},
	"xxhash64":  {ChecksumComposite},
	"xxhash128": {ChecksumComposite},
}

// checksumWords returns the words for an algorithm: those of the table, sorted, and none.
func checksumWords() []ChecksumAlgorithm {
	return append(slices.Sorted(maps.Keys(checksumTypes)), NoChecksum)
}

// decodeNode reads the name of an algorithm, or a mapping.
func (c *Checksum) decodeNode(d *strictyaml.Decoder, n *yaml.Node, path string) bool {
	if n.Kind != yaml.MappingNode {
		c.Place = strictyaml.PlaceOf(n)
		return d.Decode(n, reflect.ValueOf(&c.Algorithm).Elem(), path)
	}
	return d.Mapping(n, reflect.ValueOf(c).Elem(), path, nil)
}

// Parts says how a multipart upload cut an object: into Count parts, or into parts of these Sizes.
// The zero value means that the object was put in one piece.
type Parts struct {
	Count int
	Sizes []Size
}

// decodeNode reads a number of parts, or the list of their sizes.
func (p *Parts) decodeNode(d *strictyaml.Decoder, n *yaml.Node, path string) bool {
	if n.Kind == yaml.SequenceNode {
		return d.List(n, reflect.ValueOf(&p.Sizes).Elem(), path)
	}
	return d.Decode(n, reflect.ValueOf(&p.Count).Elem(), path)
}

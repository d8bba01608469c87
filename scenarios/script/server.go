package script

import (
	"fmt"
	"reflect"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/s3chaos/s3chaos/internal/strictyaml"
)

// Server says how the S3 behind the proxy differs from one that is in order and near.
type Server struct {
	strictyaml.Block `yaml:"-"`
	// Auth makes it refuse unsigned requests and unknown keys. Without it, it verifies only the
	// requests that are signed with a key that it knows.
	Auth   bool   `yaml:"auth"`
	Clock  Offset `yaml:"clock"`
	Region Region `yaml:"region"`
	// MinPartSize is the least size of each part of a multipart upload but the last. Default 5 MiB,
	// as S3; smaller sizes let a drill send many parts with few bytes.
	MinPartSize Size `yaml:"min_part_size,positive"`
	// Breaks are the places at which S3 itself breaks off, each Times times, which is 1 by default.
	Breaks []ServerBreak `yaml:"breaks"`
}

// Offset is how far a clock is ahead of the drill's; negative: behind.
type Offset struct{ time.Duration }

// UnmarshalText reads a duration with a sign, such as +20m or -1h.
func (o *Offset) UnmarshalText(text []byte) error {
	offset, err := time.ParseDuration(string(text))
	if err != nil {
		return fmt.Errorf("bad offset %q: write it like +20m or -1h", text)
	}
	o.Duration = offset
	return nil
}

// Region is the region of the server's buckets.
type Region struct {
	strictyaml.Block `yaml:"-"`
	Name             string       `yaml:"name,required"` // empty: requests may be signed for any region
	Answer           RegionAnswer `yaml:"answer"`        // default malformed
	Header           *bool        `yaml:"header"`        // responses have x-amz-bucket-region; default true
}

// RegionAnswer is the response to a request that is signed for another region.
type RegionAnswer string

// The responses: 400 AuthorizationHeaderMalformed, as from the endpoint of the bucket's region, and
// 301 PermanentRedirect, as from the endpoint of another one.
const (
	RegionMalformed RegionAnswer = "malformed"
	RegionRedirect  RegionAnswer = "redirect"
)

// decodeNode reads the name of a region, or a mapping.
func (r *Region) decodeNode(d *strictyaml.Decoder, n *yaml.Node, path string) bool {
	if n.Kind != yaml.MappingNode {
		r.Place = strictyaml.PlaceOf(n)
		return d.Decode(n, reflect.ValueOf(&r.Name).Elem(), path)
	}
	return d.Mapping(n, reflect.ValueOf(r).Elem(), path, nil)
}

// Authenticates reports whether the server refuses requests that are not signed with keys that it
// knows. It does if the file says so, or if the file says what the client signs with.
func (s *Scenario) Authenticates() bool {
	return s.Server.Auth || s.Client.Credentials != nil && !s.Server.Has("auth")
}

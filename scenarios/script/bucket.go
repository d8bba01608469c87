package script

import (
	"reflect"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/s3chaos/s3chaos/internal/strictyaml"
)

// Bucket exists before the drill begins.
type Bucket struct {
	strictyaml.Block `yaml:"-"`
	Name             string     `yaml:"name,required"`
	Versioning       Versioning `yaml:"versioning"` // default: enabled where an object has versions or a lock
	ObjectLock       ObjectLock `yaml:"object_lock"`
}

// Versioning says whether a bucket keeps the older versions of its objects.
type Versioning string

// The states of versioning. An empty state means that the bucket never had versions.
const (
	VersioningEnabled   Versioning = "enabled"
	VersioningSuspended Versioning = "suspended"
)

// ObjectLock is the Object Lock of a bucket. With a Mode, every new version is kept for Days days.
type ObjectLock struct {
	strictyaml.Block `yaml:"-"`
	On               bool     `yaml:"-"`
	Mode             LockMode `yaml:"mode,required"`
	Days             int      `yaml:"days,required,positive"`
}

// LockMode is the mode of a retention.
type LockMode string

// S3Name returns the mode as S3 writes it: GOVERNANCE.
func (m LockMode) S3Name() string { return strings.ToUpper(string(m)) }

// The modes: a retention that a request can override, and one that can only be extended.
const (
	Governance LockMode = "governance"
	Compliance LockMode = "compliance"
)

// decodeNode reads the name of a bucket, or a mapping.
func (b *Bucket) decodeNode(d *strictyaml.Decoder, n *yaml.Node, path string) bool {
	if n.Kind != yaml.MappingNode {
		b.Place = strictyaml.PlaceOf(n)
		return d.Decode(n, reflect.ValueOf(&b.Name).Elem(), path)
	}
	return d.Mapping(n, reflect.ValueOf(b).Elem(), path, nil)
}

// decodeNode reads true or false, or the retention of new versions.
func (l *ObjectLock) decodeNode(d *strictyaml.Decoder, n *yaml.Node, path string) bool {
	if n.Kind != yaml.MappingNode {
		return d.Decode(n, reflect.ValueOf(&l.On).Elem(), path)
	}
	l.On = true
	return d.Mapping(n, reflect.ValueOf(l).Elem(), path, nil)
}

// declareBuckets fills in the buckets: their names, the buckets that the file does not list, and
// the versioning that objects need.
func (s *Scenario) declareBuckets() {
	if !s.Has("buckets") {
		for _, name := range s.namedBuckets() {
			s.BucketSettings = append(s.BucketSettings, Bucket{Name: name})
		}
	}
	for i := range s.BucketSettings {
		b := &s.BucketSettings[i]
		s.Buckets = append(s.Buckets, b.Name)
		if b.Versioning == "" && (b.ObjectLock.On || s.hasVersions(b.Name)) {
			b.Versioning = VersioningEnabled
		}
	}
}

// hasVersions reports whether a declared object of the bucket has versions.
func (s *Scenario) hasVersions(bucket string) bool {
	for i := range s.Objects {
		if o := &s.Objects[i]; o.Bucket == bucket && (o.Deleted || len(o.Versions) > 0) {
			return true
		}
	}
	return false
}

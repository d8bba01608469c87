// Package storage keeps the contents of objects in memory: [Storage] has the methods of gofakes3's
// storages that the fake S3 uses, and keeps a [Content] without a copy.
package storage

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strconv"
	"sync"

	"github.com/johannesboyne/gofakes3"

	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/sums"
)

// md5 is the algorithm of the hash in [gofakes3.Object].
var md5 = sums.Named("MD5")

// Storage keeps every version of every object. Each method does what the method of that name does
// in [gofakes3.Backend] or [gofakes3.VersionedBackend] on a bucket with versions. The zero value is
// an empty storage. All methods may be called from any goroutine.
type Storage struct {
	mu      sync.RWMutex
	buckets map[string]map[string][]version // by bucket and key, the oldest version first
	made    int                             // versions, for their ids
}

// version is a content or a delete marker.
type version struct {
	id      gofakes3.VersionID
	content *Content // nil: a delete marker
}

// CreateBucket makes a bucket.
func (s *Storage) CreateBucket(name string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.buckets[name] != nil {
		return gofakes3.ResourceError(gofakes3.ErrBucketAlreadyExists, name)
	}
	if s.buckets == nil {
		s.buckets = make(map[string]map[string][]version)
	}
	s.buckets[name] = make(map[string][]version)
	return nil
}

// PutObject adds a version with the content of the input, which has size bytes. It keeps the
// Content of a [Reader] without a copy. The storage keeps no metadata and knows no conditions.
func (s *Storage) PutObject(bucket, key string, _ map[string]string, input io.Reader, size int64,
	_ *gofakes3.PutConditions,
) (gofakes3.PutObjectResult, error) {
	content, err := contentOf(input, size)
	if err != nil {
		return gofakes3.PutObjectResult{}, err
	}
	id, err := s.add(bucket, key, content)
	return gofakes3.PutObjectResult{VersionID: id}, err
}

// contentOf returns what a reader holds.
func contentOf(input io.Reader, size int64) (*Content, error) {
	if r, ok := input.(*Reader); ok && int64(r.Len()) == size && r.Size() == size {
		return r.content, nil
	}
	content, err := gofakes3.ReadAll(input, size)
	if err != nil {
		return nil, err
	}
	return New(content), nil
}

// add adds a version, or with a nil content a delete marker, and returns its id.
func (s *Storage) add(bucket, key string, content *Content) (gofakes3.VersionID, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	keys := s.buckets[bucket]
	if keys == nil {
		return "", gofakes3.BucketNotFound(bucket)
	}
	s.made++
	id := gofakes3.VersionID(strconv.Itoa(s.made))
	keys[key] = append(keys[key], version{id, content})
	return id, nil
}

// HeadObject describes the newest version of an object, without its content.
func (s *Storage) HeadObject(bucket, key string) (*gofakes3.Object, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	versions := s.buckets[bucket][key]
	if len(versions) == 0 || versions[len(versions)-1].content == nil {
		return nil, gofakes3.KeyNotFound(key)
	}
	return versions[len(versions)-1].object(key), nil
}

// GetObjectVersion returns a version of an object. If part covers all of it, the contents are a
// [Reader].
func (s *Storage) GetObjectVersion(bucket, key string, id gofakes3.VersionID, part *gofakes3.ObjectRangeRequest,
) (*gofakes3.Object, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	versions := s.buckets[bucket][key]
	i := index(versions, id)
	if i < 0 || versions[i].content == nil {
		return nil, gofakes3.ErrNoSuchVersion
	}
	v := versions[i]
	o := v.object(key)
	var err error
	if o.Range, err = part.Range(o.Size); err != nil {
		return nil, err
	}
	o.Contents = v.content.Open()
	if r := o.Range; r != nil && r.Length != o.Size {
		o.Contents = io.NopCloser(bytes.NewReader(v.content.Bytes()[r.Start : r.Start+r.Length]))
	}
	return o, nil
}

// object describes the version, which is no delete marker.
func (v version) object(key string) *gofakes3.Object {
	return &gofakes3.Object{
		Name: key, Size: int64(len(v.content.Bytes())), Hash: v.content.Sum(md5), VersionID: v.id,
	}
}

// DeleteObject adds a delete marker, if the object has any version.
func (s *Storage) DeleteObject(bucket, key string) (gofakes3.ObjectDeleteResult, error) {
	s.mu.RLock()
	known := len(s.buckets[bucket][key]) > 0
	s.mu.RUnlock()
	if !known {
		return gofakes3.ObjectDeleteResult{}, nil
	}
	id, err := s.add(bucket, key, nil)
	return gofakes3.ObjectDeleteResult{IsDeleteMarker: true, VersionID: id}, err
}

// DeleteObjectVersion removes a version, if the object has it.
func (s *Storage) DeleteObjectVersion(bucket, key string, id gofakes3.VersionID) (gofakes3.ObjectDeleteResult, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	keys := s.buckets[bucket]
	i := index(keys[key], id)
	if i < 0 {
		return gofakes3.ObjectDeleteResult{}, nil
	}
	result := gofakes3.ObjectDeleteResult{IsDeleteMarker: keys[key][i].content == nil, VersionID: id}
	if keys[key] = slices.Delete(keys[key], i, i+1); len(keys[key]) == 0 {
		delete(keys, key)
	}
	return result, nil
}

func index(versions []version, id gofakes3.VersionID) int {
	return slices.IndexFunc(versions, func(v version) bool { return v.id == id })
}

// Verify returns an error that names a version whose content was changed after it was stored.
func (s *Storage) Verify() error {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for bucket, keys := range s.buckets {
		for key, versions := range keys {
			for i, v := range versions {
				if v.content != nil && v.content.Changed() {
					return fmt.Errorf("content %d of %s/%s was changed in memory after it was stored", i+1, bucket, key)
				}
			}
		}
	}
	return nil
}

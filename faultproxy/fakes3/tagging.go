package fakes3

import (
	"net/http"

	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/s3err"
	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/tagging"
)

// readTags reads the tag set of a request's body.
func (s *Server) readTags(r *request, check func([]tagging.Tag) error) ([]tagging.Tag, error) {
	var in tagging.Set
	if err := s.readXML(r, &in); err != nil {
		return nil, err
	}
	return in.Tags, check(in.Tags)
}

func writeTags(w *response, tags []tagging.Tag) error {
	return writeXML(w, tagging.Set{Xmlns: namespace, Tags: tags})
}

func (s *Server) getBucketTagging(w *response, r *request) error {
	s.store.mu.RLock()
	defer s.store.mu.RUnlock()
	b := s.store.buckets[r.bucket]
	switch {
	case b == nil:
		return noSuchBucket(r.bucket)
	case b.tags == nil:
		return s3err.New(s3err.NoSuchTagSet).With("BucketName", r.bucket)
	}
	return writeTags(w, b.tags)
}

func (s *Server) putBucketTagging(w *response, r *request) error {
	tags, err := s.readTags(r, tagging.CheckBucket)
	if err != nil {
		return err
	}
	if tags == nil {
		tags = []tagging.Tag{}
	}
	return s.setBucketTags(w, r, tags)
}

func (s *Server) deleteBucketTagging(w *response, r *request) error {
	return s.setBucketTags(w, r, nil)
}

func (s *Server) setBucketTags(w *response, r *request, tags []tagging.Tag) error {
	s.store.mu.Lock()
	defer s.store.mu.Unlock()
	b := s.store.buckets[r.bucket]
	if b == nil {
		return noSuchBucket(r.bucket)
	}
	b.tags = tags
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (s *Server) getObjectTagging(w *response, r *request) error {
	s.store.mu.RLock()
	defer s.store.mu.RUnlock()
	b, v, err := s.store.findLocked(r.bucket, r.key, r.versionID())
	if err != nil {
		return err
	}
	setVersion(w.Header(), b.shownVersion(v))
	return writeTags(w, v.tags)
}

func (s *Server) putObjectTagging(w *response, r *request) error {
	tags, err := s.readTags(r, tagging.CheckObject)
	if err != nil {
		return err
	}
	return s.setObjectTags(w, r, tags, http.StatusOK)
}

func (s *Server) deleteObjectTagging(w *response, r *request) error {
	return s.setObjectTags(w, r, nil, http.StatusNoContent)
}

// setObjectTags changes the tags of a version. It does not make a new version.
func (s *Server) setObjectTags(w *response, r *request, tags []tagging.Tag, status int) error {
	s.store.mu.Lock()
	defer s.store.mu.Unlock()
	b, v, err := s.store.findLocked(r.bucket, r.key, r.versionID())
	if err != nil {
		return err
	}
	v.tags = tags
	setVersion(w.Header(), b.shownVersion(v))
	w.WriteHeader(status)
	return nil
}

package fakes3

import (
	"encoding/xml"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/listing"
	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/s3err"
	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/tagging"
)

func (s *Server) listBuckets(w *response, r *request) error {
	type entry struct {
		Name         string `xml:"Name"`
		CreationDate string `xml:"CreationDate"`
		BucketRegion string `xml:"BucketRegion"`
	}
	var answer struct {
		XMLName           xml.Name `xml:"ListAllMyBucketsResult"`
		Xmlns             string   `xml:"xmlns,attr"`
		Owner             owner    `xml:"Owner"`
		Buckets           []entry  `xml:"Buckets>Bucket"`
		ContinuationToken string   `xml:"ContinuationToken,omitempty"`
		Prefix            string   `xml:"Prefix,omitempty"`
	}
	limit, err := listing.Limit(r.query, "max-buckets", 10_000)
	if err != nil {
		return err
	}
	after, err := listing.Position(r.query.Get("continuation-token"))
	if err != nil {
		return err
	}
	answer.Xmlns, answer.Owner, answer.Prefix = namespace, onlyOwner, r.query.Get("prefix")
	s.store.mu.RLock()
	defer s.store.mu.RUnlock()
	for _, name := range slices.Sorted(maps.Keys(s.store.buckets)) {
		if !strings.HasPrefix(name, answer.Prefix) || name <= after {
			continue
		}
		if len(answer.Buckets) == limit {
			if limit > 0 {
				answer.ContinuationToken = listing.Token(answer.Buckets[limit-1].Name)
			}
			break
		}
		answer.Buckets = append(answer.Buckets, entry{name, isoTime(s.store.buckets[name].created), s.region})
	}
	return writeXML(w, answer)
}

// bucketConfiguration is the body of CreateBucket. The server refuses a body with one of the
// elements that it does not support.
type bucketConfiguration struct {
	XMLName  xml.Name      `xml:"CreateBucketConfiguration"`
	Location string        `xml:"LocationConstraint"`
	Tags     []tagging.Tag `xml:"Tags>Tag"`
	Bucket   *struct{}     `xml:"Bucket"` // of directory buckets
	Zone     *struct{}     `xml:"Location"`
}

func (s *Server) createBucket(w *response, r *request) error {
	if err := checkBucketHeaders(r.Header); err != nil {
		return err
	}
	body, err := readPayload(r, maxDocument)
	if err != nil {
		return err
	}
	var in bucketConfiguration
	if len(body.content) > 0 {
		if err := xml.Unmarshal(body.content, &in); err != nil {
			return s3err.New(s3err.MalformedXML)
		}
	}
	switch {
	case in.Bucket != nil || in.Zone != nil:
		return s3err.New(s3err.NotImplemented)
	case in.Location != "" && (in.Location != s.region || in.Location == defaultRegion):
		return s3err.New(s3err.InvalidLocationConstraint).With("LocationConstraint", in.Location)
	}
	if err := tagging.CheckBucket(in.Tags); err != nil {
		return err
	}
	s.store.mu.Lock()
	defer s.store.mu.Unlock()
	if s.store.buckets[r.bucket] == nil {
		b, err := s.store.createBucketLocked(r.bucket)
		if err != nil {
			return err
		}
		b.tags = in.Tags
		if strings.EqualFold(r.Header.Get("X-Amz-Bucket-Object-Lock-Enabled"), "true") {
			b.locks, b.versioning = true, versioningEnabled
		}
	} else if s.region != defaultRegion { // in us-east-1, S3 answers 200
		return s3err.New(s3err.BucketAlreadyOwnedByYou).With("BucketName", r.bucket)
	}
	w.Header().Set("Location", "/"+r.bucket)
	w.Header().Set("X-Amz-Bucket-Arn", "arn:aws:s3:::"+r.bucket)
	w.WriteHeader(http.StatusOK)
	return nil
}

// checkBucketHeaders refuses settings that the server does not support.
func checkBucketHeaders(h http.Header) error {
	switch ownership := h.Get("X-Amz-Object-Ownership"); ownership {
	case "", "BucketOwnerEnforced":
	case "BucketOwnerPreferred", "ObjectWriter":
		return s3err.New(s3err.NotImplemented).With("Header", "x-amz-object-ownership")
	default:
		return s3err.Argument("x-amz-object-ownership", ownership,
			"Invalid x-amz-object-ownership header: %s", ownership)
	}
	return nil
}

func (s *Server) headBucket(w *response, r *request) error {
	if err := s.store.has(r.bucket); err != nil {
		return err
	}
	if !s.options.WrongRegion.NoHeader {
		w.Header().Set(headerBucketRegion, s.region)
	}
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(http.StatusOK)
	return nil
}

func (s *Server) deleteBucket(w *response, r *request) error {
	s.store.mu.Lock()
	defer s.store.mu.Unlock()
	b := s.store.buckets[r.bucket]
	if b == nil {
		return noSuchBucket(r.bucket)
	}
	if len(b.index) > 0 {
		refusal := s3err.New(s3err.BucketNotEmpty)
		if b.versioning != "" {
			refusal.Message += ". You must delete all versions in the bucket."
		}
		return refusal.With("BucketName", r.bucket)
	}
	delete(s.store.buckets, r.bucket)
	s.store.gone[r.bucket] = b
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (s *Server) getBucketLocation(w *response, r *request) error {
	var answer struct {
		XMLName xml.Name `xml:"LocationConstraint"`
		Xmlns   string   `xml:"xmlns,attr"`
		Region  string   `xml:",chardata"`
	}
	if err := s.store.has(r.bucket); err != nil {
		return err
	}
	answer.Xmlns = namespace
	if s.region != defaultRegion {
		answer.Region = s.region
	}
	return writeXML(w, answer)
}

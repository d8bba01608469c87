package fakes3

import (
	"encoding/xml"

	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/s3err"
)

// This file answers for access control lists. Each bucket has the default setting of S3, bucket
// owner enforced: its lists give the owner full control, and no request can change them.

type grantee struct {
	Xsi  string `xml:"xmlns:xsi,attr"`
	Type string `xml:"xsi:type,attr"`
	owner
}

func (s *Server) getACL(w *response, r *request) error {
	var out struct {
		XMLName    xml.Name `xml:"AccessControlPolicy"`
		Xmlns      string   `xml:"xmlns,attr"`
		Owner      owner    `xml:"Owner"`
		Grantee    grantee  `xml:"AccessControlList>Grant>Grantee"`
		Permission string   `xml:"AccessControlList>Grant>Permission"`
	}
	s.store.mu.RLock()
	defer s.store.mu.RUnlock()
	if r.key == "" && s.store.buckets[r.bucket] == nil {
		return noSuchBucket(r.bucket)
	}
	if r.key != "" {
		if _, _, err := s.store.findLocked(r.bucket, r.key, r.versionID()); err != nil {
			return err
		}
	}
	out.Xmlns, out.Owner, out.Permission = namespace, onlyOwner, "FULL_CONTROL"
	out.Grantee = grantee{"http://www.w3.org/2001/XMLSchema-instance", "CanonicalUser", onlyOwner}
	return writeXML(w, out)
}

func (s *Server) putACL(_ *response, r *request) error {
	if err := s.store.has(r.bucket); err != nil {
		return err
	}
	return s3err.New(s3err.AccessControlListNotSupported)
}

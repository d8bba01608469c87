package fakes3

import (
	"encoding/xml"
	"net/http"

	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/checksum"
	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/condition"
	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/lock"
	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/s3err"
)

// deleteObjects deletes many keys with one request. S3 demands a checksum of the body, because a
// flipped bit would delete another key.
func (s *Server) deleteObjects(w *response, r *request) error {
	var in struct {
		XMLName xml.Name `xml:"Delete"`
		Quiet   bool     `xml:"Quiet"`
		Objects []struct {
			Key       string `xml:"Key"`
			VersionID string `xml:"VersionId"`
			ETag      string `xml:"ETag"`
			Size      string `xml:"Size"`
			Modified  string `xml:"LastModifiedTime"`
		} `xml:"Object"`
	}
	type deleted struct {
		Key                   string `xml:"Key"`
		VersionID             string `xml:"VersionId,omitempty"`
		DeleteMarker          bool   `xml:"DeleteMarker,omitempty"`
		DeleteMarkerVersionID string `xml:"DeleteMarkerVersionId,omitempty"`
	}
	type failed struct {
		Key       string `xml:"Key"`
		VersionID string `xml:"VersionId,omitempty"`
		Code      string `xml:"Code"`
		Message   string `xml:"Message"`
	}
	var out struct {
		XMLName xml.Name  `xml:"DeleteResult"`
		Xmlns   string    `xml:"xmlns,attr"`
		Deleted []deleted `xml:"Deleted"`
		Errors  []failed  `xml:"Error"`
	}
	a, _, err := checksum.Declared(r.Header, nil)
	if err != nil {
		return err
	}
	if a == nil && r.Header.Get(checksum.HeaderMD5) == "" && r.Header.Get("X-Amz-Trailer") == "" {
		return s3err.Errorf(s3err.InvalidRequest,
			"Missing required header for this request: Content-MD5 OR x-amz-checksum-*")
	}
	if err := s.readXML(r, &in); err != nil {
		return err
	}
	if len(in.Objects) == 0 || len(in.Objects) > maxKeys {
		return s3err.New(s3err.MalformedXML)
	}
	out.Xmlns = namespace
	for _, object := range in.Objects {
		conditions := http.Header{
			"If-Match": {object.ETag}, "X-Amz-If-Match-Size": {object.Size},
			"X-Amz-If-Match-Last-Modified-Time": {object.Modified},
		}
		done, err := s.store.delete(r.bucket, object.Key, object.VersionID, lock.Bypass(r.Header),
			func(current *value) error {
				return condition.Delete(conditions, object.Key, current.state())
			})
		switch {
		case err != nil:
			p := s3Error(err)
			out.Errors = append(out.Errors, failed{object.Key, object.VersionID, string(p.Code), p.Message})
		case !in.Quiet:
			entry := deleted{Key: object.Key, VersionID: object.VersionID, DeleteMarker: done.marker}
			if done.marker {
				entry.DeleteMarkerVersionID = done.version
			}
			out.Deleted = append(out.Deleted, entry)
		}
	}
	return writeXML(w, out)
}

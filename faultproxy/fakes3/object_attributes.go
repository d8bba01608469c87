package fakes3

import (
	"encoding/xml"
	"net/http"
	"strings"
)

// getObjectAttributes answers with those attributes that the request names.
func (s *Server) getObjectAttributes(w *response, r *request) error {
	type checksums struct {
		partChecksum
		ChecksumType string `xml:"ChecksumType"`
	}
	type objectPart struct {
		PartNumber int   `xml:"PartNumber"`
		Size       int64 `xml:"Size"`
		partChecksum
	}
	type objectParts struct {
		IsTruncated      bool         `xml:"IsTruncated"`
		MaxParts         int          `xml:"MaxParts"`
		PartNumberMarker int          `xml:"PartNumberMarker"`
		NextMarker       int          `xml:"NextPartNumberMarker"`
		PartsCount       int          `xml:"PartsCount"`
		Parts            []objectPart `xml:"Part"`
	}
	var out struct {
		XMLName      xml.Name     `xml:"GetObjectAttributesResponse"`
		Xmlns        string       `xml:"xmlns,attr"`
		ETag         string       `xml:"ETag,omitempty"`
		Checksum     *checksums   `xml:"Checksum"`
		ObjectParts  *objectParts `xml:"ObjectParts"`
		StorageClass string       `xml:"StorageClass,omitempty"`
		ObjectSize   *int64       `xml:"ObjectSize"`
	}
	s.store.mu.RLock()
	defer s.store.mu.RUnlock()
	v, err := s.store.findLocked(r.bucket, r.key)
	if err != nil {
		return err
	}
	if err := checkRead(r.Header, v); err != nil {
		return err
	}
	wanted := strings.Join(r.Header.Values("X-Amz-Object-Attributes"), ",")
	if wanted == "" {
		return failuref(codeInvalidRequest, "Missing required header for this request: x-amz-object-attributes")
	}
	out.Xmlns = namespace
	for name := range strings.SplitSeq(wanted, ",") {
		switch strings.TrimSpace(name) {
		case "ETag":
			out.ETag = strings.Trim(v.etag, `"`) // here alone without its quotes
		case "Checksum":
			out.Checksum = &checksums{checksumElement(v.attrs.checksum), v.attrs.checksum.kind}
		case "ObjectParts":
			if len(v.attrs.parts) == 0 {
				continue
			}
			out.ObjectParts = &objectParts{MaxParts: maxKeys, PartsCount: len(v.attrs.parts)}
			for _, p := range v.attrs.parts {
				out.ObjectParts.Parts = append(out.ObjectParts.Parts, objectPart{p.number, p.size, checksumElement(p.checksum)})
				out.ObjectParts.NextMarker = p.number
			}
		case "StorageClass":
			if out.StorageClass = v.attrs.header["X-Amz-Storage-Class"]; out.StorageClass == "" {
				out.StorageClass = "STANDARD"
			}
		case "ObjectSize":
			out.ObjectSize = &v.size
		default:
			return failuref(codeInvalidArgument, "Invalid attribute name specified.").
				with("ArgumentName", "x-amz-object-attributes").with("ArgumentValue", name)
		}
	}
	w.Header().Set("Last-Modified", v.at.UTC().Format(http.TimeFormat))
	return writeXML(w, out)
}

package fakes3

import (
	"encoding/xml"
	"net/http"
	"strings"

	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/attribute"
	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/checksum"
	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/condition"
	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/listing"
	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/s3err"
)

// getObjectAttributes sends the attributes that the request names.
func (s *Server) getObjectAttributes(w *response, r *request) error {
	type checksums struct {
		checksum.Element
		ChecksumType string `xml:"ChecksumType"`
	}
	type objectPart struct {
		PartNumber int   `xml:"PartNumber"`
		Size       int64 `xml:"Size"`
		checksum.Element
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
	if err := s.store.has(r.bucket); err != nil {
		return err
	}
	wanted := strings.Join(r.Header.Values("X-Amz-Object-Attributes"), ",")
	if err := checkAttributeNames(wanted); err != nil {
		return err
	}
	limit, err := listing.Number(r.Header.Get("X-Amz-Max-Parts"), "x-amz-max-parts", maxKeys)
	if err != nil {
		return err
	}
	marker, err := listing.Number(r.Header.Get("X-Amz-Part-Number-Marker"), "x-amz-part-number-marker", 0)
	if err != nil {
		return err
	}
	limit = min(limit, maxKeys)
	s.store.mu.RLock()
	defer s.store.mu.RUnlock()
	b, v, err := s.store.findLocked(r.bucket, r.key, r.versionID())
	if err != nil {
		return err
	}
	if err := v.checkKey(r.Header, attribute.OfCustomer); err != nil {
		return err
	}
	if err := condition.Read(r.Header, v.state()); err != nil {
		return err
	}
	out.Xmlns = namespace
	for name := range strings.SplitSeq(wanted, ",") {
		switch strings.TrimSpace(name) {
		case "ETag":
			out.ETag = strings.Trim(v.etag, `"`) // without quotes, in this response only
		case "Checksum":
			if c := v.attrs.Checksum; c != nil {
				out.Checksum = &checksums{checksum.ElementOf(c), c.Kind}
			}
		case "ObjectParts":
			if len(v.attrs.Parts) == 0 {
				continue
			}
			out.ObjectParts = &objectParts{MaxParts: limit, PartsCount: len(v.attrs.Parts), PartNumberMarker: marker}
			if !v.attrs.Checksum.IsComposite() { // S3 lists the parts of a composite only
				continue
			}
			for i, p := range v.attrs.Parts {
				if i+1 <= marker {
					continue
				}
				if len(out.ObjectParts.Parts) == limit {
					out.ObjectParts.IsTruncated = true
					break
				}
				out.ObjectParts.Parts = append(out.ObjectParts.Parts,
					objectPart{p.Number, p.Size, checksum.ElementOf(p.Checksum)})
				out.ObjectParts.NextMarker = p.Number
			}
		case "StorageClass":
			out.StorageClass = v.attrs.StorageClass()
		case "ObjectSize":
			out.ObjectSize = &v.size
		}
	}
	setVersion(w.Header(), b.shownVersion(v))
	w.Header().Set("Last-Modified", v.at.UTC().Format(http.TimeFormat))
	return writeXML(w, out)
}

// checkAttributeNames refuses a list of attributes that is empty or has a wrong name.
func checkAttributeNames(wanted string) error {
	if wanted == "" {
		return s3err.Errorf(s3err.InvalidRequest,
			"The x-amz-object-attributes header specifying the attributes to be retrieved is either missing or empty")
	}
	for name := range strings.SplitSeq(wanted, ",") {
		switch strings.TrimSpace(name) {
		case "ETag", "Checksum", "ObjectParts", "StorageClass", "ObjectSize":
		default:
			return s3err.Argument("x-amz-object-attributes", name,
				"Invalid attribute name specified.")
		}
	}
	return nil
}

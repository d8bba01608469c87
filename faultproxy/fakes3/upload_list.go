package fakes3

import (
	"encoding/xml"
	"strings"

	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/checksum"
	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/listing"
	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/s3err"
)

type uploadsResult struct {
	XMLName            xml.Name     `xml:"ListMultipartUploadsResult"`
	Xmlns              string       `xml:"xmlns,attr"`
	Bucket             string       `xml:"Bucket"`
	KeyMarker          string       `xml:"KeyMarker"`
	UploadIDMarker     string       `xml:"UploadIdMarker"`
	NextKeyMarker      string       `xml:"NextKeyMarker,omitempty"`
	NextUploadIDMarker string       `xml:"NextUploadIdMarker,omitempty"`
	Prefix             string       `xml:"Prefix,omitempty"`
	Delimiter          string       `xml:"Delimiter,omitempty"`
	EncodingType       string       `xml:"EncodingType,omitempty"`
	MaxUploads         int          `xml:"MaxUploads"`
	IsTruncated        bool         `xml:"IsTruncated"`
	Uploads            []listUpload `xml:"Upload"`
	CommonPrefixes     []listPrefix `xml:"CommonPrefixes"`
}

type listUpload struct {
	Key               string `xml:"Key"`
	UploadID          string `xml:"UploadId"`
	Initiator         owner  `xml:"Initiator"`
	Owner             owner  `xml:"Owner"`
	StorageClass      string `xml:"StorageClass"`
	Initiated         string `xml:"Initiated"`
	ChecksumAlgorithm string `xml:"ChecksumAlgorithm,omitempty"`
	ChecksumType      string `xml:"ChecksumType,omitempty"`
}

func (s *Server) listUploads(w *response, r *request) error {
	limit, err := listing.Limit(r.query, "max-uploads", 1000)
	if err != nil {
		return err
	}
	coding, err := listing.CodingOf(r.query)
	if err != nil {
		return err
	}
	result := &uploadsResult{
		Xmlns: namespace, Bucket: r.bucket, MaxUploads: limit, EncodingType: string(coding),
		Prefix: r.query.Get("prefix"), Delimiter: r.query.Get("delimiter"), KeyMarker: r.query.Get("key-marker"),
	}
	if result.KeyMarker != "" {
		result.UploadIDMarker = r.query.Get("upload-id-marker")
	}
	s.store.mu.RLock()
	defer s.store.mu.RUnlock()
	b := s.store.buckets[r.bucket]
	if b == nil {
		return noSuchBucket(r.bucket)
	}
	if id := result.UploadIDMarker; id != "" && b.uploads[id] == nil {
		return s3err.Argument("upload-id-marker", id,
			"Invalid uploadId marker")
	}
	result.fill(b.uploadsLocked())
	if err := result.encode(coding); err != nil {
		return err
	}
	return writeXML(w, result)
}

// fill takes a page of uploads, which are in order.
func (l *uploadsResult) fill(uploads []*upload) {
	for _, u := range uploads {
		if !strings.HasPrefix(u.key, l.Prefix) || !l.after(u) {
			continue
		}
		common := listing.CommonPrefix(u.key, l.Prefix, l.Delimiter)
		if n := len(l.CommonPrefixes); common != "" &&
			(common == l.KeyMarker || n > 0 && l.CommonPrefixes[n-1].Prefix == common) {
			continue
		}
		if len(l.Uploads)+len(l.CommonPrefixes) >= l.MaxUploads {
			l.IsTruncated = l.MaxUploads > 0
			break
		}
		if common != "" {
			l.CommonPrefixes = append(l.CommonPrefixes, listPrefix{common})
			l.NextKeyMarker, l.NextUploadIDMarker = common, ""
			continue
		}
		entry := listUpload{
			Key: u.key, UploadID: u.id, Initiator: onlyOwner, Owner: onlyOwner,
			StorageClass: u.attrs.StorageClass(), Initiated: isoTime(u.initiated),
		}
		if u.algorithm != nil {
			entry.ChecksumAlgorithm, entry.ChecksumType = u.algorithm.Name, u.kind
		}
		l.Uploads = append(l.Uploads, entry)
		l.NextKeyMarker, l.NextUploadIDMarker = u.key, u.id
	}
	if !l.IsTruncated {
		l.NextKeyMarker, l.NextUploadIDMarker = "", ""
	}
}

func (l *uploadsResult) encode(c listing.Coding) error {
	texts := []*string{&l.Prefix, &l.Delimiter, &l.KeyMarker, &l.NextKeyMarker}
	for i := range l.Uploads {
		texts = append(texts, &l.Uploads[i].Key)
	}
	for i := range l.CommonPrefixes {
		texts = append(texts, &l.CommonPrefixes[i].Prefix)
	}
	return c.Encode(texts...)
}

// after reports whether an upload comes after the markers.
func (l *uploadsResult) after(u *upload) bool {
	if l.KeyMarker == "" || u.key > l.KeyMarker {
		return true
	}
	// The ids are counted and have the same length: their order is the order of age.
	return l.UploadIDMarker != "" && u.key == l.KeyMarker && u.id > l.UploadIDMarker
}

type listedPart struct {
	PartNumber   int    `xml:"PartNumber"`
	LastModified string `xml:"LastModified"`
	ETag         string `xml:"ETag"`
	Size         int64  `xml:"Size"`
	checksum.Element
}

func (s *Server) listParts(w *response, r *request) error {
	limit, err := listing.Limit(r.query, "max-parts", 1000)
	if err != nil {
		return err
	}
	marker, err := listing.Number(r.query.Get("part-number-marker"), "part-number-marker", 0)
	if err != nil {
		return err
	}
	var result struct {
		XMLName              xml.Name     `xml:"ListPartsResult"`
		Xmlns                string       `xml:"xmlns,attr"`
		Bucket               string       `xml:"Bucket"`
		Key                  string       `xml:"Key"`
		UploadID             string       `xml:"UploadId"`
		Initiator            owner        `xml:"Initiator"`
		Owner                owner        `xml:"Owner"`
		StorageClass         string       `xml:"StorageClass"`
		PartNumberMarker     int          `xml:"PartNumberMarker"`
		NextPartNumberMarker int          `xml:"NextPartNumberMarker"`
		MaxParts             int          `xml:"MaxParts"`
		IsTruncated          bool         `xml:"IsTruncated"`
		ChecksumAlgorithm    string       `xml:"ChecksumAlgorithm"`
		ChecksumType         string       `xml:"ChecksumType"`
		Parts                []listedPart `xml:"Part"`
	}
	s.store.mu.RLock()
	defer s.store.mu.RUnlock()
	_, u, err := s.store.uploadLocked(r)
	if err != nil {
		return err
	}
	result.Xmlns, result.Bucket, result.Key, result.UploadID = namespace, r.bucket, r.key, u.id
	result.Initiator, result.Owner, result.StorageClass = onlyOwner, onlyOwner, u.attrs.StorageClass()
	result.PartNumberMarker, result.MaxParts = marker, limit
	result.ChecksumAlgorithm, result.ChecksumType = "null", "null" // S3's word for none
	if u.algorithm != nil {
		result.ChecksumAlgorithm, result.ChecksumType = u.algorithm.Name, u.kind
	}
	for _, p := range u.sortedParts() {
		if p.number <= marker {
			continue
		}
		if len(result.Parts) == limit {
			result.IsTruncated = limit > 0
			break
		}
		result.Parts = append(result.Parts,
			listedPart{p.number, isoTime(p.at), p.etag, p.size, checksum.ElementOf(p.checksum)})
		result.NextPartNumberMarker = p.number
	}
	return writeXML(w, result)
}

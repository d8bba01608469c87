package fakes3

import (
	"encoding/xml"
	"net/http"
	"slices"
	"strings"

	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/listing"
	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/s3err"
)

func (s *Server) getBucketVersioning(w *response, r *request) error {
	var result struct {
		XMLName xml.Name `xml:"VersioningConfiguration"`
		Xmlns   string   `xml:"xmlns,attr"`
		Status  string   `xml:"Status,omitempty"`
	}
	s.store.mu.RLock()
	defer s.store.mu.RUnlock()
	b := s.store.buckets[r.bucket]
	if b == nil {
		return noSuchBucket(r.bucket)
	}
	result.Xmlns, result.Status = namespace, b.versioning
	return writeXML(w, result)
}

func (s *Server) putBucketVersioning(w *response, r *request) error {
	var in struct {
		XMLName   xml.Name `xml:"VersioningConfiguration"`
		Status    string   `xml:"Status"`
		MFADelete string   `xml:"MfaDelete"`
	}
	if err := s.readXML(r, &in); err != nil {
		return err
	}
	if in.Status != versioningEnabled && in.Status != versioningSuspended {
		return s3err.New(s3err.MalformedXML)
	}
	if in.MFADelete != "" && in.MFADelete != "Disabled" {
		return s3err.New(s3err.NotImplemented).With("Header", "MfaDelete")
	}
	s.store.mu.Lock()
	defer s.store.mu.Unlock()
	b := s.store.buckets[r.bucket]
	if b == nil {
		return noSuchBucket(r.bucket)
	}
	if err := b.setVersioning(in.Status); err != nil {
		return err
	}
	w.WriteHeader(http.StatusOK)
	return nil
}

// setVersioning changes the versioning of a bucket to Enabled or Suspended.
func (b *bucket) setVersioning(status string) error {
	switch {
	case status != versioningEnabled && status != versioningSuspended:
		return s3err.New(s3err.MalformedXML)
	case b.locks && status != versioningEnabled:
		return s3err.Errorf(s3err.InvalidBucketState, "An Object Lock configuration is present on this bucket, so the "+
			"versioning state cannot be changed.")
	}
	b.versioning = status
	return nil
}

// versionsResult is one page of the versions of a bucket's objects.
type versionsResult struct {
	XMLName           xml.Name        `xml:"ListVersionsResult"`
	Xmlns             string          `xml:"xmlns,attr"`
	Name              string          `xml:"Name"`
	Prefix            string          `xml:"Prefix"`
	KeyMarker         string          `xml:"KeyMarker"`
	VersionIDMarker   string          `xml:"VersionIdMarker"`
	NextKeyMarker     string          `xml:"NextKeyMarker,omitempty"`
	NextVersionMarker string          `xml:"NextVersionIdMarker,omitempty"`
	MaxKeys           int             `xml:"MaxKeys"`
	Delimiter         string          `xml:"Delimiter,omitempty"`
	EncodingType      string          `xml:"EncodingType,omitempty"`
	IsTruncated       bool            `xml:"IsTruncated"`
	Entries           []listedVersion // Version and DeleteMarker, in one order
	CommonPrefixes    []listPrefix    `xml:"CommonPrefixes"`
}

type listedVersion struct {
	XMLName           xml.Name
	Key               string   `xml:"Key"`
	VersionID         string   `xml:"VersionId"`
	IsLatest          bool     `xml:"IsLatest"`
	LastModified      string   `xml:"LastModified"`
	ETag              string   `xml:"ETag,omitempty"`
	ChecksumAlgorithm []string `xml:"ChecksumAlgorithm"`
	ChecksumType      string   `xml:"ChecksumType,omitempty"`
	Size              *int64   `xml:"Size"`
	StorageClass      string   `xml:"StorageClass,omitempty"`
	Owner             owner    `xml:"Owner"`
}

func (s *Server) listVersions(w *response, r *request) error {
	limit, err := listing.Limit(r.query, "max-keys", maxKeys)
	if err != nil {
		return err
	}
	coding, err := listing.CodingOf(r.query)
	if err != nil {
		return err
	}
	result := &versionsResult{
		Xmlns: namespace, Name: r.bucket, MaxKeys: limit, EncodingType: string(coding),
		Prefix: r.query.Get("prefix"), Delimiter: r.query.Get("delimiter"),
		KeyMarker: r.query.Get("key-marker"), VersionIDMarker: r.query.Get("version-id-marker"),
	}
	if err := result.checkMarkers(r); err != nil {
		return err
	}
	s.store.mu.RLock()
	defer s.store.mu.RUnlock()
	b := s.store.buckets[r.bucket]
	if b == nil {
		return noSuchBucket(r.bucket)
	}
	result.fill(b)
	if err := result.encode(coding); err != nil {
		return err
	}
	return writeXML(w, result)
}

func (l *versionsResult) checkMarkers(r *request) error {
	switch {
	case l.VersionIDMarker != "" && l.KeyMarker == "":
		return s3err.Argument("version-id-marker", l.VersionIDMarker,
			"A version-id marker cannot be specified without a key marker.")
	case l.VersionIDMarker != "":
		return checkVersionID(l.VersionIDMarker)
	case r.has("version-id-marker") && l.KeyMarker != "":
		return s3err.Errorf(s3err.InvalidArgument, "A version-id marker cannot be empty.").
			With("ArgumentName", "version-id-marker")
	}
	return nil
}

// fill adds versions to the page: sorted by key, and for each key the newest first.
func (l *versionsResult) fill(b *bucket) {
	if l.MaxKeys == 0 {
		return
	}
	start, _ := slices.BinarySearch(b.index, max(l.KeyMarker, l.Prefix))
	for _, key := range b.index[start:] {
		if !strings.HasPrefix(key, l.Prefix) {
			if key > l.Prefix {
				return
			}
			continue
		}
		if common := listing.CommonPrefix(key, l.Prefix, l.Delimiter); common != "" {
			if n := len(l.CommonPrefixes); common <= l.KeyMarker || n > 0 && l.CommonPrefixes[n-1].Prefix == common {
				continue
			}
			if l.full() {
				return
			}
			l.CommonPrefixes = append(l.CommonPrefixes, listPrefix{common})
			l.NextKeyMarker, l.NextVersionMarker = common, ""
			continue
		}
		if full := l.addVersions(b, key); full {
			return
		}
	}
	l.NextKeyMarker, l.NextVersionMarker = "", ""
}

// full reports whether the page is full, and then marks it as truncated.
func (l *versionsResult) full() bool {
	l.IsTruncated = len(l.Entries)+len(l.CommonPrefixes) >= l.MaxKeys
	return l.IsTruncated
}

func (l *versionsResult) addVersions(b *bucket, key string) (full bool) {
	skipping := key == l.KeyMarker // up to the version of the marker
	for _, v := range slices.Backward(b.values[key]) {
		if v.gone {
			continue
		}
		if skipping {
			skipping = l.VersionIDMarker == "" || v.version != l.VersionIDMarker
			continue
		}
		if l.full() {
			return true
		}
		entry := listedVersion{
			XMLName: xml.Name{Local: "Version"}, Key: key, VersionID: v.version, IsLatest: v == b.latest(key),
			LastModified: isoTime(v.at), Owner: onlyOwner,
		}
		if v.deleted {
			entry.XMLName.Local = "DeleteMarker"
		} else {
			entry.ETag, entry.Size, entry.StorageClass = v.etag, &v.size, v.attrs.StorageClass()
			entry.ChecksumAlgorithm, entry.ChecksumType = v.attrs.Checksum.Listing()
		}
		l.Entries = append(l.Entries, entry)
		l.NextKeyMarker, l.NextVersionMarker = key, v.version
	}
	return false
}

func (l *versionsResult) encode(c listing.Coding) error {
	texts := []*string{&l.Prefix, &l.Delimiter, &l.KeyMarker, &l.NextKeyMarker}
	for i := range l.Entries {
		texts = append(texts, &l.Entries[i].Key)
	}
	for i := range l.CommonPrefixes {
		texts = append(texts, &l.CommonPrefixes[i].Prefix)
	}
	return c.Encode(texts...)
}

package fakes3

import (
	"encoding/xml"

	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/listing"
	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/s3err"
)

const maxKeys = 1000

// list fills a page with the keys after a key, and returns their values.
func (st *store) list(bucket, after string, page *listing.Page) ([]*value, error) {
	st.mu.RLock()
	defer st.mu.RUnlock()
	b := st.buckets[bucket]
	if b == nil {
		return nil, noSuchBucket(bucket)
	}
	page.Fill(b.index, after, func(key string) bool { return b.current(key) != nil })
	values := make([]*value, len(page.Keys))
	for i, key := range page.Keys {
		values[i] = b.current(key)
	}
	return values, nil
}

type listResult struct {
	XMLName        xml.Name     `xml:"ListBucketResult"`
	Xmlns          string       `xml:"xmlns,attr"`
	Name           string       `xml:"Name"`
	Prefix         string       `xml:"Prefix"`
	Marker         *string      `xml:"Marker"`
	NextMarker     string       `xml:"NextMarker,omitempty"`
	StartAfter     string       `xml:"StartAfter,omitempty"`
	Token          string       `xml:"ContinuationToken,omitempty"`
	NextToken      string       `xml:"NextContinuationToken,omitempty"`
	KeyCount       *int         `xml:"KeyCount"`
	MaxKeys        int          `xml:"MaxKeys"`
	Delimiter      string       `xml:"Delimiter,omitempty"`
	EncodingType   string       `xml:"EncodingType,omitempty"`
	IsTruncated    bool         `xml:"IsTruncated"`
	Contents       []listEntry  `xml:"Contents"`
	CommonPrefixes []listPrefix `xml:"CommonPrefixes"`
}

type listEntry struct {
	Key               string   `xml:"Key"`
	LastModified      string   `xml:"LastModified"`
	ETag              string   `xml:"ETag"`
	ChecksumAlgorithm []string `xml:"ChecksumAlgorithm"`
	ChecksumType      string   `xml:"ChecksumType,omitempty"`
	Size              int64    `xml:"Size"`
	StorageClass      string   `xml:"StorageClass"`
	Owner             *owner   `xml:"Owner"`
}

type listPrefix struct {
	Prefix string `xml:"Prefix"`
}

func (s *Server) listObjectsV2(w *response, r *request) error {
	after := r.query.Get("start-after")
	token := r.query.Get("continuation-token")
	if r.has("continuation-token") {
		var err error
		if after, err = listing.Position(token); err != nil || after == "" {
			return s3err.Errorf(s3err.InvalidArgument, "The continuation token provided is incorrect").
				With("ArgumentName", "continuation-token")
		}
	}
	result, page, err := s.listPage(r, after, r.query.Get("fetch-owner") == "true")
	if err != nil {
		return err
	}
	count := len(page.Keys) + len(page.Prefixes)
	result.KeyCount = &count
	result.Token = token
	result.StartAfter = r.query.Get("start-after")
	if page.Truncated {
		result.NextToken = listing.Token(page.Next)
	}
	return result.write(w)
}

func (s *Server) listObjects(w *response, r *request) error {
	marker := r.query.Get("marker")
	result, page, err := s.listPage(r, marker, true)
	if err != nil {
		return err
	}
	result.Marker = &marker
	if page.Truncated && page.Delimiter != "" {
		result.NextMarker = page.Next
	}
	return result.write(w)
}

// listPage lists a page for either version of the operation.
func (s *Server) listPage(r *request, after string, withOwner bool) (*listResult, *listing.Page, error) {
	limit, err := listing.Limit(r.query, "max-keys", maxKeys)
	if err != nil {
		return nil, nil, err
	}
	coding, err := listing.CodingOf(r.query)
	if err != nil {
		return nil, nil, err
	}
	page := &listing.Page{Prefix: r.query.Get("prefix"), Delimiter: r.query.Get("delimiter"), Limit: limit}
	values, err := s.store.list(r.bucket, after, page)
	if err != nil {
		return nil, nil, err
	}
	result := &listResult{
		Xmlns: namespace, Name: r.bucket, MaxKeys: limit, EncodingType: string(coding), IsTruncated: page.Truncated,
	}
	result.Prefix, result.Delimiter = page.Prefix, page.Delimiter
	for i, v := range values {
		e := listEntry{
			Key: page.Keys[i], LastModified: isoTime(v.at), ETag: v.etag, Size: v.size,
			StorageClass: v.attrs.StorageClass(),
		}
		e.ChecksumAlgorithm, e.ChecksumType = v.attrs.Checksum.Listing()
		if withOwner {
			e.Owner = &onlyOwner
		}
		result.Contents = append(result.Contents, e)
	}
	for _, prefix := range page.Prefixes {
		result.CommonPrefixes = append(result.CommonPrefixes, listPrefix{prefix})
	}
	return result, page, nil
}

// write encodes the keys of the listing, and sends it.
func (r *listResult) write(w *response) error {
	texts := []*string{&r.Prefix, &r.Delimiter, &r.StartAfter, &r.NextMarker}
	if r.Marker != nil {
		texts = append(texts, r.Marker)
	}
	for i := range r.Contents {
		texts = append(texts, &r.Contents[i].Key)
	}
	for i := range r.CommonPrefixes {
		texts = append(texts, &r.CommonPrefixes[i].Prefix)
	}
	if err := listing.Coding(r.EncodingType).Encode(texts...); err != nil {
		return err
	}
	return writeXML(w, r)
}

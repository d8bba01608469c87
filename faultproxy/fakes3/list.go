package fakes3

import (
	"encoding/base64"
	"encoding/xml"
	"slices"
	"strconv"
	"strings"

	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/s3err"
)

const maxKeys = 1000

// listing is one page of a bucket: keys and, with a delimiter, the prefixes that stand for the keys
// below them. Both count towards the limit, once each.
type listing struct {
	prefix, delimiter string
	limit             int
	keys              []listedKey
	prefixes          []string
	truncated         bool
	next              string // where the next page goes on: a key, or a prefix as a whole
}

type listedKey struct {
	key string
	*value
}

// list fills a page with what comes after a key. After a prefix that ends in the delimiter comes
// what is not below it, or a page would repeat the prefix it was told to go on from.
func (st *store) list(bucket, after string, page *listing) error {
	st.mu.RLock()
	defer st.mu.RUnlock()
	b := st.buckets[bucket]
	if b == nil {
		return noSuchBucket(bucket)
	}
	if page.limit == 0 {
		return nil
	}
	start, _ := slices.BinarySearch(b.index, max(after, page.prefix))
	for _, key := range b.index[start:] {
		if key == after || b.current(key) == nil {
			continue
		}
		if !strings.HasPrefix(key, page.prefix) || page.add(key, after, b) {
			return nil
		}
	}
	return nil
}

// add takes the next key of the bucket into the page and says whether the page was full already.
func (page *listing) add(key, after string, b *bucket) (full bool) {
	common := commonPrefix(key, page.prefix, page.delimiter)
	if common != "" && (common == after || len(page.prefixes) > 0 && page.prefixes[len(page.prefixes)-1] == common) {
		return false
	}
	if len(page.keys)+len(page.prefixes) == page.limit {
		page.truncated = true
		return true
	}
	if common != "" {
		page.prefixes = append(page.prefixes, common)
		page.next = common
		return false
	}
	page.keys = append(page.keys, listedKey{key, b.current(key)})
	page.next = key
	return false
}

// commonPrefix is the part of key up to the delimiter after prefix, or empty.
func commonPrefix(key, prefix, delimiter string) string {
	if delimiter == "" {
		return ""
	}
	if i := strings.Index(key[len(prefix):], delimiter); i >= 0 {
		return key[:len(prefix)+i+len(delimiter)]
	}
	return ""
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
		if after, err = readToken(token); err != nil || after == "" {
			return s3err.Errorf(s3err.InvalidArgument, "The continuation token provided is incorrect").
				With("ArgumentName", "continuation-token")
		}
	}
	result, page, err := s.listPage(r, after, r.query.Get("fetch-owner") == "true")
	if err != nil {
		return err
	}
	count := len(page.keys) + len(page.prefixes)
	result.KeyCount = &count
	result.Token = token
	result.StartAfter = r.query.Get("start-after")
	if page.truncated {
		result.NextToken = writeToken(page.next)
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
	if page.truncated && page.delimiter != "" {
		result.NextMarker = page.next
	}
	return result.write(w)
}

// listPage is what both versions of the operation share.
func (s *Server) listPage(r *request, after string, withOwner bool) (*listResult, *listing, error) {
	limit, err := limitOf(r, "max-keys", maxKeys)
	if err != nil {
		return nil, nil, err
	}
	coding, err := codingOf(r)
	if err != nil {
		return nil, nil, err
	}
	page := &listing{prefix: r.query.Get("prefix"), delimiter: r.query.Get("delimiter"), limit: limit}
	if err := s.store.list(r.bucket, after, page); err != nil {
		return nil, nil, err
	}
	result := &listResult{
		Xmlns: namespace, Name: r.bucket, MaxKeys: limit, EncodingType: string(coding), IsTruncated: page.truncated,
	}
	result.Prefix, result.Delimiter = page.prefix, page.delimiter
	for _, k := range page.keys {
		e := listEntry{
			Key: k.key, LastModified: isoTime(k.at), ETag: k.etag, Size: k.size,
			ChecksumAlgorithm: []string{k.attrs.checksum.algorithm.Name}, ChecksumType: k.attrs.checksum.kind,
			StorageClass: k.attrs.storageClass(),
		}
		if withOwner {
			e.Owner = &onlyOwner
		}
		result.Contents = append(result.Contents, e)
	}
	for _, prefix := range page.prefixes {
		result.CommonPrefixes = append(result.CommonPrefixes, listPrefix{prefix})
	}
	return result, page, nil
}

// write encodes what the listing holds of keys, and sends it.
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
	if err := coding(r.EncodingType).encode(texts...); err != nil {
		return err
	}
	return writeXML(w, r)
}

// limitOf reads a parameter that bounds a page. More than most is most.
func limitOf(r *request, name string, most int) (int, error) {
	if r.query.Get(name) == "" {
		return most, nil
	}
	n, err := markerOf(r, name)
	return min(n, most), err
}

// markerOf reads a parameter that names a number to go on after.
func markerOf(r *request, name string) (int, error) {
	return numberIn(r.query.Get(name), name, 0)
}

// numberIn reads a number of a client, which may leave it out.
func numberIn(text, name string, absent int) (int, error) {
	if text == "" {
		return absent, nil
	}
	n, err := strconv.ParseInt(text, 10, 32)
	switch {
	case err != nil:
		return 0, s3err.Argument(name, text, "Provided %s not an integer or within integer range", name)
	case n < 0:
		return 0, s3err.Argument(name, text, "Argument %s must be an integer between 0 and 2147483647", name)
	}
	return int(n), nil
}

// writeToken makes an opaque token of a position in a listing.
func writeToken(position string) string {
	return base64.RawURLEncoding.EncodeToString([]byte("1" + position))
}

func readToken(token string) (string, error) {
	if token == "" {
		return "", nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || len(raw) == 0 || raw[0] != '1' {
		return "", s3err.Errorf(s3err.InvalidArgument, "The continuation token provided is incorrect").
			With("ArgumentName", "continuation-token")
	}
	return string(raw[1:]), nil
}

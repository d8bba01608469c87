package memory

import (
	"bytes"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"time"
)

// Listing is what a list was asked for.
type Listing struct {
	Prefix, Delimiter string
	After             string // only keys behind it
}

// holds reports whether a key is listed by itself.
func (l Listing) holds(key string) bool {
	rest, ok := strings.CutPrefix(key, l.Prefix)
	return ok && key > l.After && (l.Delimiter == "" || !strings.Contains(rest, l.Delimiter))
}

var (
	contentsBlock = regexp.MustCompile(`(?s)\s*<Contents>.*?</Contents>`)
	keyElement    = regexp.MustCompile(`(?s)<Key>(.*?)</Key>`)
	keyCount      = regexp.MustCompile(`<KeyCount>\d+</KeyCount>`)
)

// Relist puts keys as they were into a response to ListObjects or ListObjectsV2. A key that existed
// then and does not exist now goes into the page whose keys surround it.
func Relist(content []byte, l Listing, snapshots map[string]*Version) []byte {
	blocks := map[string]string{}
	encoded := bytes.Contains(content, []byte("<EncodingType>url</EncodingType>"))
	for _, block := range contentsBlock.FindAll(content, -1) {
		if m := keyElement.FindSubmatch(block); m != nil {
			blocks[decodeKey(string(m[1]), encoded)] = strings.TrimSpace(string(block))
		}
	}
	last := ""
	for key := range blocks {
		last = max(last, key)
	}
	truncated := bytes.Contains(content, []byte("<IsTruncated>true</IsTruncated>"))
	for key, v := range snapshots {
		delete(blocks, key)
		if v.Status == 200 && l.holds(key) && (!truncated || key < last) {
			blocks[key] = fmt.Sprintf("<Contents><Key>%s</Key><LastModified>%s</LastModified>"+
				"<ETag>%s</ETag><Size>%d</Size><StorageClass>STANDARD</StorageClass></Contents>",
				encodeKey(key, encoded), isoTime(v.Headers["Last-Modified"]), escape(v.Headers["ETag"]), len(v.Body))
		}
	}
	keys := make([]string, 0, len(blocks))
	for key := range blocks {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	var list strings.Builder
	for _, key := range keys {
		list.WriteString(blocks[key])
	}
	at := contentsBlock.FindIndex(content)
	if at == nil {
		end := bytes.LastIndex(content, []byte("</ListBucketResult>"))
		if end < 0 {
			return content
		}
		at = []int{end, end}
	}
	prefixes := bytes.Count(content, []byte("<CommonPrefixes>"))
	out := append(bytes.Clone(content[:at[0]]), list.String()...)
	out = append(out, contentsBlock.ReplaceAll(content[at[0]:], nil)...)
	return keyCount.ReplaceAll(out, []byte("<KeyCount>"+strconv.Itoa(len(keys)+prefixes)+"</KeyCount>"))
}

func encodeKey(key string, encoded bool) string {
	if encoded {
		key = strings.ReplaceAll(url.QueryEscape(key), "%2F", "/")
	}
	return escape(key)
}

var escaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "'", "&#39;")

func escape(s string) string { return escaper.Replace(s) }

var unescaper = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&quot;", `"`, "&#34;", `"`, "&apos;", "'", "&#39;",
	"'", "&amp;", "&")

func decodeKey(key string, encoded bool) string {
	key = unescaper.Replace(key)
	if encoded {
		if plain, err := url.QueryUnescape(key); err == nil {
			key = plain
		}
	}
	return key
}

// isoTime writes an HTTP date as lists do.
func isoTime(date string) string {
	t, err := http.ParseTime(date)
	if err != nil {
		t = time.Unix(0, 0)
	}
	return t.UTC().Format("2006-01-02T15:04:05.000Z")
}

package faultproxy

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"time"
)

func ignoreEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// answerStaleList answers a list with some of its keys as they were: gone, there again, or with their old size and ETag.
func (x *exchange) answerStaleList(past map[string]*version) {
	up := x.c.up
	status := x.resp.status
	up.in.advance(len(x.respRaw))
	content, err := readAll(up.in, x.resp.framing(x.req.Method), maxPast)
	if err != nil {
		x.c.dropUpstream()
		x.end(endUpstream)
		x.linger = true
		return
	}
	x.upstreamDone(up)
	if status == 200 {
		content = staleList(content, x.req.listing(), past)
	}
	x.say(status, "application/xml", nil, content)
}

// listing is what a list was asked for.
type listing struct {
	prefix, delimiter, after string
}

func (r *request) listing() listing {
	var l listing
	eachParam(r.Query, func(_, name, value string) bool {
		switch name {
		case "prefix":
			l.prefix = unescapeQuery(value)
		case "delimiter":
			l.delimiter = unescapeQuery(value)
		case "start-after", "marker":
			l.after = unescapeQuery(value)
		}
		return true
	})
	return l
}

// holds reports whether a key is listed by itself.
func (l listing) holds(key string) bool {
	rest, ok := strings.CutPrefix(key, l.prefix)
	return ok && key > l.after && (l.delimiter == "" || !strings.Contains(rest, l.delimiter))
}

var (
	contentsBlock = regexp.MustCompile(`(?s)\s*<Contents>.*?</Contents>`)
	keyElement    = regexp.MustCompile(`(?s)<Key>(.*?)</Key>`)
	keyCount      = regexp.MustCompile(`<KeyCount>\d+</KeyCount>`)
)

// staleList puts keys as they were into an answer to ListObjects or ListObjectsV2. A key that was there before and is
// not now goes into the page whose keys surround it.
func staleList(content []byte, l listing, past map[string]*version) []byte {
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
	for key, v := range past {
		delete(blocks, key)
		if v.status == 200 && l.holds(key) && (!truncated || key < last) {
			blocks[key] = fmt.Sprintf("<Contents><Key>%s</Key><LastModified>%s</LastModified><ETag>%s</ETag><Size>%d</Size><StorageClass>STANDARD</StorageClass></Contents>",
				encodeKey(key, encoded), isoTime(v.headers["Last-Modified"]), escape(v.headers["ETag"]), len(v.body))
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

var unescaper = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&quot;", `"`, "&#34;", `"`, "&apos;", "'", "&#39;", "'", "&amp;", "&")

func decodeKey(key string, encoded bool) string {
	key = unescaper.Replace(key)
	if encoded {
		key = unescapeQuery(key)
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

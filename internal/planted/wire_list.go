package planted

import (
	"bytes"
	"net/http"
	"regexp"
)

// This file has clients that lose a part of a list.

var (
	nextPage  = regexp.MustCompile(`<NextContinuationToken>[^<]*</NextContinuationToken>`)
	truncated = regexp.MustCompile(`<IsTruncated>true</IsTruncated>`)
	keyCount  = regexp.MustCompile(`<KeyCount>\d+</KeyCount>`)
)

func listing(req *http.Request, r *http.Response) bool {
	return r.StatusCode == http.StatusOK && req.URL.Query().Has("list-type")
}

func lastPage(req *http.Request, r *http.Response) {
	if listing(req, r) {
		body := nextPage.ReplaceAll(readBody(r), nil)
		setBody(r, truncated.ReplaceAll(body, []byte("<IsTruncated>false</IsTruncated>")))
	}
}

func dropKey(req *http.Request, r *http.Response) {
	if !listing(req, r) {
		return
	}
	body := readBody(r)
	end := []byte("</Contents>")
	if i, j := bytes.LastIndex(body, []byte("<Contents>")), bytes.LastIndex(body, end); i >= 0 && j > i {
		body = append(body[:i:i], body[j+len(end):]...)
		body = keyCount.ReplaceAll(body, nil)
	}
	setBody(r, body)
}

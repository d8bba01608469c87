package planted

import (
	"compress/gzip"
	"io"
	"net/http"
	"strings"
)

// This file has clients that take other bytes for the content of an object.

func dropSums(h http.Header) {
	for name := range h {
		if strings.HasPrefix(name, "X-Amz-Checksum-") {
			delete(h, name)
		}
	}
}

// unchecked hides the checksums of responses, and makes each ETag one of a multipart upload, which
// is the MD5 of nothing. The server gets its own ETags back.
func unchecked() wire {
	w := receiving(func(req *http.Request, r *http.Response) {
		dropSums(r.Header)
		if etag := r.Header.Get("ETag"); req.Method == http.MethodGet && !strings.Contains(etag, "-") {
			r.Header.Set("ETag", strings.TrimSuffix(etag, `"`)+partsOfNothing)
		}
	})
	w.send = func(req *http.Request) *http.Response {
		if etag := req.Header.Get("If-Match"); etag != "" {
			req.Header.Set("If-Match", strings.Replace(etag, partsOfNothing, `"`, 1))
		}
		return nil
	}
	return w
}

// cutIsWhole reads each body in advance and shortens its length to what came.
func cutIsWhole() wire {
	w := unchecked()
	receive := w.receive
	w.receive = func(req *http.Request, r *http.Response, err error) (*http.Response, error) {
		r, err = receive(req, r, err)
		if err == nil && req.Method == http.MethodGet && r.StatusCode < 300 && !req.URL.Query().Has("list-type") {
			setBody(r, readBody(r))
		}
		return r, err
	}
	return w
}

const partsOfNothing = `-77"`

func unpack(req *http.Request, r *http.Response) {
	if r.StatusCode >= 300 || req.Method != http.MethodGet || r.Header.Get("Content-Encoding") != "gzip" {
		return
	}
	packed, err := gzip.NewReader(r.Body)
	if err != nil {
		return
	}
	plain, err := io.ReadAll(packed)
	if err != nil {
		return
	}
	dropSums(r.Header)
	r.Header.Del("ETag")
	r.Header.Del("Content-Encoding")
	setBody(r, plain)
}

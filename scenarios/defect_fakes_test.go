package scenarios_test

import (
	"bytes"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
)

// A mutation is a defect of the fake S3. It answers some requests itself and reports whether it
// did; s3 is the fake without the defect.
type mutation func(s3 http.Handler, w http.ResponseWriter, r *http.Request) (answered bool)

// wrap puts the mutation in front of the fake.
func (m mutation) wrap(s3 http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !m(s3, w, r) {
			s3.ServeHTTP(w, r)
		}
	})
}

// put stores other content than the client sent, without a checksum.
func put(s3 http.Handler, r *http.Request, content []byte) *httptest.ResponseRecorder {
	changed := httptest.NewRequest(http.MethodPut, "http://proxy.test"+r.URL.EscapedPath(), bytes.NewReader(content))
	answer := httptest.NewRecorder()
	s3.ServeHTTP(answer, changed)
	return answer
}

// plainBody returns the body that the tool sends, without framing.
func plainBody(r *http.Request) []byte {
	content, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	return content
}

// keepsNothing acknowledges writes but does not store them.
func keepsNothing(_ http.Handler, w http.ResponseWriter, r *http.Request) bool {
	if r.Method != http.MethodPut {
		return false
	}
	plainBody(r)
	w.Header().Set("ETag", `"00000000000000000000000000000000"`)
	return true
}

// keepsHalf acknowledges writes but stores only their first half.
func keepsHalf(s3 http.Handler, w http.ResponseWriter, r *http.Request) bool {
	if r.Method != http.MethodPut {
		return false
	}
	content := plainBody(r)
	replay(w, put(s3, r, content[:len(content)/2]))
	return true
}

// keepsHalfAndRefuses refuses writes but stores their first half.
func keepsHalfAndRefuses(s3 http.Handler, w http.ResponseWriter, r *http.Request) bool {
	if r.Method != http.MethodPut {
		return false
	}
	content := plainBody(r)
	put(s3, r, content[:len(content)/2])
	w.WriteHeader(http.StatusForbidden)
	return true
}

// growsInSteps serves the first half of an object before all of it.
func growsInSteps(s3 http.Handler, w http.ResponseWriter, r *http.Request) bool {
	if r.Method != http.MethodPut {
		return false
	}
	content := plainBody(r)
	put(s3, r, content[:len(content)/2])
	replay(w, put(s3, r, content))
	return true
}

// keepsDeleted acknowledges deletions but keeps the objects.
func keepsDeleted(_ http.Handler, w http.ResponseWriter, r *http.Request) bool {
	if r.Method != http.MethodDelete {
		return false
	}
	w.WriteHeader(http.StatusNoContent)
	return true
}

// keepsUploads acknowledges that a multipart upload is aborted but keeps it.
func keepsUploads(s3 http.Handler, w http.ResponseWriter, r *http.Request) bool {
	return r.URL.Query().Has("uploadId") && keepsDeleted(s3, w, r)
}

// mixesUp answers reads of one key with another object and its checksums.
func mixesUp(s3 http.Handler, w http.ResponseWriter, r *http.Request) bool {
	if r.Method != http.MethodGet || !strings.HasSuffix(r.URL.Path, "/k") {
		return false
	}
	other := r.Clone(r.Context())
	other.URL.Path = strings.TrimSuffix(r.URL.Path, "/k") + "/other"
	other.RequestURI = other.URL.RequestURI()
	s3.ServeHTTP(w, other)
	return true
}

// deniesAll says that no object exists.
func deniesAll(_ http.Handler, w http.ResponseWriter, r *http.Request) bool {
	if r.Method != http.MethodHead {
		return false
	}
	w.WriteHeader(http.StatusNotFound)
	return true
}

// listsGhosts lists a key that never existed.
func listsGhosts(s3 http.Handler, w http.ResponseWriter, r *http.Request) bool {
	if !r.URL.Query().Has("list-type") {
		return false
	}
	answer := httptest.NewRecorder()
	s3.ServeHTTP(answer, r)
	text := strings.Replace(answer.Body.String(), "<Key>k</Key>", "<Key>ghost</Key>", 1)
	answer.Body = bytes.NewBufferString(text)
	answer.Header().Del("Content-Length")
	replay(w, answer)
	return true
}

// undoes reverts a write some time after it was acknowledged: the earlier object comes back.
func undoes() mutation {
	var before sync.Map
	return func(s3 http.Handler, w http.ResponseWriter, r *http.Request) bool {
		switch r.Method {
		case http.MethodPut:
			old := httptest.NewRecorder()
			s3.ServeHTTP(old, httptest.NewRequest(http.MethodGet, "http://proxy.test"+r.URL.EscapedPath(), nil))
			before.Store(r.URL.Path, old.Body.Bytes())
		case http.MethodHead:
			if old, ok := before.LoadAndDelete(r.URL.Path); ok {
				put(s3, r, old.([]byte)) //nolint:forcetypeassert // stored above
			}
		}
		return false
	}
}

func replay(w http.ResponseWriter, answer *httptest.ResponseRecorder) {
	maps.Copy(w.Header(), answer.Header())
	w.WriteHeader(answer.Code)
	_, _ = w.Write(answer.Body.Bytes())
}

package faultproxy_test

import (
	"crypto/md5"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/faultproxy"
	"github.com/s3chaos/s3chaos/faultproxy/faulttest"
)

// shelf is the part of S3 that stale needs: objects, and a list of them.
type shelf struct {
	mu      sync.Mutex
	objects map[string]string
}

func (s *shelf) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, key, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	switch content, ok := s.objects[key]; {
	case r.Method == http.MethodPut:
		body, _ := io.ReadAll(r.Body)
		s.objects[key] = string(body)
	case r.Method == http.MethodDelete:
		delete(s.objects, key)
		w.WriteHeader(http.StatusNoContent)
	case key == "":
		var keys []string
		for k := range s.objects {
			if strings.HasPrefix(k, r.URL.Query().Get("prefix")) {
				keys = append(keys, k)
			}
		}
		slices.Sort(keys)
		fmt.Fprintf(w, "<ListBucketResult><Name>demo</Name><KeyCount>%d</KeyCount>", len(keys))
		for _, k := range keys {
			fmt.Fprint(w, "<Contents><Key>")
			_ = xml.EscapeText(w, []byte(k))
			fmt.Fprintf(w, "</Key><ETag>&quot;%x&quot;</ETag><Size>%d</Size></Contents>", md5.Sum([]byte(s.objects[k])),
				len(s.objects[k]))
		}
		fmt.Fprint(w, "</ListBucketResult>")
	case !ok:
		w.WriteHeader(http.StatusNotFound)
	default:
		w.Header().Set("ETag", fmt.Sprintf("%q", fmt.Sprintf("%x", md5.Sum([]byte(content)))))
		w.Header().Set("Content-Type", "text/plain")
		w.Header().Set("Last-Modified", time.Now().UTC().Format(http.TimeFormat))
		_, _ = io.WriteString(w, content)
	}
}

func TestStaleReturnsTheStateOfItsAge(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lab := faulttest.NewLab(t,
			&shelf{objects: map[string]string{"a": "one", "gone": "soon", "kept & dear": "same"}})
		do := func(method, target, body string, header ...string) (int, string) {
			req, err := http.NewRequestWithContext(t.Context(), method, lab.URL()+target, strings.NewReader(body))
			require.NoError(t, err)
			if len(header) > 0 {
				req.Header.Set(header[0], header[1])
			}
			resp, err := lab.HTTPClient().Do(req)
			require.NoError(t, err)
			got, err := io.ReadAll(resp.Body)
			require.NoError(t, err)
			require.NoError(t, resp.Body.Close())
			return resp.StatusCode, string(got)
		}
		read := func(target string, header ...string) string {
			status, body := do(http.MethodGet, target, "", header...)
			if status >= 400 {
				return fmt.Sprint(status)
			}
			return body
		}
		type listing struct {
			KeyCount int
			Contents []struct {
				Key  string
				Size int
			}
		}
		list := func(query string) string {
			var l listing
			require.NoError(t, xml.Unmarshal([]byte(read("/demo?list-type=2"+query)), &l))
			require.Len(t, l.Contents, l.KeyCount)
			return strings.Trim(fmt.Sprint(l.Contents), "[]")
		}
		lab.Rule("", faultproxy.Stale(10*time.Second))

		time.Sleep(time.Minute)
		assert.Equal(t, "one", read("/demo/a"))
		do(http.MethodPut, "/demo/a", "two!")
		do(http.MethodPut, "/demo/new", "fresh")
		do(http.MethodDelete, "/demo/gone", "")

		assert.Equal(t, "one", read("/demo/a"))
		assert.Equal(t, "ne", read("/demo/a", "Range", "bytes=1-"))
		assert.Equal(t, "412", read("/demo/a", "If-Match", `"other"`))
		assert.Equal(t, "404", read("/demo/new"), "it was not there ten seconds ago")
		assert.Equal(t, "soon", read("/demo/gone"))
		assert.Equal(t, "same", read("/demo/kept%20&%20dear"))
		assert.Equal(t, "{a 3} {gone 4} {kept & dear 4}", list(""))
		assert.Equal(t, "{gone 4}", list("&prefix=g"))
		assert.Equal(t, "", list("&prefix=n"))

		time.Sleep(5 * time.Second)
		do(http.MethodPut, "/demo/a", "three")
		assert.Equal(t, "one", read("/demo/a"))
		time.Sleep(6 * time.Second)
		assert.Equal(t, "two!", read("/demo/a"))
		assert.Equal(t, "fresh", read("/demo/new"))
		assert.Equal(t, "404", read("/demo/gone"))
		time.Sleep(10 * time.Second)
		assert.Equal(t, "three", read("/demo/a"))
		assert.Equal(t, "{a 5} {kept & dear 4} {new 5}", list(""))
	})
}

func TestStaleWithoutAgeReturnsTheStateBeforeTheLastChange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lab := faulttest.NewLab(t, &shelf{objects: map[string]string{"a": "one"}})
		lab.Rule("GetObject", faultproxy.Stale(0), faultproxy.Times(1))
		var got []string
		for _, content := range []string{"two", "three"} {
			req, err := http.NewRequestWithContext(t.Context(), http.MethodPut, lab.URL()+"/demo/a",
				strings.NewReader(content))
			require.NoError(t, err)
			resp, err := lab.HTTPClient().Do(req)
			require.NoError(t, err)
			require.NoError(t, resp.Body.Close())
		}
		for range 2 {
			resp, err := lab.HTTPClient().Get(lab.URL() + "/demo/a")
			require.NoError(t, err)
			body, err := io.ReadAll(resp.Body)
			require.NoError(t, err)
			require.NoError(t, resp.Body.Close())
			got = append(got, string(body))
		}
		assert.Equal(t, []string{"two", "three"}, got)
	})
}

package fakes3_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/s3chaos/s3chaos/faultproxy/fakes3"
)

func BenchmarkNew(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		fakes3.New()
	}
}

func BenchmarkExchange(b *testing.B) {
	for name, size := range map[string]int{"1KiB": 1 << 10, "64KiB": 64 << 10} {
		content := strings.Repeat("x", size)
		for _, method := range []string{"PUT", "GET", "HEAD"} {
			b.Run(method+"/"+name, func(b *testing.B) {
				fake := fakes3.NewWith(fakes3.Options{DiscardHistory: true})
				if err := fake.Put("demo", "k", []byte(content)); err != nil {
					b.Fatal(err)
				}
				b.ReportAllocs()
				for b.Loop() {
					body := ""
					if method == "PUT" {
						body = content
					}
					recorder := httptest.NewRecorder()
					fake.ServeHTTP(recorder, httptest.NewRequest(method, "/demo/k", strings.NewReader(body)))
					if recorder.Code != http.StatusOK {
						b.Fatal(recorder.Code)
					}
				}
			})
		}
	}
}

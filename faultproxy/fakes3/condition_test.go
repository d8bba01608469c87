package fakes3_test

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/faultproxy/fakes3"
)

const (
	etagA   = `"0cc175b9c0f1b6a831c399e269772661"` // MD5 of "a"
	another = `"900150983cd24fb0d6963f7d28e17f72"`
)

func TestReadPreconditions(t *testing.T) {
	at := func(d time.Duration) string { return start2000.Add(d).UTC().Format(http.TimeFormat) }
	cases := map[string]struct {
		headers []string
		status  int
		code    string
	}{
		"match":                {[]string{"If-Match", etagA}, 200, ""},
		"match without quotes": {[]string{"If-Match", strings.Trim(etagA, `"`)}, 200, ""},
		"match any":            {[]string{"If-Match", "*"}, 200, ""},
		"match one of":         {[]string{"If-Match", another + ", " + etagA}, 200, ""},
		"match another":        {[]string{"If-Match", another}, 412, "PreconditionFailed"},
		"none match":           {[]string{"If-None-Match", etagA}, 304, ""},
		"none match, weak":     {[]string{"If-None-Match", "W/" + etagA}, 304, ""},
		"none match another":   {[]string{"If-None-Match", another}, 200, ""},
		"modified since":       {[]string{"If-Modified-Since", at(-time.Second)}, 200, ""},
		"not modified since":   {[]string{"If-Modified-Since", at(0)}, 304, ""},
		"unmodified since":     {[]string{"If-Unmodified-Since", at(0)}, 200, ""},
		"unmodified since before": {
			[]string{"If-Unmodified-Since", at(-time.Second)},
			412,
			"PreconditionFailed",
		},
		"match goes before date": {
			[]string{"If-Match", etagA, "If-Unmodified-Since", at(-time.Second)},
			200,
			"",
		},
		"none match goes before date": {[]string{"If-None-Match", another, "If-Modified-Since", at(0)}, 200, ""},
		"no date": {
			[]string{"If-Modified-Since", "yesterday", "If-Unmodified-Since", "1"},
			200,
			"",
		},
		"a range of what was not changed": {[]string{"If-Match", etagA, "Range", "bytes=0-0"}, 206, ""},
		"a range of what was changed": {
			[]string{"If-Match", another, "Range", "bytes=0-0"},
			412,
			"PreconditionFailed",
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				fake := fakes3.New()
				require.NoError(t, fake.Put("demo", "k", []byte("a")))
				time.Sleep(time.Hour)
				got := exchange(t, fake, "GET", "/demo/k", "", c.headers...)
				got.wants(t, c.status, c.code)
				if c.status == 304 {
					require.Empty(t, got.body)
					require.Equal(t, etagA, got.Header.Get("ETag"))
					require.NotEmpty(t, got.Header.Get("Last-Modified"))
				}
				head := exchange(t, fake, "HEAD", "/demo/k", "", c.headers...)
				require.Equal(t, c.status, head.StatusCode)
				require.Empty(t, head.body)
			})
		})
	}
}

// start2000 is when a bubble's time begins.
var start2000 = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

func TestWritePreconditions(t *testing.T) {
	cases := map[string]struct {
		key     string
		headers []string
		status  int
		code    string
	}{
		"nothing there":            {"new", []string{"If-None-Match", "*"}, 200, ""},
		"something there":          {"k", []string{"If-None-Match", "*"}, 412, "PreconditionFailed"},
		"none match with a tag":    {"k", []string{"If-None-Match", another}, 501, "NotImplemented"},
		"match":                    {"k", []string{"If-Match", etagA}, 200, ""},
		"match another":            {"k", []string{"If-Match", another}, 412, "PreconditionFailed"},
		"match, but nothing there": {"new", []string{"If-Match", etagA}, 404, "NoSuchKey"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			fake := fakes3.New()
			require.NoError(t, fake.Put("demo", "k", []byte("a")))
			before := len(fake.History("demo", c.key))
			exchange(t, fake, "PUT", "/demo/"+c.key, "b", c.headers...).wants(t, c.status, c.code)
			after := len(fake.History("demo", c.key))
			require.Equal(t, c.status == 200, after > before)
		})
	}
}

func TestConditionalDelete(t *testing.T) {
	fake := fakes3.New()
	require.NoError(t, fake.Put("demo", "k", []byte("a")))
	exchange(t, fake, "DELETE", "/demo/k", "", "If-Match", another).wants(t, 412, "PreconditionFailed")
	require.Equal(t, []string{"k"}, fake.Keys("demo"))
	exchange(t, fake, "DELETE", "/demo/k", "", "If-Match", etagA).wants(t, 204, "")
	require.Empty(t, fake.Keys("demo"))
}

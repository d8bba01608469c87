package condition_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/condition"
	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/s3err"
)

var state = &condition.State{
	ETag: `"tag"`, Modified: time.Date(2020, 1, 2, 3, 4, 5, 600_000_000, time.UTC), Size: 7,
}

const (
	same    = "Thu, 02 Jan 2020 03:04:05 GMT"
	earlier = "Thu, 02 Jan 2020 03:04:04 GMT"
)

// codeOf is the code of an S3 error, or empty.
func codeOf(err error) s3err.Code {
	if e := s3err.As(err); e != nil {
		return e.Code
	}
	return ""
}

func TestRead(t *testing.T) {
	for name, c := range map[string]struct {
		headers []string
		code    s3err.Code
	}{
		"none":                              {nil, ""},
		"match":                             {[]string{"If-Match", `"other", "tag"`}, ""},
		"no match":                          {[]string{"If-Match", `"other"`}, s3err.PreconditionFailed},
		"a star":                            {[]string{"If-Match", "*"}, ""},
		"changed since":                     {[]string{"If-Unmodified-Since", earlier}, s3err.PreconditionFailed},
		"not changed since":                 {[]string{"If-Unmodified-Since", same}, ""},
		"match counts, the date does not":   {[]string{"If-Match", `"tag"`, "If-Unmodified-Since", earlier}, ""},
		"known":                             {[]string{"If-None-Match", `W/"tag"`}, s3err.NotModified},
		"not known":                         {[]string{"If-None-Match", `"other"`}, ""},
		"known since":                       {[]string{"If-Modified-Since", same}, s3err.NotModified},
		"changed since the date":            {[]string{"If-Modified-Since", earlier}, ""},
		"no match counts, the date doesn't": {[]string{"If-None-Match", `"other"`, "If-Modified-Since", same}, ""},
		"no date":                           {[]string{"If-Modified-Since", "yesterday"}, ""},
	} {
		h := http.Header{}
		copied := http.Header{}
		for i := 0; i < len(c.headers); i += 2 {
			h.Set(c.headers[i], c.headers[i+1])
			copied.Set("X-Amz-Copy-Source-"+c.headers[i], c.headers[i+1])
		}
		require.Equal(t, c.code, codeOf(condition.Read(h, state)), name)
		if c.code == s3err.NotModified {
			c.code = s3err.PreconditionFailed // a copy has no 304
		}
		require.Equal(t, c.code, codeOf(condition.Copy(copied, state)), name)
	}
}

func TestWriteAndDelete(t *testing.T) {
	for name, c := range map[string]struct {
		header, text  string
		state         *condition.State
		write, delete s3err.Code
	}{
		"match":          {"If-Match", `"tag"`, state, "", ""},
		"no match":       {"If-Match", `"other"`, state, s3err.PreconditionFailed, s3err.PreconditionFailed},
		"nothing there":  {"If-Match", `"tag"`, nil, s3err.NoSuchKey, s3err.NoSuchKey},
		"in the way":     {"If-None-Match", "*", state, s3err.PreconditionFailed, ""},
		"not in the way": {"If-None-Match", "*", nil, "", ""},
		"this size":      {"X-Amz-If-Match-Size", "7", state, "", ""},
		"another size":   {"X-Amz-If-Match-Size", "8", state, "", s3err.PreconditionFailed},
		"this date":      {"X-Amz-If-Match-Last-Modified-Time", same, state, "", ""},
		"another date":   {"X-Amz-If-Match-Last-Modified-Time", earlier, state, "", s3err.PreconditionFailed},
	} {
		h := http.Header{c.header: {c.text}}
		require.Equal(t, c.write, codeOf(condition.Write(h, "k", c.state)), name)
		require.Equal(t, c.delete, codeOf(condition.Delete(h, "k", c.state)), name)
	}
	require.Equal(t, s3err.NotImplemented, codeOf(condition.CheckWrite(http.Header{"If-None-Match": {`"tag"`}})))
	require.NoError(t, condition.CheckWrite(http.Header{"If-None-Match": {"*"}}))
}

func TestAbort(t *testing.T) {
	const name = "X-Amz-If-Match-Initiated-Time"
	require.NoError(t, condition.Abort(http.Header{name: {same}}, state.Modified))
	require.Equal(t, s3err.PreconditionFailed, codeOf(condition.Abort(http.Header{name: {earlier}}, state.Modified)))
}

func TestRangeHolds(t *testing.T) {
	for text, want := range map[string]bool{
		"": true, `"tag"`: true, `"other"`: false, `W/"tag"`: false, same: true, earlier: false,
	} {
		require.Equal(t, want, condition.RangeHolds(http.Header{"If-Range": {text}}, state), text)
	}
}

package fakes3_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/faultproxy/fakes3"
)

func TestRanges(t *testing.T) {
	cases := []struct {
		key, asked      string
		status          int
		content, within string
	}{
		{"ten", "bytes=0-3", 206, "0123", "bytes 0-3/10"},
		{"ten", "bytes=8-", 206, "89", "bytes 8-9/10"},
		{"ten", "bytes=9-9", 206, "9", "bytes 9-9/10"},
		{"ten", "bytes=5-99", 206, "56789", "bytes 5-9/10"},
		{"ten", "bytes=5-99999999999999999999", 206, "56789", "bytes 5-9/10"},
		{"ten", "bytes=-3", 206, "789", "bytes 7-9/10"},
		{"ten", "bytes=-99", 206, "0123456789", "bytes 0-9/10"},
		{"ten", "bytes=10-", 416, "", "bytes */10"},
		{"ten", "bytes=99999999999999999999-", 416, "", "bytes */10"},
		{"ten", "bytes=-0", 416, "", "bytes */10"},
		{"empty", "bytes=0-", 416, "", "bytes */0"},
		{"empty", "bytes=-5", 200, "", ""},
		{"empty", "bytes=-0", 416, "", "bytes */0"},
		// A range that is not understood is ignored.
		{"ten", "bytes=3-2", 200, "0123456789", ""},
		{"ten", "bytes=0-1,3-4", 200, "0123456789", ""},
		{"ten", "bytes=", 200, "0123456789", ""},
		{"ten", "bytes=-", 200, "0123456789", ""},
		{"ten", "bytes=+1-2", 200, "0123456789", ""},
		{"ten", "bytes 0-1", 200, "0123456789", ""},
		{"ten", "lines=0-1", 200, "0123456789", ""},
	}
	fake := fakes3.New()
	require.NoError(t, fake.Put("demo", "ten", []byte("0123456789")))
	require.NoError(t, fake.Put("demo", "empty", nil))
	for _, c := range cases {
		t.Run(c.key+" "+c.asked, func(t *testing.T) {
			got := exchange(t, fake, "GET", "/demo/"+c.key, "", "Range", c.asked)
			require.Equal(t, c.status, got.StatusCode)
			require.Equal(t, c.within, got.Header.Get("Content-Range"))
			if c.status == 416 {
				require.Equal(t, "InvalidRange", got.Code)
				require.Contains(t, string(got.body), "<ActualObjectSize>")
			} else {
				require.Equal(t, c.content, string(got.body))
			}
			head := exchange(t, fake, "HEAD", "/demo/"+c.key, "", "Range", c.asked)
			require.Equal(t, c.status, head.StatusCode)
			require.Empty(t, head.body)
			if c.status != 416 {
				require.Equal(t, got.Header.Get("Content-Length"), head.Header.Get("Content-Length"))
			}
		})
	}
}

func TestRangeAndPartExclude(t *testing.T) {
	fake := fakes3.New()
	require.NoError(t, fake.Put("demo", "k", []byte("0123")))
	exchange(t, fake, "GET", "/demo/k?partNumber=1", "", "Range", "bytes=0-1").wants(t, 400, "InvalidRequest")
	exchange(t, fake, "GET", "/demo/k?partNumber=2", "").wants(t, 416, "InvalidPartNumber")
	exchange(t, fake, "GET", "/demo/k?partNumber=x", "").wants(t, 400, "InvalidArgument")
	got := exchange(t, fake, "GET", "/demo/k?partNumber=1", "")
	got.wants(t, 206, "")
	require.Equal(t, "0123", string(got.body))
}

package oracle

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/faultproxy"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// TestWhatAProgramWasRefusedLast: of a program only its requests and its exit status are known.
func TestWhatAProgramWasRefusedLast(t *testing.T) {
	answer := func(operation string, status int, code string, committed bool) faultproxy.Record {
		return faultproxy.Record{Kind: "exchange", Operation: operation, Bucket: "b", Key: "k", Status: status, ErrorCode: code, Committed: committed, Ended: "complete"}
	}
	stored := answer("PutObject", 200, "", true)
	unheard := answer("PutObject", 0, "", true)
	denied := answer("PutObject", 403, "AccessDenied", false)
	conflict := answer("PutObject", 412, "PreconditionFailed", false)
	for _, c := range []struct {
		name    string
		records []faultproxy.Record
		exitOK  bool
		finding bool
	}{
		{"stored", []faultproxy.Record{stored}, true, false},
		{"refused, and it says so", []faultproxy.Record{denied}, false, false},
		{"refused, and it does not", []faultproxy.Record{denied}, true, true},
		{"refused at first", []faultproxy.Record{answer("PutObject", 503, "SlowDown", false), stored}, true, false},
		{"stored at first", []faultproxy.Record{stored, denied}, true, true},
		{"somebody else's object is there", []faultproxy.Record{conflict}, true, true},
		{"its own object is there", []faultproxy.Record{unheard, conflict}, true, false},
		{"stored, unheard, and then denied", []faultproxy.Record{unheard, denied}, true, true},
		{"its own upload is complete", []faultproxy.Record{answer("CompleteMultipartUpload", 0, "", true), answer("CompleteMultipartUpload", 404, "NoSuchUpload", false)}, true, false},
		{"parts are no object", []faultproxy.Record{answer("UploadPart", 200, "", true), answer("CompleteMultipartUpload", 404, "NoSuchUpload", false)}, true, true},
		{"an error in 200", []faultproxy.Record{answer("CompleteMultipartUpload", 200, "InternalError", false)}, true, true},
		{"a read may be refused", []faultproxy.Record{answer("GetObject", 404, "NoSuchKey", false)}, true, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := &Ledger{Records: c.records, Opaque: true, ExitedOK: c.exitOK}
			found := l.Judge()
			if !c.finding {
				require.Empty(t, found)
				return
			}
			require.Len(t, found, 1)
			require.Equal(t, script.PhantomSuccess, found[0].Kind)
			require.Contains(t, found[0].Got, "the program exited with 0, but S3's last answer to ")
		})
	}
}

package oracle

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/faultproxy"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// TestWhatFollowsFromTheWireAlone: of a program only its requests and its exit status are known.
func TestWhatFollowsFromTheWireAlone(t *testing.T) {
	answer := func(operation string, status int, code string, committed bool) faultproxy.Record {
		return faultproxy.Record{
			Kind: "exchange", Operation: operation, Bucket: "b", Key: "k", Status: status, ErrorCode: code,
			Committed: committed, Ended: "complete",
		}
	}
	struck := func(fault string, r faultproxy.Record) faultproxy.Record {
		r.Fault = fault
		return r
	}
	deletes := func(status int, code string, committed bool, of ...faultproxy.Deletion) faultproxy.Record {
		r := answer("DeleteObjects", status, code, committed)
		r.Key, r.Deletes = "", of
		return r
	}
	stored := answer("PutObject", 200, "", true)
	unheard := answer("PutObject", 0, "", true)
	lost := answer("PutObject", 0, "", false)
	denied := answer("PutObject", 403, "AccessDenied", false)
	conflict := answer("PutObject", 412, "PreconditionFailed", false)
	page := struck("respond: {status: 200, body: html}", answer("PutObject", 200, "", false))
	page.ResponseHeader = map[string]string{"Server": "nginx"}
	gone := faultproxy.Deletion{Key: "k"}
	kept := faultproxy.Deletion{Key: "k", ErrorCode: "AccessDenied"}
	other := faultproxy.Deletion{Key: "other"}
	unknown := deletes(503, "SlowDown", false)
	unknown.RequestSHA256 = "1"
	unknownDone := deletes(200, "", true)
	unknownDone.RequestSHA256 = "2"

	for _, c := range []struct {
		name    string
		records []faultproxy.Record
		failed  bool
		kind    script.Finding
		note    bool
	}{
		{"stored", []faultproxy.Record{stored}, false, "", false},
		{"refused, and it says so", []faultproxy.Record{denied}, true, "", false},
		{"refused, and it does not", []faultproxy.Record{denied}, false, script.PhantomSuccess, false},
		{
			"refused at first",
			[]faultproxy.Record{answer("PutObject", 503, "SlowDown", false), stored},
			false, "", false,
		},
		{"stored at first", []faultproxy.Record{stored, denied}, false, script.PhantomSuccess, false},
		{"another client's object is there", []faultproxy.Record{conflict}, false, script.PhantomSuccess, false},
		{"its own object is there", []faultproxy.Record{unheard, conflict}, false, "", false},
		{"stored, unheard, and then denied", []faultproxy.Record{unheard, denied}, false, script.PhantomSuccess, false},
		{"its own upload is complete", []faultproxy.Record{
			answer("CompleteMultipartUpload", 0, "", true),
			answer("CompleteMultipartUpload", 404, "NoSuchUpload", false),
		}, false, "", false},
		{"parts are no object", []faultproxy.Record{
			answer("UploadPart", 200, "", true), answer("CompleteMultipartUpload", 404, "NoSuchUpload", false),
		}, false, script.PhantomSuccess, false},
		{"parts alone", []faultproxy.Record{answer("UploadPart", 200, "", true)}, false, "", false},
		{"an error in 200", []faultproxy.Record{
			answer("CompleteMultipartUpload", 200, "InternalError", false),
		}, false, script.PhantomSuccess, false},
		{"an error in the 200 of a copy", []faultproxy.Record{
			answer("CopyObject", 200, "InternalError", false),
		}, false, script.PhantomSuccess, false},
		{"a copy", []faultproxy.Record{answer("CopyObject", 200, "", true)}, false, "", false},
		{"an error in the 200 of a put", []faultproxy.Record{
			answer("PutObject", 200, "InternalError", false),
		}, false, script.PhantomSuccess, false},
		{
			"a redirection without a body",
			[]faultproxy.Record{answer("PutObject", 307, "", false)},
			false, script.PhantomSuccess, false,
		},
		{
			"a redirection that was followed",
			[]faultproxy.Record{answer("PutObject", 307, "", false), stored},
			false, "", false,
		},
		{"an error sent in place of the answer to what was stored", []faultproxy.Record{
			answer("PutObject", 500, "InternalError", true),
		}, false, "", false},
		{"no answer, nothing stored", []faultproxy.Record{lost}, false, script.LostWrite, false},
		{"no answer at first", []faultproxy.Record{lost, stored}, false, "", false},
		{"a page in place of an answer", []faultproxy.Record{page}, false, script.LostWrite, false},
		{"a success that stored nothing", []faultproxy.Record{
			struck("respond: {status: 200}", answer("PutObject", 200, "", false)),
		}, false, script.LostWrite, true},
		{"a delete that is answered with the truth of another", []faultproxy.Record{
			struck("respond: {status: 404}", answer("DeleteObject", 404, "NoSuchKey", false)),
		}, false, script.PhantomSuccess, true},
		{"deleted", []faultproxy.Record{deletes(200, "", true, gone, other)}, false, "", false},
		{"not deleted", []faultproxy.Record{deletes(200, "", true, other, kept)}, false, script.PhantomSuccess, false},
		{"not deleted at first", []faultproxy.Record{
			deletes(200, "", true, other, kept), deletes(200, "", true, gone),
		}, false, "", false},
		{"deleted one by one instead", []faultproxy.Record{
			deletes(501, "NotImplemented", false, gone), answer("DeleteObject", 204, "", true),
		}, false, "", false},
		{
			"all deletions refused",
			[]faultproxy.Record{deletes(503, "SlowDown", false, gone)},
			false, script.PhantomSuccess, false,
		},
		{
			"deleted, but answered with an error",
			[]faultproxy.Record{deletes(503, "SlowDown", true, gone)},
			false, "", false,
		},
		{"refused, of keys unknown", []faultproxy.Record{unknown, unknownDone}, false, script.PhantomSuccess, false},
		{"a read may be refused", []faultproxy.Record{answer("GetObject", 404, "NoSuchKey", false)}, false, "", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := &Ledger{Records: c.records, Opaque: true, ExitedOK: !c.failed}
			found := l.Judge()
			if c.kind == "" {
				require.Empty(t, found)
				return
			}
			require.Len(t, found, 1)
			require.Equal(t, c.kind, found[0].Kind, found[0].Got)
			require.Contains(t, found[0].Got, "the program exited with 0, but ")
			severity := Fail
			if c.note {
				severity = Note
			}
			require.Equal(t, severity, found[0].Severity, found[0].Got)
			require.NotEmpty(t, found[0].Evidence)
		})
	}
}

package knowable

import (
	"slices"

	"github.com/s3chaos/s3chaos/faultproxy"
)

// A Row says whether a client could know that a response was not S3's own, whole and current one,
// and why.
type Row struct {
	Fault      string   // the fault's name in the format: "respond"
	Saw        Sign     // what the client saw; empty: anything
	Operations []string // S3's names of the operations; nil: every operation
	Knowable   bool
	Why        string // in one sentence, without a full stop
}

// Operations whose response has a result that S3 always sends: a document, an upload id or the ETag
// of a part.
var withResult = []string{
	"ListObjects", "ListObjectsV2", "ListObjectVersions", "ListMultipartUploads", "ListParts", "ListBuckets",
	"CreateMultipartUpload", "CompleteMultipartUpload", "UploadPart", "UploadPartCopy", "CopyObject", "DeleteObjects",
}

// Operations whose 404 is an answer about the object, not about the request.
var askForObject = []string{"GetObject", "HeadObject", "GetObjectAttributes", "DeleteObject"}

// Operations whose response is an object, or says how long it is.
var askForContent = []string{"GetObject", "HeadObject"}

// Table holds every fault there is. The first row that fits an exchange is the exchange's.
var Table = []Row{
	{"respond", Foreign, nil, true, "the response has none of S3's headers"},
	{"respond", ErrorInBody, nil, true, "the body has an <Error>"},
	{"respond", Contradictory, nil, true, "the list contradicts itself"},
	{"respond", Redirected, nil, true, "a redirection is no success"},
	{"respond", Missing, askForObject, false, "S3 sends the same response for an object that is not there"},
	{"respond", Refused, nil, true, "the status is an error's"},
	{"respond", Missing, nil, true, "the status is an error's"},
	{"respond", Fabricated, nil, false, "the made-up result has the shape of S3's"},
	{"respond", Accepted, withResult, true, "the response lacks the result that S3 sends with it"},
	{"respond", Accepted, nil, false, "S3 sends the same response for a success"},
	{"respond", NoResponse, nil, true, "no whole response came"},
	{"ok_with_error", Accepted, nil, false, "S3 sends the same response for a success, and HEAD has no body"},
	{"ok_with_error", "", nil, true, "the body is an <Error> document"},
	{"whitespace", "", nil, true, "the response is S3's own, only later"},
	{"timeout", "", nil, true, "no response came"},
	{"latency", "", nil, true, "the response is S3's own, only later"},
	{"reset_peer", "", nil, true, "the connection was reset"},
	{"close_early", "", nil, true, "the body is shorter than the object, and S3 announces the length of each object"},
	{"bandwidth", "", nil, true, "the response is S3's own, only slower"},
	{"slicer", "", nil, true, "the response is S3's own, only slower"},
	{"stall", "", nil, true, "the response is S3's own, only later"},
	{"corrupt", Protected, nil, true, "a checksum or a signature does not fit the bytes"},
	{"corrupt", "", nil, false, "no checksum and no signature covers the bytes"},
	{"refuse", "", nil, true, "there was no connection"},
	{"dns", "", nil, true, "there was no address"},
	{"connect_timeout", "", nil, true, "there was no connection"},
	{"tls", "", nil, true, "the handshake failed"},
	{"malformed", "", nil, true, "the response is not HTTP"},
	{"idle_close", "", nil, true, "the connection was closed, or no response came"},
	{"continue", "", nil, true, "the final response is S3's own"},
	{"redirect", "", nil, true, "a redirection is no success"},
	{"stale", "", nil, false, "S3 sent the same response at an earlier time"},
	{"throttle", "", nil, true, "the status is an error's"},
	{"shorten", Protected, nil, true, "a checksum does not fit the bytes"},
	{"shorten", Ranged, nil, true, "the response has fewer bytes than the range that the client asked for"},
	{"shorten", Exposed, askForContent, false, "S3 sends the same response for a shorter object"},
	{"shorten", "", nil, true, "the document breaks off"},
	{"edit", Foreign, nil, true, "the response has none of S3's headers"},
	{"edit", ErrorInBody, nil, true, "the body is an <Error> document"},
	{"edit", Redirected, nil, true, "a redirection is no success"},
	{"edit", Missing, askForObject, false, "S3 sends the same response for an object that is not there"},
	{"edit", Missing, nil, true, "the status is an error's"},
	{"edit", Refused, nil, true, "the status is an error's"},
	{"edit", NoResponse, nil, true, "no whole response came"},
	{"edit", "", nil, false, "S3 sends the same headers for another object"},
	{"delete_errors", "", nil, true, "the response names each key that was not deleted"},
	{"list", Incomplete, nil, false, "S3 sends the same list if there are no other objects"},
	{"list", "", nil, true, "the list contradicts itself"},
	{"duplicate", "", nil, true, "the response is S3's own, and a lookup shows what the object holds"},
	{"commit_late", "", nil, false, "S3 handled the request after the client had its answer"},
	{"replace", "", nil, true, "the response is S3's own, and If-Match shows that the object has changed"},
}

// Of returns the row of an exchange. It reports false for an exchange without a fault, and for a
// fault that the table does not know. If several faults acted together, the row is the first one of
// a response that the client could not know, if there is one and the response came whole, and the
// last one otherwise.
func Of(r faultproxy.Record) (row Row, found bool) {
	for _, f := range r.Firings() {
		alone := r
		alone.Rule, alone.Fault, alone.Fired = f.Rule, f.Fault, nil
		of, ok := Lookup(r.Operation, kindOf(f.Fault), Saw(alone))
		if !ok {
			return Row{}, false
		}
		if row, found = of, true; !of.Knowable && (r.Ended == "complete" || r.Ended == "") {
			return row, true
		}
	}
	return row, found
}

// Own reports whether the client received S3's own response, whole and current. A fault only made
// it late, or sent a read twice.
func Own(r faultproxy.Record) bool {
	slow := []string{"latency", "bandwidth", "slicer", "stall", "whitespace", "continue"}
	reads := r.Method == "GET" || r.Method == "HEAD"
	return r.Ended == "complete" && !slices.ContainsFunc(r.Firings(), func(f faultproxy.Firing) bool {
		return !slices.Contains(slow, f.Kind()) && !(reads && f.Kind() == "duplicate")
	})
}

// Lookup returns the first row for an operation, a fault's name and a sign, and whether the table
// has it.
func Lookup(operation, fault string, saw Sign) (Row, bool) {
	for _, row := range Table {
		if row.Fault == fault && (row.Saw == "" || row.Saw == saw) &&
			(row.Operations == nil || slices.Contains(row.Operations, operation)) {
			return row, true
		}
	}
	return Row{}, false
}

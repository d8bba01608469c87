package faultproxy

import (
	"bytes"
	"cmp"
	"encoding/xml"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/s3chaos/s3chaos/faultproxy/internal/identity"
	"github.com/s3chaos/s3chaos/faultproxy/internal/s3api"
	"github.com/s3chaos/s3chaos/faultproxy/internal/wire"
	"github.com/s3chaos/s3chaos/faultproxy/journal"
)

// answer is a response that the proxy makes itself.
type answer struct {
	status  int
	code    string // S3 error code
	message string
	headers map[string]string
	body    string // ErrorBody of the fault respond; "": xml

	contentType string // "": the usual one of the body
	details     string // elements of the error document that belong to the code
}

// usual returns the answer with defaults for its empty fields: the status from the code, the code
// from the status, and the message from the code.
func (a answer) usual() answer {
	if a.status == 0 {
		a.status = cmp.Or(s3api.ErrorStatus(a.code), 503)
	}
	if a.code == "" && a.status >= 400 {
		a.code = s3api.UsualCode(a.status)
	}
	if a.message == "" {
		a.message = s3api.ErrorMessage(a.code)
	}
	return a
}

// answerError sends the answer with an S3 error document, or with the body that a.body names. It
// reports whether the client received it.
func (x *exchange) answerError(a answer) bool {
	content, contentType := x.document(a)
	contentType = cmp.Or(a.contentType, contentType)
	server := serverS3
	switch ErrorBody(a.body) {
	case BodyHTML:
		server = serverBalancer
	case BodyEmpty:
	case "", BodyXML, BodyMalformedXML, BodyTruncatedXML:
		x.out.code = a.code
	default:
		x.out.code = errorCodeIn(content)
		if a.status >= 300 && !strings.Contains(cmp.Or(headerOf(a.headers, "Content-Type"), contentType), "xml") {
			server = serverBalancer // S3 sends no error but XML
		}
	}
	return x.sendResponseAs(server, a.status, contentType, a.headers, content)
}

// errorCodeIn returns the code of an S3 error document, or "" if the content is something else.
func errorCodeIn(content []byte) string {
	var document struct {
		XMLName xml.Name `xml:"Error"`
		Code    string   `xml:"Code"`
	}
	if xml.Unmarshal(content, &document) != nil {
		return ""
	}
	return document.Code
}

// The values of the header Server: S3's, and that of the load balancer whose pages `body: html`
// imitates.
const (
	serverS3       = "AmazonS3"
	serverBalancer = "nginx"
)

// sendResponse sends a response with the headers of S3.
func (x *exchange) sendResponse(status int, contentType string, headers map[string]string, content []byte) bool {
	return x.sendResponseAs(serverS3, status, contentType, headers, content)
}

// sendResponseAs sends a response with the headers of S3 or of the load balancer.
func (x *exchange) sendResponseAs(
	server string, status int, contentType string, headers map[string]string, content []byte,
) bool {
	head := x.answerHead(server, status, contentType, headers, fmt.Sprintf("Content-Length: %d\r\n", len(content)))
	if x.req.Method == "HEAD" || bodiless(status) {
		content = nil
	}
	return x.sendMessage(status, head, content)
}

// sendMessage sends a response that the proxy has made, as the shaping rules have it.
func (x *exchange) sendMessage(status int, head, content []byte) bool {
	framing := wire.Framing{Kind: wire.ByLength, Length: int64(len(content))}
	return x.sendMade(reply{status: status, head: head, framing: framing}, func(to sink) error {
		if len(content) == 0 {
			return nil
		}
		return to.put(content, true)
	})
}

// sendMade sends a response that the proxy has made, as the shaping rules have it: body puts its
// body into a sink. A body that ends with the connection is sent without the framing of chunks.
func (x *exchange) sendMade(r reply, body func(to sink) error) bool {
	if !x.prepare(&r) {
		return false
	}
	x.noteHead(r.status, r.head)
	if x.shapesResponse() || r.framing.Kind != wire.ByLength {
		x.out.answeredAt = x.p.now()
	}
	to := x.toClient(nil, r.framing.Kind == wire.ByClose)
	err := x.out.Gather(r.head)
	if err == nil {
		err = body(to)
	}
	if err == nil {
		err = to.end()
	}
	if err != nil {
		return errors.Is(err, errCut) || x.lost()
	}
	x.linger = !x.keep
	return true
}

// answerHead returns the head of a response that the proxy makes itself, with this header line for
// the end of the body, and decides whether the connection stays open. Only S3 sends a request id.
func (x *exchange) answerHead(
	server string, status int, contentType string, headers map[string]string, framing string,
) []byte {
	x.decideKeep()
	var b bytes.Buffer
	fmt.Fprintf(&b, "HTTP/1.1 %d %s\r\n", status, reason(status, x.out.code))
	own := func(name, value string) {
		if !hasHeader(headers, name) {
			b.WriteString(name + ": " + value + "\r\n")
		}
	}
	if server == serverS3 {
		own("x-amz-request-id", fmt.Sprintf("%016X", identity.Mix(x.req.IdentityHash, uint64(x.req.Nth))))
	}
	own("Date", time.Now().UTC().Format(http.TimeFormat))
	own("Server", server)
	if contentType != "" && !bodiless(status) {
		own("Content-Type", contentType)
	}
	for _, name := range slices.Sorted(maps.Keys(headers)) {
		fmt.Fprintf(&b, "%s: %s\r\n", name, headers[name])
	}
	if !bodiless(status) {
		b.WriteString(framing)
	}
	if !x.keep {
		b.WriteString("Connection: close\r\n")
	}
	b.WriteString("\r\n")
	return b.Bytes()
}

// decideKeep decides whether the connection stays open after a response that the proxy has made.
func (x *exchange) decideKeep() {
	x.stopPump()
	if !x.in.done || x.ended != "" || x.entry != nil && !x.in.head.Persistent() {
		x.keep = false
	}
}

// bodiless reports whether no response with this status has a body.
func bodiless(status int) bool { return status == 204 || status == 304 }

func reason(status int, code string) string {
	if status == 503 && code == "SlowDown" {
		return "Slow Down" // S3's reason phrase, not HTTP's
	}
	if text := http.StatusText(status); text != "" {
		return text
	}
	return "Status " + strconv.Itoa(status)
}

// document returns the body of an answer and its content type.
func (x *exchange) document(a answer) ([]byte, string) {
	document := fmt.Sprintf("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"+
		"<Error><Code>%s</Code><Message>%s</Message>%s"+
		"<Resource>%s</Resource><RequestId>%016X</RequestId></Error>",
		escape(a.code), escape(a.message), a.details, escape(x.req.Path),
		identity.Mix(x.req.IdentityHash, uint64(x.req.Nth)))
	switch a.body {
	case "html":
		return fmt.Appendf(nil, "<html>\r\n<head><title>%d %s</title></head>\r\n<body>\r\n"+
			"<center><h1>%[1]d %[2]s</h1></center>\r\n</body>\r\n</html>\r\n",
			a.status, http.StatusText(a.status)), "text/html"
	case "malformed_xml":
		return []byte(strings.Replace(document, "</Message>", "</Massage>", 1)), "application/xml"
	case "truncated_xml":
		return []byte(document[:strings.Index(document, "<Message>")+len("<Mess")]), "application/xml"
	case "empty":
		return nil, ""
	case "", "xml":
		return []byte(document), "application/xml"
	}
	if strings.HasPrefix(a.body, "<?xml") {
		return []byte(a.body), "application/xml"
	}
	return []byte(a.body), "text/plain"
}

var escaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "'", "&#39;")

func escape(s string) string { return escaper.Replace(s) }

// refuse answers a request that is not valid HTTP with 400, and closes the connection, because the
// proxy cannot tell where the next request starts.
func (x *exchange) refuse(err error) {
	x.in.raw = nil
	x.record(x.c.newEntry())
	x.p.admit()
	x.answerBad(err)
	x.finish()
}

// answerBad answers 400 to a head or body that is not valid HTTP.
func (x *exchange) answerBad(err error) {
	a := answer{
		status: 400, code: "BadRequest",
		message: "An error occurred when parsing the HTTP request: " + err.Error(),
	}
	if errors.Is(err, wire.ErrHeadTooLarge) {
		a.code, a.message = "RequestHeaderSectionTooLarge",
			"Your request header section exceeds the maximum allowed size."
	}
	if errors.Is(err, errStalledHead) {
		a.code = "RequestTimeout"
		a.message = s3api.ErrorMessage(a.code)
	}
	x.p.cfg.Logger.Warn("bad request", "conn", x.c.id, "error", err)
	x.entry.Update(func(r *Record) { r.Why = shortly(err) })
	x.end(journal.EndBad)
	x.answerError(a)
}

// shortly returns the text of an error without the addresses of the connection, which differ from
// run to run.
func shortly(err error) string {
	var op *net.OpError
	if errors.As(err, &op) && op.Err != nil {
		return op.Op + ": " + op.Err.Error()
	}
	return err.Error()
}

// withHeader returns a copy of headers with one more. It returns headers unchanged if they have
// that name already, in any case.
func withHeader(headers map[string]string, name, value string) map[string]string {
	if hasHeader(headers, name) {
		return headers
	}
	more := map[string]string{name: value}
	maps.Copy(more, headers)
	return more
}

func hasHeader(headers map[string]string, wanted string) bool {
	for name := range headers {
		if strings.EqualFold(name, wanted) {
			return true
		}
	}
	return false
}

// headerOf returns the value of a header whose name may be written in any case, or "".
func headerOf(headers map[string]string, wanted string) string {
	for name, value := range headers {
		if strings.EqualFold(name, wanted) {
			return value
		}
	}
	return ""
}

package faultproxy

import "bytes"

// bodyKind says how a message's body ends.
type bodyKind int

const (
	noBody bodyKind = iota
	byLength
	byChunks
	byClose
)

// framing is where a body ends.
type framing struct {
	kind   bodyKind
	length int64 // byLength
}

// requestHead is a parsed request line and what the proxy must know of the rest.
type requestHead struct {
	fields
	method, target span // in the raw head
	lines          int  // where the header lines begin
	old            bool // HTTP/1.0
}

// parseRequest reads a whole head, and adds to lines where its header lines stand.
func parseRequest(raw []byte, lines *[]line) (h requestHead, err error) {
	end := bytes.IndexByte(raw, '\n') + 1
	line := raw[:end-2]
	first := bytes.IndexByte(line, ' ')
	last := bytes.LastIndexByte(line, ' ')
	if first <= 0 || last <= first+1 {
		return h, bad("a request line without method, target and version")
	}
	method, target, version := line[:first], line[first+1:last], line[last+1:]
	if !tokenBytes(method) || string(method) == "CONNECT" {
		return h, bad("a method that cannot be forwarded")
	}
	for _, c := range target {
		if c <= ' ' || c == 0x7f {
			return h, bad("a space or control character in the target")
		}
	}
	if !validTarget(method, target) {
		return h, bad("a target that is neither a path nor a URL")
	}
	switch string(version) {
	case "HTTP/1.1":
	case "HTTP/1.0":
		h.old = true
	default:
		return h, bad("a version other than HTTP/1.0 and HTTP/1.1")
	}
	h.method, h.target, h.lines = span{0, first}, span{first + 1, last}, end
	if h.fields, err = parseFields(raw, end, lines); err != nil {
		return h, err
	}
	switch {
	case h.hosts > 1 || h.hosts == 0 && !h.old:
		return h, bad("%d Host lines in place of one", h.hosts)
	case h.chunked && h.old:
		return h, bad("Transfer-Encoding in HTTP/1.0")
	}
	if h.old {
		h.expect = false
	}
	return h, nil
}

func validTarget(method, target []byte) bool {
	return target[0] == '/' || string(target) == "*" && string(method) == "OPTIONS" ||
		bytes.HasPrefix(target, []byte("http://")) || bytes.HasPrefix(target, []byte("https://"))
}

// framing is how the request's body ends.
func (h *requestHead) framing() framing {
	switch {
	case h.chunked:
		return framing{kind: byChunks}
	case h.length > 0:
		return framing{byLength, h.length}
	}
	return framing{}
}

// keepAlive reports whether the client wants to use the connection again.
func (h *requestHead) persistent() bool {
	return !h.close && (!h.old || h.keepAlive)
}

// responseHead is a parsed status line and what the proxy must know of the rest.
type responseHead struct {
	fields
	status int
	old    bool
	lines  int // where the header lines begin
}

// parseResponse reads a whole head.
func parseResponse(raw []byte) (h responseHead, err error) {
	end := bytes.IndexByte(raw, '\n') + 1
	line := raw[:end-2]
	if len(line) < len("HTTP/1.1 200") || !bytes.HasPrefix(line, []byte("HTTP/1.")) || line[8] != ' ' || len(line) > 12 && line[12] != ' ' {
		return h, bad("a status line that is none")
	}
	switch line[7] {
	case '1':
	case '0':
		h.old = true
	default:
		return h, bad("a version other than HTTP/1.0 and HTTP/1.1")
	}
	n, ok := decimal(line[9:12])
	if !ok || n < 100 || n > 999 || !isFieldValue(line[12:]) {
		return h, bad("a status that is none")
	}
	h.status, h.lines = int(n), end
	if h.fields, err = parseFields(raw, end, nil); err != nil {
		return h, err
	}
	if h.chunked && h.old {
		return h, bad("Transfer-Encoding in HTTP/1.0")
	}
	return h, nil
}

// framing is how the body of the answer to a request with that method ends.
func (h *responseHead) framing(method string) framing {
	switch {
	case method == "HEAD", h.status < 200, h.status == 204, h.status == 304:
		return framing{}
	case h.chunked:
		return framing{kind: byChunks}
	case h.length > 0:
		return framing{byLength, h.length}
	case h.length == 0:
		return framing{}
	}
	return framing{kind: byClose}
}

// persistent reports whether the sender keeps the connection open.
func (h *responseHead) persistent() bool {
	return !h.close && (!h.old || h.keepAlive)
}

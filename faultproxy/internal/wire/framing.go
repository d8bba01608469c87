package wire

import "bytes"

// Kind says how a message's body ends.
type Kind int

const (
	NoBody Kind = iota
	ByLength
	ByChunks
	ByClose
)

// Framing says how and where a body ends.
type Framing struct {
	Kind   Kind
	Length int64 // of a body with Kind ByLength
}

// RequestHead is a parsed request line, with the header lines that decide about framing.
type RequestHead struct {
	Fields
	Method, Target Span // places in the raw head
	Lines          int  // where the header lines begin
	Old            bool // HTTP/1.0
}

// ParseRequest parses a whole head, and appends the places of its header lines to lines. own is the
// name, in lower case, of a header whose line Fields.Own returns, so that the caller can remove it;
// "" means no header.
func ParseRequest(raw []byte, own string, lines *[]Line) (h RequestHead, err error) {
	end := bytes.IndexByte(raw, '\n') + 1
	line := raw[:end-2]
	first := bytes.IndexByte(line, ' ')
	last := bytes.LastIndexByte(line, ' ')
	if first <= 0 || last <= first+1 {
		return h, Malformed("a request line without method, target and version")
	}
	method, target, version := line[:first], line[first+1:last], line[last+1:]
	if string(method) == "PRI" && string(version) == "HTTP/2.0" {
		return h, Malformed("the preface of HTTP/2, which the proxy does not speak: want 1.1")
	}
	if !tokenBytes(method) || string(method) == "CONNECT" {
		return h, Malformed("a method that cannot be forwarded")
	}
	for _, c := range target {
		if c <= ' ' || c == 0x7f {
			return h, Malformed("a space or control character in the target")
		}
		if c == '#' {
			return h, Malformed("a fragment in the target")
		}
	}
	if !validTarget(method, target) {
		return h, Malformed("a target that is neither a path nor a URL")
	}
	switch string(version) {
	case "HTTP/1.1":
	case "HTTP/1.0":
		h.Old = true
	default:
		return h, Malformed("a version other than HTTP/1.0 and HTTP/1.1")
	}
	h.Method, h.Target, h.Lines = Span{0, first}, Span{first + 1, last}, end
	if h.Fields, err = parseFields(raw, end, own, lines); err != nil {
		return h, err
	}
	switch {
	case h.hosts > 1 || h.hosts == 0 && !h.Old:
		return h, Malformed("%d Host lines: want 1", h.hosts)
	case h.badHost:
		return h, Malformed("a Host that is not a host and a port")
	case h.Chunked && h.Old:
		return h, Malformed("Transfer-Encoding in HTTP/1.0")
	}
	if h.Old {
		h.Expect = false
	}
	return h, nil
}

func validTarget(method, target []byte) bool {
	return target[0] == '/' || string(target) == "*" && string(method) == "OPTIONS" ||
		bytes.HasPrefix(target, []byte("http://")) || bytes.HasPrefix(target, []byte("https://"))
}

// Framing returns how the request's body ends.
func (h *RequestHead) Framing() Framing {
	switch {
	case h.Chunked:
		return Framing{Kind: ByChunks}
	case h.Length > 0:
		return Framing{ByLength, h.Length}
	}
	return Framing{}
}

// Persistent reports whether the client wants to use the connection again.
func (h *RequestHead) Persistent() bool {
	return !h.Close && (!h.Old || h.KeepAlive)
}

// ResponseHead is a parsed status line, with the header lines that decide about framing.
type ResponseHead struct {
	Fields
	Status int
	Old    bool
	Lines  int // where the header lines begin
}

// ParseResponse parses a whole head.
func ParseResponse(raw []byte) (h ResponseHead, err error) {
	end := bytes.IndexByte(raw, '\n') + 1
	line := raw[:end-2]
	if len(line) < len("HTTP/1.1 200") || !bytes.HasPrefix(line, []byte("HTTP/1.")) || line[8] != ' ' ||
		len(line) > 12 && line[12] != ' ' {
		return h, Malformed("an invalid status line")
	}
	switch line[7] {
	case '1':
	case '0':
		h.Old = true
	default:
		return h, Malformed("a version other than HTTP/1.0 and HTTP/1.1")
	}
	n, ok := decimal(line[9:12])
	if !ok || n < 100 || n > 999 || !isFieldValue(line[12:]) {
		return h, Malformed("an invalid status code")
	}
	h.Status, h.Lines = int(n), end
	if h.Fields, err = parseFields(raw, end, "", nil); err != nil {
		return h, err
	}
	if h.Chunked && h.Old {
		return h, Malformed("Transfer-Encoding in HTTP/1.0")
	}
	return h, nil
}

// Framing returns how the response's body ends if the request had this method.
func (h *ResponseHead) Framing(method string) Framing {
	switch {
	case method == "HEAD", h.Status < 200, h.Status == 204, h.Status == 304:
		return Framing{}
	case h.Chunked:
		return Framing{Kind: ByChunks}
	case h.Length > 0:
		return Framing{ByLength, h.Length}
	case h.Length == 0:
		return Framing{}
	}
	return Framing{Kind: ByClose}
}

// Persistent reports whether the sender keeps the connection open.
func (h *ResponseHead) Persistent() bool {
	return !h.Close && (!h.Old || h.KeepAlive)
}

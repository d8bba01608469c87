package retry

import "strings"

// net/http exports a type for the stream errors of HTTP/2 only. GOAWAY, a lost connection and the
// rest are known by their texts. This file holds both.

// http2Codes are the error codes of HTTP/2 by number (RFC 9113, section 7).
var http2Codes = [...]struct {
	name  string
	class Class
}{
	{"NO_ERROR", ClassTransient}, // the server shuts down, or answered before it read the request
	{"PROTOCOL_ERROR", ClassTransient},
	{"INTERNAL_ERROR", ClassTransient}, // also what a handler that aborts sends
	{"FLOW_CONTROL_ERROR", ClassTransient},
	{"SETTINGS_TIMEOUT", ClassTimeout},
	{"STREAM_CLOSED", ClassTransient},
	{"FRAME_SIZE_ERROR", ClassTransient},
	{"REFUSED_STREAM", ClassTransient}, // the server did not process the request
	{"CANCEL", ClassTransient},
	{"COMPRESSION_ERROR", ClassTransient},
	{"CONNECT_ERROR", ClassTransient},
	{"ENHANCE_YOUR_CALM", ClassThrottle},
	{"INADEQUATE_SECURITY", ClassPermanent},
	{"HTTP_1_1_REQUIRED", ClassPermanent},
}

// http2Class returns the class of a code. RFC 9113 treats unknown codes as INTERNAL_ERROR.
func http2Class(code uint32) Class {
	if code < uint32(len(http2Codes)) {
		return http2Codes[code].class
	}
	return ClassTransient
}

// http2WordClass returns the class of a code by its name.
func http2WordClass(word string) Class {
	for _, row := range http2Codes {
		if row.name == word {
			return row.class
		}
	}
	return ClassUnknown
}

// isHTTP2 reports whether a text is that of an HTTP/2 error, so that words in capitals are its
// codes.
func isHTTP2(text string) bool {
	return strings.Contains(text, "http2: ") || strings.Contains(text, "stream error: stream ID") ||
		strings.Contains(text, "connection error: ")
}

// http2Phrases are how net/http says that the connection under a request has ended, in lower case.
var http2Phrases = []string{
	"client connection lost", "client conn is closed", "client conn not usable", "client conn could not be established",
	"client connection force closed via clientconn.close", "graceful shutdown goaway", "server sent goaway",
	"received goaway", "unknown error code", "no cached connection was available",
}

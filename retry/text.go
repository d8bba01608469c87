package retry

import "strings"

// This file classifies an error by its text, for errors whose types say nothing. It holds the
// phrases and words; words.go splits a text.

// Phrases in lower case. neverPhrases come first: an error that has both kinds is not retried.
var (
	neverPhrases = []string{
		"file not found", "no such file", "no such file or directory", "permission denied", "access denied",
		"invalid argument", "validation error", "404 not found", "403 forbidden", "400 bad request", "x509",
		"server gave http response to https client", "unsupported protocol scheme",
	}
	throttlePhrases  = []string{"too many requests", "slow down", "please reduce your request rate"}
	transientPhrases = []string{
		"connection refused", "connection reset", "network is unreachable", "network unreachable", "no such host",
		"no route to host", "host is down", "temporary failure", "temporarily unavailable", "broken pipe",
		"unexpected eof", "use of closed network connection", "server closed idle connection", "connection closed",
		"connection lost", "bad connection", "body after connection loss", "transport connection broken",
		"malformed http response", "malformed http status code", "malformed http version", "malformed mime header",
		"malformed chunked encoding", "invalid byte in chunk length", "chunk length too large",
		"internal server error", "bad gateway", "service unavailable", "gateway timeout",
	}
	timeoutPhrases = []string{
		"connection timed out", "connection timeout", "tls handshake timeout", "i/o timeout", "timed out",
		"deadline exceeded",
	}
)

// classifyText reads the text of an error.
func classifyText(text string) Class {
	text = unquoted(text)
	http2 := isHTTP2(text)
	if class := wordClass(text, http2); class != ClassUnknown {
		return class
	}
	lower := strings.ToLower(text)
	for _, list := range [...]struct {
		phrases []string
		class   Class
	}{
		{neverPhrases, ClassPermanent},
		{throttlePhrases, ClassThrottle},
		{transientPhrases, ClassTransient},
		{timeoutPhrases, ClassTimeout},
	} {
		for _, phrase := range list.phrases {
			if hasPhrase(lower, phrase) {
				return list.class
			}
		}
	}
	if http2 {
		for _, phrase := range http2Phrases {
			if hasPhrase(lower, phrase) {
				return ClassTransient
			}
		}
	}
	if hasPhrase(lower, "timeout") && !aboutSetting(lower) {
		return ClassTimeout
	}
	return ClassUnknown
}

// wordClass returns the class that single words give: the codes of services, EOF in capitals, gRPC
// and HTTP/2 codes in the texts of their errors, and an HTTP status. A permanent word decides.
func wordClass(text string, http2 bool) Class {
	found := ClassUnknown
	grpc := strings.Contains(text, "rpc error: code = ")
	before := ""
	for word, alone := range wordsOf(text) {
		class := codeClass(word)
		switch {
		case class != ClassUnknown:
		case word == "EOF" && !strings.EqualFold(before, "expected"):
			class = ClassTransient
		case grpc && before == "code":
			class = grpcClass(word)
		case http2:
			class = http2WordClass(word)
		}
		if class == ClassUnknown && (alone || announcesStatus(before)) {
			class = statusClass(status(word))
		}
		if class == ClassPermanent {
			return class
		}
		if found == ClassUnknown {
			found = class
		}
		before = word
	}
	return found
}

// announcesStatus reports whether a number after word is an HTTP status.
func announcesStatus(word string) bool {
	switch strings.ToLower(word) {
	case "status", "code", "statuscode", "http", "http/1.0", "http/1.1", "http/2", "http/2.0":
		return true
	}
	return false
}

// status reads a three-digit number from 300 on; anything else is 0.
func status(word string) int {
	if len(word) != 3 || word[0] < '3' {
		return 0
	}
	n := 0
	for i := range len(word) {
		if word[i] < '0' || word[i] > '9' {
			return 0
		}
		n = n*10 + int(word[i]-'0')
	}
	return n
}

// aboutSetting reports whether a text speaks of a timeout as a setting, as "invalid timeout" does.
func aboutSetting(lower string) bool {
	for word := range wordsOf(lower) {
		switch word {
		case "invalid", "illegal", "bad", "wrong", "malformed", "unknown", "unsupported", "unexpected",
			"missing", "negative", "zero", "positive", "must", "should", "want", "wants", "expected",
			"required", "parse", "parsing", "set", "setting", "config", "configuration", "option", "flag",
			"value", "parameter", "field", "argument":
			return true
		}
	}
	return false
}

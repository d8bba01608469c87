package retry

import "strings"

// Phrases that errors without a type are known by, in lower case. never is
// read first: an error that names both is not retried.
var (
	neverPhrases = []string{
		"file not found", "no such file", "no such file or directory", "permission denied", "access denied",
		"invalid argument", "validation error", "404 not found", "403 forbidden", "400 bad request", "x509",
	}
	timeoutPhrases = []string{
		"connection timed out", "connection timeout", "tls handshake timeout", "i/o timeout", "timeout", "timed out",
		"deadline exceeded",
	}
	transientPhrases = []string{
		"connection refused", "connection reset", "network is unreachable", "network unreachable", "no such host",
		"no route to host", "host is down", "temporary failure", "temporarily unavailable", "broken pipe",
		"unexpected eof", "use of closed network connection", "server closed idle connection", "connection closed",
		"transport connection broken", "malformed http response", "malformed http status code", "malformed http version",
		"internal server error", "bad gateway", "service unavailable", "gateway timeout",
	}
	throttlePhrases = []string{"too many requests", "slow down", "please reduce your request rate"}
)

// classifyText reads the text of an error.
func classifyText(text string) Class {
	text = unquoted(text)
	if class := wordClass(text); class != ClassUnknown {
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
	return ClassUnknown
}

// wordClass knows single words: the codes of services, EOF in capitals, and a
// status after the word that announces it. Permanent words beat the others.
func wordClass(text string) Class {
	found := ClassUnknown
	before := ""
	for word := range strings.FieldsFuncSeq(text, isSeparator) {
		word = strings.TrimRight(word, ".")
		class := codes[word]
		switch {
		case word == "EOF":
			class = ClassTransient
		case class == ClassUnknown && announcesStatus(before):
			class = statusClass(status(word))
		}
		if class == ClassPermanent {
			return class
		}
		note(&found, class)
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

// status reads a three-digit number; anything else is 0.
func status(word string) int {
	if len(word) != 3 {
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

// isSeparator tells what stands between words. Neither the slash nor the dot,
// the hyphen or the underscore do: they are inside paths.
func isSeparator(c rune) bool {
	return c <= ' ' || strings.ContainsRune(":;,()[]{}<>=|!?'`", c)
}

// hasPhrase reports whether phrase stands in text with a boundary at both ends.
func hasPhrase(text, phrase string) bool {
	for from := 0; ; {
		i := strings.Index(text[from:], phrase)
		if i < 0 {
			return false
		}
		start, end := from+i, from+i+len(phrase)
		if (start == 0 || isSeparator(rune(text[start-1]))) && boundary(text[end:]) {
			return true
		}
		from = start + 1
	}
}

// boundary reports whether a word may end before rest.
func boundary(rest string) bool {
	rest = strings.TrimLeft(rest, ".")
	return rest == "" || isSeparator(rune(rest[0]))
}

// unquoted blanks what stands in double quotes: names and addresses.
func unquoted(text string) string {
	if !strings.Contains(text, `"`) {
		return text
	}
	var b strings.Builder
	for i, piece := range strings.Split(text, `"`) {
		if i%2 == 0 {
			b.WriteString(piece)
		} else {
			b.WriteByte(' ')
		}
	}
	return b.String()
}

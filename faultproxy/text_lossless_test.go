package faultproxy_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/faultproxy"
)

// Whatever Validate accepts prints as text that parses back. It rejects bytes that are not UTF-8,
// which a text cannot contain.
func TestValidateRejectsBytesThatAreNotUTF8(t *testing.T) {
	const bad = "a\xff"
	const why = ": contains bytes that are not UTF-8"
	for field, r := range map[string]faultproxy.Rule{
		"name":           {Name: bad, Fault: faultproxy.Timeout(0)},
		"match.bucket":   {Match: faultproxy.Match{Bucket: bad}, Fault: faultproxy.Timeout(0)},
		"match.key":      {Match: faultproxy.Match{Key: bad}, Fault: faultproxy.Timeout(0)},
		"match.header.A": {Match: faultproxy.Match{Header: map[string]string{"A": bad}}, Fault: faultproxy.Timeout(0)},
		"match.query.a":  {Match: faultproxy.Match{Query: map[string]string{"a": bad}}, Fault: faultproxy.Timeout(0)},
		"match.query":    {Match: faultproxy.Match{Query: map[string]string{bad: "*"}}, Fault: faultproxy.Timeout(0)},
		"respond.code":   {Fault: faultproxy.Respond(503, bad)},
		"redirect.to":    {Fault: faultproxy.Redirect(307, bad)},
		"respond.body":   {Fault: faultproxy.RespondWith(faultproxy.Response{Body: bad})},

		"respond.content_type": {Fault: faultproxy.RespondWith(faultproxy.Response{ContentType: bad})},

		"ok_with_error.code": {Fault: faultproxy.OKWithError(bad)},
	} {
		err := r.Validate()
		require.ErrorIs(t, err, faultproxy.ErrRule, field)
		assert.EqualError(t, err, field+why)
	}
	r := faultproxy.Rule{Match: faultproxy.Match{Key: "a?\ufffd*"}, Fault: faultproxy.Timeout(0)}
	back, err := faultproxy.ParseRule(r.String())
	require.NoError(t, err)
	assert.Equal(t, r, back, "the character that stands for them may be meant")
}

// JSON encoders may write a character above U+FFFF as two escapes. Python's does so by default.
func TestParseRuleReadsEscapesOfJSON(t *testing.T) {
	r, err := faultproxy.ParseRule(
		`{"name": "\ud83e\udd86 \"\\\/\b\f\n\r\té\u00e9", "match": {"key": "\uD83E\uDD86*"}, "timeout": {}}`)
	require.NoError(t, err)
	assert.Equal(t, "🦆 \"\\/\b\f\n\r\téé", r.Name)
	assert.Equal(t, "🦆*", r.Match.Key)
	for text, column := range map[string]string{
		`{name: "\ud83e", timeout: {}}`: "9", `{name: "\ud83e\ud83e", timeout: {}}`: "9",
		`{name: "a\udd86", timeout: {}}`: "10",
		`{name: "\ud83ex", timeout: {}}`: "9", `{name: "\ud83e\n", timeout: {}}`: "9", `{name: "\ud83e\u12`: "9",
		`{name: "\U0000d83e\udd86", timeout: {}}`: "9",
	} {
		_, err := faultproxy.ParseRule(text)
		assert.EqualError(t, err, "parse rule: column "+column+": unknown escape in quotes", text)
	}
}

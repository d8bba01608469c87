package faultproxy

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/faultproxy/internal/identity"
	"github.com/s3chaos/s3chaos/faultproxy/internal/s3api"
)

func TestAListOfOperationsMatchesAnyOfThem(t *testing.T) {
	s := rules(t, 0, "{match: {operation: [GetObject, HeadObject]}, times: 2, timeout: {}}", "{timeout: {}}")
	tracker := identity.NewTracker(0)
	var picked []string
	for _, method := range []string{"PUT", "GET", "HEAD", "DELETE", "GET"} {
		picked = append(picked, labelOf(firing(s, req(tracker, method, "/demo/a"), 0)))
	}
	assert.Equal(t, []string{"#2", "#1", "#1", "#2", "#2"}, picked)
	assert.Equal(t, 2, s.List()[0].Matched-1, "the third GetObject came after its times")
}

// A rule for many operations is in another list than a rule for few. The order of the rules stays
// the same.
func TestManyOperationsMatchAsFewDo(t *testing.T) {
	for n := 1; n < s3api.OpCount; n++ {
		names := s3api.Operations()
		at := slices.Index(names, "GetObject")
		some := append(slices.Clone(names[at:]), names[:at]...)[:n]
		first := Rule{Match: Match{Operation: "GetObject", Bucket: "other"}, Fault: Timeout(0)}
		s, err := newRuleSet(0, []Rule{first, {Match: Match{Operations: some}, Fault: Timeout(0)}, {Fault: Timeout(0)}})
		require.NoError(t, err)
		tracker := identity.NewTracker(0)
		require.Equal(t, "#2", labelOf(firing(s, req(tracker, "GET", "/demo/a"), 0)), "%d operations", n)
	}
	require.Len(t, s3api.Operations(), s3api.OpCount-1)
}

func TestABucketIsAPattern(t *testing.T) {
	s := rules(t, 0, `{match: {bucket: "logs-*"}, timeout: {}}`, `{match: {bucket: "d?mo"}, timeout: {}}`,
		`{match: {bucket: "[a-c]"}, timeout: {}}`, `{match: {bucket: "*"}, timeout: {}}`)
	tracker := identity.NewTracker(0)
	for bucket, want := range map[string]string{
		"logs-1": "#1", "logs": "#4", "demo": "#2", "dumo": "#2", "b": "#3", "d": "#4", "": "#4",
	} {
		assert.Equal(t, want, labelOf(firing(s, req(tracker, "GET", "/"+bucket), 0)), bucket)
	}
}

func TestListsOfOperationsAreCheckedAndPrintedAsWritten(t *testing.T) {
	const text = "{match: {operation: [GetObject, HeadObject], bucket: \"logs-*\"}, timeout: {}}"
	r, err := ParseRule(text)
	require.NoError(t, err)
	assert.Equal(t, Match{Operations: []string{"GetObject", "HeadObject"}, Bucket: "logs-*"}, r.Match)
	assert.Equal(t, text, r.String())
	for wrong, want := range map[string]string{
		"{match: {operation: []}, timeout: {}}": "match.operation: the list is empty and matches nothing " +
			"(leave it out for any operation)",
		"{match: {operation: [GetObject, HeadObjct]}, timeout: {}}": `match.operation: unknown operation "HeadObjct" ` +
			"(did you mean HeadObject?)",
		"{match: {operation: [GetObject, GetObject]}, timeout: {}}": "match.operation: GetObject is listed twice",
		"{match: {operation: {a: b}}, timeout: {}}":                 "column 21: a mapping {…}: want a value",
		"{match: {operation: [[GetObject]]}, timeout: {}}":          "column 22: a sequence […]: want a value",
		"{match: {bucket: \"a[\"}, timeout: {}}": `match.bucket: pattern has "[" without "]" ` +
			`(write "\[" for the character)`,
		"{match: {operation: [GetObject]}, refuse: {}}": "match.operation: refuse acts on a connection, before " +
			"there is a request to match (use match: {} with during, times or after)",
	} {
		_, err := ParseRule(wrong)
		assert.EqualError(t, err, "parse rule: "+want, wrong)
	}
	both := Match{Operation: "GetObject", Operations: []string{"HeadObject"}}
	assert.EqualError(t, both.Validate(), "match.operation: Operation and Operations are both set: want one of them")
}

func TestPartsNameAListOfOperations(t *testing.T) {
	r, err := NewRule("", AnyOf("GetObject", "HeadObject"), Bucket("logs-*"), Timeout(0))
	require.NoError(t, err)
	assert.Equal(t, `{match: {operation: [GetObject, HeadObject], bucket: "logs-*"}, timeout: {}}`, r.String())
	_, err = NewRule("PutObject", AnyOf("GetObject"), Timeout(0))
	assert.EqualError(t, err, "match.operation: set twice: PutObject, then [GetObject]")
}

func TestListsOfOperationsCanLeaveNothing(t *testing.T) {
	for _, c := range []struct{ first, second, why string }{
		{
			"{match: {operation: [GetObject, HeadObject]}, timeout: {}}",
			"{match: {operation: HeadObject}, timeout: {}}",
			"rule #1 takes every request it is for",
		},
		{
			"{match: {operation: [GetObject, HeadObject]}, timeout: {}}",
			"{match: {operation: [HeadObject, GetObject]}, timeout: {}}", "rule #1 takes every request it is for",
		},
		{
			"{match: {operation: GetObject}, timeout: {}}",
			"{match: {operation: [GetObject, HeadObject]}, timeout: {}}", "",
		},
		{"{match: {operation: [GetObject, HeadObject]}, timeout: {}}", "{timeout: {}}", ""},
		{
			"{match: {method: GET}, timeout: {}}", "{match: {operation: [GetObject, ListObjectsV2]}, timeout: {}}",
			"rule #1 takes every request it is for",
		},
		{"{match: {method: GET}, timeout: {}}", "{match: {operation: [GetObject, HeadObject]}, timeout: {}}", ""},
		{
			`{match: {bucket: "logs-*"}, timeout: {}}`, "{match: {bucket: logs-1}, timeout: {}}",
			"rule #1 takes every request it is for",
		},
		{"{match: {bucket: logs-1}, timeout: {}}", `{match: {bucket: "logs-*"}, timeout: {}}`, ""},
		{"{times: 1, timeout: {}}", "{match: {operation: [ListBuckets, GetObject], bucket: b}, timeout: {}}", ""},
		{
			"{times: 1, timeout: {}}", "{match: {operation: [GetObject, HeadObject], method: PUT}, timeout: {}}",
			"GetObject is sent with GET, never PUT; HeadObject is sent with HEAD, never PUT",
		},
		{
			"{times: 1, timeout: {}}", "{match: {operation: [PutObject, DeleteObject]}, stale: {}}",
			"stale answers reads of objects and lists, never PutObject; " +
				"stale answers reads of objects and lists, never DeleteObject",
		},
		{"{times: 1, timeout: {}}", "{match: {operation: [PutObject, GetObject]}, stale: {}}", ""},
	} {
		why := ""
		for _, u := range Shadowed(parsedRules(t, c.first, c.second)) {
			why = u.Why
		}
		assert.Equal(t, c.why, why, "%s then %s", c.first, c.second)
	}
}

func TestARecordMatchesAListOfOperations(t *testing.T) {
	m := Match{Operations: []string{"GetObject", "HeadObject"}, Bucket: "d*"}
	assert.True(t, m.Matches(Record{Operation: "HeadObject", Bucket: "demo"}))
	assert.False(t, m.Matches(Record{Operation: "PutObject", Bucket: "demo"}))
	assert.False(t, m.Matches(Record{Operation: "GetObject", Bucket: "other"}))
}

package control_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/faultproxy/control"
)

var labelPattern = regexp.MustCompile(`"label":"([^"]*)"`)

// labels are the labels of the rules in their order.
func (r *rig) labels() string {
	var all []string
	for _, m := range labelPattern.FindAllStringSubmatch(r.call("GET", "/v1/rules", "").body, -1) {
		all = append(all, m[1])
	}
	return strings.Join(all, " ")
}

func TestRuleIsInsertedBeforeAnotherAndReplaced(t *testing.T) {
	r := newRig(t, "name: a, timeout: {}", "name: b, timeout: {}")
	a := r.call("POST", "/v1/rules?before=2", "name: c, timeout: {}")
	require.Equal(t, http.StatusCreated, a.status, a.body)
	require.Equal(t, "/v1/rules/3", a.header.Get("Location"))
	require.Equal(t, "a c b", r.labels())
	a = r.call("PUT", "/v1/rules/1", "name: d, match: {method: PUT}, timeout: {}")
	require.Equal(t, http.StatusOK, a.status)
	require.Contains(t, a.body, `"id":4`)
	require.Equal(t, "d c b", r.labels())
}

func TestWindowOfAnAddedRuleCountsFromNow(t *testing.T) {
	r := newRig(t, "match: {key: never}, during: [0s, 1ns], respond: {}")
	r.get("a") // scenario time begins
	r.call("POST", "/v1/rules", "name: late, during: [0s, 1h], respond: {status: 503}")
	r.call("POST", "/v1/rules", "name: gone, during: {since: start, from: 0s, to: 1ns}, respond: {}")
	r.get("b")
	assert.JSONEq(t, `{"count":1}`, r.call("GET", "/v1/journal/count?rule=late", "").body)
	assert.Contains(t, r.call("GET", "/v1/rules/3", "").body, `"warning":"it can never fire: `)
	assert.Contains(t, r.call("GET", "/v1/rules/1", "").body, `"warning":"it can never fire: its window has passed"`)
	assert.NotContains(t, r.call("GET", "/v1/rules/2", "").body, "warning")
}

func TestResetEmptiesTheJournalAndTheCounts(t *testing.T) {
	r := newRig(t, "name: once, times: 1, respond: {status: 503}")
	r.get("a")
	r.settled(1)
	require.Equal(t, http.StatusNoContent, r.call("POST", "/v1/reset", "").status)
	assert.JSONEq(t, `{"count":0}`, r.call("GET", "/v1/journal/count", "").body)
	r.get("a")
	r.settled(2)
	assert.JSONEq(t, `{"count":1}`, r.call("GET", "/v1/journal/count?status=503&after=0", "").body)
}

func TestResetOfTheObjectsCallsTheOwner(t *testing.T) {
	r := newRig(t)
	var calls int
	var failure error
	handler, err := control.New(control.Config{Proxy: r.proxy, Token: token, ResetObjects: func() error {
		calls++
		return failure
	}})
	require.NoError(t, err)
	defer handler.Close()
	reset := func(query string) *httptest.ResponseRecorder {
		w, req := httptest.NewRecorder(), httptest.NewRequest("POST", "/v1/reset"+query, nil)
		req.Header.Set("Authorization", "Bearer "+token)
		handler.ServeHTTP(w, req)
		return w
	}
	assert.Equal(t, http.StatusNoContent, reset("").Code)
	assert.Zero(t, calls)
	assert.Equal(t, http.StatusNoContent, reset("?objects=true").Code)
	assert.Equal(t, 1, calls)
	failure = errors.New("no bucket")
	w := reset("?objects=1")
	assert.Equal(t, http.StatusUnprocessableEntity, w.Code)
	assert.Contains(t, w.Body.String(), "no bucket")
}

package control

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/s3chaos/s3chaos/faultproxy"
)

// maxRules is how many rules there may be: each request is held against all of them.
const maxRules = 1000

// room answers the request itself when there would be too many rules.
func room(w http.ResponseWriter, rules int) bool {
	if rules <= maxRules {
		return true
	}
	refuse(w, http.StatusUnprocessableEntity, "too many rules; none was changed", problem{
		Where: "rules", Message: fmt.Sprintf("%d, of which there may be %d", rules, maxRules),
		Hint: "one rule matches many requests by glob",
	})
	return false
}

// rule is a rule as it stands.
type rule struct {
	ID      int    `json:"id"`
	Label   string `json:"label"` // as in the journal
	Rule    string `json:"rule"`  // its text, which can be sent back
	Fault   string `json:"fault"` // its kind
	Enabled bool   `json:"enabled"`
	Matched int    `json:"matched"`
	Fired   int    `json:"fired"`
	Warning string `json:"warning,omitempty"` // why it can never fire
}

type ruleList struct {
	Rules []rule `json:"rules"` // in order: the first that matches wins
}

// rules are all there are.
func (h *Handler) rules() []rule {
	version := h.proxy.Rules().Version() // before the list: a change between the two costs one more comparison
	statuses := h.proxy.Rules().List()
	warnings := h.warned.of(version, statuses)
	list := make([]rule, len(statuses))
	for i, s := range statuses {
		list[i] = rule{
			s.ID, s.Label, s.Rule.String(), s.Rule.Fault.Kind(), s.Enabled, s.Matched, s.Fired, warnings[s.ID],
		}
		if s.Over && s.Fired == 0 && list[i].Warning == "" {
			list[i].Warning = "it can never fire: its window has passed"
		}
	}
	return list
}

// find answers the request itself when there is no such rule.
func (h *Handler) find(w http.ResponseWriter, r *http.Request) (rule, bool) {
	id, err := strconv.Atoi(r.PathValue("id"))
	if err == nil {
		for _, one := range h.rules() {
			if one.ID == id {
				return one, true
			}
		}
	}
	h.noRule(w, r)
	return rule{}, false
}

func (h *Handler) noRule(w http.ResponseWriter, r *http.Request) {
	refuse(w, http.StatusNotFound, "there is no such rule", problem{
		Where: "path " + r.URL.Path, Message: "no rule has the id " + strconv.Quote(r.PathValue("id")),
		Hint: "GET /v1/rules lists the rules and their ids",
	})
}

func (h *Handler) listRules(w http.ResponseWriter, _ *http.Request) {
	answer(w, http.StatusOK, ruleList{h.rules()})
}

func (h *Handler) showRule(w http.ResponseWriter, r *http.Request) {
	if one, ok := h.find(w, r); ok {
		answer(w, http.StatusOK, one)
	}
}

func (h *Handler) addRule(w http.ResponseWriter, r *http.Request) {
	before, wrong := number(r.URL.Query(), "before")
	if len(wrong) > 0 {
		refuse(w, http.StatusBadRequest, "the query is not understood", wrong...)
		return
	}
	parsed, ok := readRule(w, r)
	if !ok || !room(w, len(h.proxy.Rules().List())+1) {
		return
	}
	var id int
	var err error
	if before < 0 {
		id, err = h.proxy.Rules().Add(parsed)
	} else {
		id, err = h.proxy.Rules().Insert(before, parsed)
	}
	if errors.Is(err, faultproxy.ErrNoRule) {
		refuse(w, http.StatusUnprocessableEntity, "there is no rule to stand before", problem{
			"query before", err.Error(), "GET /v1/rules lists the rules and their ids",
		})
		return
	}
	if impossible(w, err) {
		return
	}
	w.Header().Set("Location", fmt.Sprintf("/v1/rules/%d", id))
	answer(w, http.StatusCreated, h.ruleNow(id, parsed))
}

func (h *Handler) updateRule(w http.ResponseWriter, r *http.Request) {
	one, ok := h.find(w, r)
	if !ok {
		return
	}
	parsed, ok := readRule(w, r)
	if !ok {
		return
	}
	id, err := h.proxy.Rules().Update(one.ID, parsed)
	switch {
	case errors.Is(err, faultproxy.ErrNoRule): // another request has removed it meanwhile
		h.noRule(w, r)
	case !impossible(w, err):
		answer(w, http.StatusOK, h.ruleNow(id, parsed))
	}
}

// readRule reads the rule that a request sends, or answers the request itself.
func readRule(w http.ResponseWriter, r *http.Request) (faultproxy.Rule, bool) {
	body, ok := readBody(w, r)
	if !ok {
		return faultproxy.Rule{}, false
	}
	text := strings.TrimSpace(string(body))
	if strings.HasPrefix(text, "[") {
		refuse(w, http.StatusBadRequest, "the rule is not understood", problem{
			Where: "body", Message: "an array where one rule belongs",
			Hint: "PUT /v1/rules puts an array of rules in place of all there are",
		})
		return faultproxy.Rule{}, false
	}
	parsed, err := faultproxy.ParseRule(text)
	if err != nil {
		refuse(w, http.StatusBadRequest, "the rule is not understood", problemsOf(err, "")...)
		return faultproxy.Rule{}, false
	}
	return parsed, true
}

// impossible answers a request whose rule the proxy cannot do, and reports whether it did.
func impossible(w http.ResponseWriter, err error) bool {
	if err != nil {
		refuse(w, http.StatusUnprocessableEntity, "this proxy cannot do the rule", problemsOf(err, "")...)
	}
	return err != nil
}

// ruleNow is a rule that was added a moment ago, although another request may have removed it
// since.
func (h *Handler) ruleNow(id int, parsed faultproxy.Rule) rule {
	for _, one := range h.rules() {
		if one.ID == id {
			return one
		}
	}
	return rule{ID: id, Rule: parsed.String(), Fault: parsed.Fault.Kind()}
}

// replaceRules understands every rule before it changes any.
func (h *Handler) replaceRules(w http.ResponseWriter, r *http.Request) {
	const hint = "send a JSON array whose items are rules: objects, or strings with their text; jq '[.rules[].rule]' makes one of what GET answers"
	var texts []json.RawMessage
	if !decode(w, r, &texts, hint) {
		return
	}
	if texts == nil {
		misread(w, "body", "null where an array belongs", hint)
		return
	}
	if !room(w, len(texts)) {
		return
	}
	rules := make([]faultproxy.Rule, len(texts))
	var problems []problem
	for i, raw := range texts {
		text := string(raw)
		switch raw[0] {
		case '"':
			_ = json.Unmarshal(raw, &text) // it has been understood before
		case '{':
		default:
			problems = append(problems, problem{fmt.Sprintf("rule %d", i+1), "neither an object nor a string", ""})
			continue
		}
		var err error
		if rules[i], err = faultproxy.ParseRule(text); err != nil {
			problems = append(problems, problemsOf(err, fmt.Sprintf("rule %d", i+1))...)
		}
	}
	if len(problems) > 0 {
		refuse(w, http.StatusBadRequest, "the rules are not understood; none was changed", problems...)
		return
	}
	if err := h.proxy.Rules().Replace(rules); err != nil {
		refuse(w, http.StatusUnprocessableEntity, "this proxy cannot do the rules; none was changed",
			problem{Where: "rules", Message: err.Error()})
		return
	}
	h.listRules(w, r)
}

func (h *Handler) toggleRule(w http.ResponseWriter, r *http.Request) {
	one, ok := h.find(w, r)
	if !ok {
		return
	}
	var change struct {
		Enabled *bool `json:"enabled"`
	}
	const hint = `send {"enabled": true} or {"enabled": false}`
	if !decode(w, r, &change, hint) {
		return
	}
	if change.Enabled == nil {
		refuse(w, http.StatusBadRequest, "nothing to change", problem{"enabled", "missing", hint})
		return
	}
	if !h.proxy.Rules().Toggle(one.ID, *change.Enabled) {
		h.noRule(w, r)
		return
	}
	h.showRule(w, r)
}

func (h *Handler) removeRule(w http.ResponseWriter, r *http.Request) {
	one, ok := h.find(w, r)
	if !ok || !noBody(w, r) {
		return
	}
	if !h.proxy.Rules().Remove(one.ID) {
		h.noRule(w, r)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func (h *Handler) resetRules(w http.ResponseWriter, r *http.Request) {
	if !noBody(w, r) {
		return
	}
	h.proxy.Rules().Reset(0)
	h.listRules(w, r)
}

func (h *Handler) resetRule(w http.ResponseWriter, r *http.Request) {
	one, ok := h.find(w, r)
	if !ok || !noBody(w, r) {
		return
	}
	if !h.proxy.Rules().Reset(one.ID) {
		h.noRule(w, r)
		return
	}
	h.showRule(w, r)
}

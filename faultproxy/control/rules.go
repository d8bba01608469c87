package control

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/s3chaos/s3chaos/faultproxy"
)

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

// rules are all there are. Warnings consider the enabled ones only.
func (h *Handler) rules() []rule {
	statuses := h.proxy.Rules().List()
	list := make([]rule, len(statuses))
	var enabled []faultproxy.Rule
	var places []int // in list, of those
	for i, s := range statuses {
		list[i] = rule{s.ID, s.Label, s.Rule.String(), s.Rule.Fault.Kind(), s.Enabled, s.Matched, s.Fired, ""}
		if s.Enabled {
			named := s.Rule
			named.Name = s.Label // as the warning calls it
			enabled = append(enabled, named)
			places = append(places, i)
		}
	}
	for _, u := range faultproxy.Shadowed(enabled) {
		list[places[u.Index]].Warning = "it can never fire: " + u.Why
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
		Where: "path " + r.URL.Path, Message: "no rule has the id " + strconv.Quote(r.PathValue("id")), Hint: "GET /v1/rules lists the rules and their ids",
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
	text, err := io.ReadAll(r.Body)
	if err != nil {
		unreadable(w, err)
		return
	}
	parsed, err := faultproxy.ParseRule(strings.TrimSpace(string(text)))
	if err != nil {
		refuse(w, http.StatusBadRequest, "the rule is not understood", problemsOf(err, "")...)
		return
	}
	id, err := h.proxy.Rules().Add(parsed)
	if err != nil {
		refuse(w, http.StatusUnprocessableEntity, "this proxy cannot do the rule", problemsOf(err, "")...)
		return
	}
	w.Header().Set("Location", fmt.Sprintf("/v1/rules/%d", id))
	for _, one := range h.rules() {
		if one.ID == id {
			answer(w, http.StatusCreated, one)
			return
		}
	}
	// Somebody has already removed it.
	answer(w, http.StatusCreated, rule{ID: id, Rule: parsed.String(), Fault: parsed.Fault.Kind()})
}

// replaceRules understands every rule before it changes any.
func (h *Handler) replaceRules(w http.ResponseWriter, r *http.Request) {
	var texts []json.RawMessage
	err := decode(r.Body, &texts)
	if err == nil && texts == nil {
		err = jsonError{errors.New("null where an array belongs")}
	}
	if err != nil {
		h.misread(w, err, "send a JSON array whose items are rules: objects, or strings with their text")
		return
	}
	rules := make([]faultproxy.Rule, len(texts))
	var problems []problem
	for i, raw := range texts {
		text := string(raw)
		if raw[0] == '"' {
			_ = json.Unmarshal(raw, &text) // it has been understood before
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
		refuse(w, http.StatusUnprocessableEntity, "this proxy cannot do the rules; none was changed", problem{Where: "rules", Message: err.Error()})
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
	if err := decode(r.Body, &change); err != nil {
		h.misread(w, err, hint)
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
	if !ok {
		return
	}
	if !h.proxy.Rules().Remove(one.ID) {
		h.noRule(w, r)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func (h *Handler) resetRules(w http.ResponseWriter, r *http.Request) {
	h.proxy.Rules().Reset(0)
	h.listRules(w, r)
}

func (h *Handler) resetRule(w http.ResponseWriter, r *http.Request) {
	one, ok := h.find(w, r)
	if !ok {
		return
	}
	if !h.proxy.Rules().Reset(one.ID) {
		h.noRule(w, r)
		return
	}
	h.showRule(w, r)
}

// decode reads one JSON value, strictly.
func decode(from io.Reader, to any) error {
	text, err := io.ReadAll(from)
	if err != nil {
		return err
	}
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(to); err != nil {
		return jsonError{err}
	}
	if _, err := dec.Token(); err != io.EOF {
		return jsonError{errors.New("more than one value")}
	}
	return nil
}

// jsonError is a body that is not the JSON it should be.
type jsonError struct{ error }

func (e jsonError) place() string {
	if syntax, ok := errors.AsType[*json.SyntaxError](e.error); ok {
		return fmt.Sprintf("body, byte %d", syntax.Offset)
	}
	return "body"
}

// misread answers a request whose body could not be read or understood.
func (h *Handler) misread(w http.ResponseWriter, err error, hint string) {
	wrong, ok := errors.AsType[jsonError](err)
	if !ok {
		unreadable(w, err)
		return
	}
	refuse(w, http.StatusBadRequest, "the request is not understood", problem{
		Where: wrong.place(), Message: strings.TrimPrefix(wrong.Error(), "json: "), Hint: hint,
	})
}

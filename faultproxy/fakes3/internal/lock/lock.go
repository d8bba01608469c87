// Package lock holds S3's Object Lock: a [State] says until when a version of an object must stay,
// and a [Rule] gives a state to every new version of a bucket.
//
// The rules are those of the S3 user guide, "Locking objects with Object Lock".
package lock

import (
	"net/http"
	"strings"
	"time"

	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/s3err"
)

const (
	// Governance is the mode of a retention that a request may override.
	Governance = "GOVERNANCE"
	// Compliance is the mode of a retention that can only be extended.
	Compliance = "COMPLIANCE"

	headerMode   = "X-Amz-Object-Lock-Mode"
	headerUntil  = "X-Amz-Object-Lock-Retain-Until-Date"
	headerHold   = "X-Amz-Object-Lock-Legal-Hold"
	headerBypass = "X-Amz-Bypass-Governance-Retention"

	dateFormat = "2006-01-02T15:04:05.000Z"

	bothNeeded = "x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both be supplied."
)

// State is the lock of one version. The zero value does not lock.
type State struct {
	Mode  string    // Governance, Compliance or empty: no retention
	Until time.Time // the end of the retention
	Hold  string    // ON, OFF or empty: never set
}

// New returns the state of a retention, with an empty mode of none, and of a legal hold. The error
// is that of a mode that S3 does not know, or of a retention without an end.
func New(mode string, until time.Time, hold bool) (State, error) {
	s := State{Mode: mode, Until: until}
	if hold {
		s.Hold = "ON"
	}
	switch {
	case mode != "" && !isMode(mode):
		return s, s3err.Argument(strings.ToLower(headerMode), mode, "Unknown wormMode directive.")
	case (mode == "") != until.IsZero():
		return s, s3err.Argument(strings.ToLower(headerUntil), "", bothNeeded)
	}
	return s, nil
}

// Given reports whether a state was ever set.
func (s State) Given() bool { return s != State{} }

// FromHeaders reads the state that a write asks for at the time now.
func FromHeaders(h http.Header, now time.Time) (State, error) {
	s := State{Mode: h.Get(headerMode), Hold: h.Get(headerHold)}
	until := h.Get(headerUntil)
	switch {
	case s.Hold != "" && !isHold(s.Hold):
		return s, s3err.Argument(strings.ToLower(headerHold), s.Hold, "Legal Hold must be either of 'ON' or 'OFF'")
	case s.Mode != "" && until == "":
		return s, s3err.Argument(strings.ToLower(headerUntil), "", bothNeeded)
	case s.Mode == "" && until != "":
		return s, s3err.Argument(strings.ToLower(headerMode), "", bothNeeded)
	case s.Mode != "" && !isMode(s.Mode):
		return s, s3err.Argument(strings.ToLower(headerMode), s.Mode, "Unknown wormMode directive.")
	case until == "":
		return s, nil
	}
	var err error
	if s.Until, err = time.Parse(time.RFC3339, until); err != nil {
		return s, s3err.Argument(strings.ToLower(headerUntil), until,
			"The retain until date must be provided in ISO 8601 format")
	}
	return s, checkFuture(s.Until, until, now)
}

func isHold(text string) bool { return text == "ON" || text == "OFF" }

func isMode(text string) bool { return text == Governance || text == Compliance }

func checkFuture(until time.Time, text string, now time.Time) error {
	if until.After(now) {
		return nil
	}
	return s3err.Argument(strings.ToLower(headerUntil), text, "The retain until date must be in the future!")
}

// Bypass reports whether a request overrides retentions in governance mode. The server has one
// user, who has the permission for it.
func Bypass(h http.Header) bool { return strings.EqualFold(h.Get(headerBypass), "true") }

// Write puts the state into the headers of a response to a GET or HEAD.
func (s State) Write(h http.Header) {
	if s.Mode != "" {
		h.Set(headerMode, s.Mode)
		h.Set(headerUntil, s.Until.UTC().Format(dateFormat))
	}
	if s.Hold != "" {
		h.Set(headerHold, s.Hold)
	}
}

// CheckDelete refuses to delete a version that must stay at the time now.
func (s State) CheckDelete(bypass bool, now time.Time) error {
	retained := s.retained(now) && (s.Mode == Compliance || !bypass)
	if s.Hold == "ON" || retained {
		return locked()
	}
	return nil
}

// CheckRetention refuses a retention that is weaker than the one that lasts. In governance mode a
// request may override that.
func (s State) CheckRetention(mode string, until time.Time, bypass bool, now time.Time) error {
	longer := mode == s.Mode && !until.Before(s.Until)
	if s.retained(now) && !longer && (s.Mode == Compliance || !bypass) {
		return locked()
	}
	return nil
}

func (s State) retained(now time.Time) bool { return s.Mode != "" && now.Before(s.Until) }

func locked() error {
	return s3err.Errorf(s3err.AccessDenied, "Access Denied because object protected by object lock.")
}

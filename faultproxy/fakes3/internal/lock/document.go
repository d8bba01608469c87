package lock

import (
	"encoding/xml"
	"strconv"
	"time"

	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/s3err"
)

const (
	namespace = "http://s3.amazonaws.com/doc/2006-03-01/"

	maxDays  = 36_500
	maxYears = 100
)

// Rule is the retention that a bucket gives to its new versions. The zero value gives none.
type Rule struct {
	Mode        string
	Days, Years int // one of them is 0
}

// NewRule returns the rule of a retention for some days; with an empty mode, of none.
func NewRule(mode string, days int) (Rule, error) {
	if mode == "" {
		return Rule{}, nil
	}
	if !isMode(mode) {
		return Rule{}, s3err.New(s3err.MalformedXML)
	}
	return Rule{Mode: mode, Days: days}, checkPeriod("Days", days, maxDays)
}

// State returns the lock of a version that is created at the time now.
func (r Rule) State(now time.Time) State {
	if r.Mode == "" {
		return State{}
	}
	return State{Mode: r.Mode, Until: now.AddDate(r.Years, 0, r.Days)}
}

// configuration is the XML of a bucket's Object Lock.
type configuration struct {
	XMLName xml.Name           `xml:"ObjectLockConfiguration"`
	Xmlns   string             `xml:"xmlns,attr,omitempty"`
	Enabled string             `xml:"ObjectLockEnabled"`
	Rule    *configurationRule `xml:"Rule"`
}

type configurationRule struct {
	Default struct {
		Mode  string `xml:"Mode"`
		Days  *int   `xml:"Days"`
		Years *int   `xml:"Years"`
	} `xml:"DefaultRetention"`
}

// ParseRule reads the rule of an ObjectLockConfiguration.
func ParseRule(document []byte) (Rule, error) {
	var c configuration
	malformed := s3err.New(s3err.MalformedXML)
	if err := xml.Unmarshal(document, &c); err != nil || c.Enabled != "Enabled" {
		return Rule{}, malformed
	}
	if c.Rule == nil {
		return Rule{}, nil
	}
	d := c.Rule.Default
	if !isMode(d.Mode) || (d.Days == nil) == (d.Years == nil) {
		return Rule{}, malformed
	}
	rule := Rule{Mode: d.Mode}
	var err error
	if d.Days != nil {
		rule.Days, err = *d.Days, checkPeriod("Days", *d.Days, maxDays)
	} else {
		rule.Years, err = *d.Years, checkPeriod("Years", *d.Years, maxYears)
	}
	return rule, err
}

func checkPeriod(unit string, n, most int) error {
	switch {
	case n <= 0:
		return s3err.Argument(unit, strconv.Itoa(n), "Default retention period must be a positive integer value.")
	case n > most:
		return s3err.Argument(unit, strconv.Itoa(n), "Default retention period too large.")
	}
	return nil
}

// Document returns the ObjectLockConfiguration of a rule, for package xml.
func (r Rule) Document() any {
	c := configuration{Xmlns: namespace, Enabled: "Enabled"}
	if r.Mode != "" {
		c.Rule = &configurationRule{}
		c.Rule.Default.Mode = r.Mode
		if r.Days > 0 {
			c.Rule.Default.Days = &r.Days
		} else {
			c.Rule.Default.Years = &r.Years
		}
	}
	return c
}

type retention struct {
	XMLName xml.Name `xml:"Retention"`
	Xmlns   string   `xml:"xmlns,attr,omitempty"`
	Mode    string   `xml:"Mode"`
	Until   string   `xml:"RetainUntilDate"`
}

// ParseRetention reads mode and end of a Retention, which must end after the time now.
func ParseRetention(document []byte, now time.Time) (mode string, until time.Time, err error) {
	var r retention
	malformed := s3err.New(s3err.MalformedXML)
	if err := xml.Unmarshal(document, &r); err != nil {
		return "", until, malformed
	}
	if until, err = time.Parse(time.RFC3339, r.Until); err != nil || !isMode(r.Mode) {
		return "", until, malformed
	}
	return r.Mode, until, checkFuture(until, r.Until, now)
}

// Retention returns the Retention of a state, for package xml, or an error if the state has none.
func (s State) Retention() (any, error) {
	if s.Mode == "" {
		return nil, s3err.New(s3err.NoSuchObjectLockConfiguration)
	}
	return retention{Xmlns: namespace, Mode: s.Mode, Until: s.Until.UTC().Format(dateFormat)}, nil
}

type hold struct {
	XMLName xml.Name `xml:"LegalHold"`
	Xmlns   string   `xml:"xmlns,attr,omitempty"`
	Status  string   `xml:"Status"`
}

// ParseHold reads the status of a LegalHold: ON or OFF.
func ParseHold(document []byte) (string, error) {
	var h hold
	if err := xml.Unmarshal(document, &h); err != nil || !isHold(h.Status) {
		return "", s3err.New(s3err.MalformedXML)
	}
	return h.Status, nil
}

// LegalHold returns the LegalHold of a state, for package xml, or an error if it was never set.
func (s State) LegalHold() (any, error) {
	if s.Hold == "" {
		return nil, s3err.New(s3err.NoSuchObjectLockConfiguration)
	}
	return hold{Xmlns: namespace, Status: s.Hold}, nil
}

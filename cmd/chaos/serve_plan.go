package main

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/s3chaos/s3chaos/faultproxy"
	"github.com/s3chaos/s3chaos/faultproxy/control"
	"github.com/s3chaos/s3chaos/scenarios"
)

// servePlan is what was asked for, understood and found possible. Nothing is started yet.
type servePlan struct {
	serveOptions
	target   *url.URL            // nil: the fake
	trust    *tls.Config         // of an https upstream
	script   *scenarios.Scenario // nil: none
	rules    []faultproxy.Rule
	token    string // of the control API
	ownToken bool   // it was made here
	warnings []string
}

// plan understands the options: every mistake is found before anything is started.
func (o serveOptions) plan() (*servePlan, error) {
	p := &servePlan{serveOptions: o}
	for _, check := range []func() error{p.checkValues, p.checkAddresses, p.checkHosts, p.checkUpstream, p.checkToken, p.loadScenario} {
		if err := check(); err != nil {
			return nil, err
		}
	}
	return p, nil
}

func (p *servePlan) checkValues() error {
	switch formats := []string{"text", "json"}; {
	case !slices.Contains(formats, p.output):
		return fmt.Errorf("--output %s: unknown format%s", p.output, hint(p.output, formats, "formats: text, json"))
	case p.grace < 0:
		return fmt.Errorf("--grace %s: must not be negative", p.grace)
	case p.keep < 0:
		return fmt.Errorf("--keep %d: must not be negative", p.keep)
	case p.caFile != "" && !p.tls:
		return errors.New("--ca-file: there is no authority without TLS\n  hint: add --tls")
	}
	return nil
}

func (p *servePlan) checkAddresses() error {
	if err := p.checkAddress("--listen", p.listen); err != nil {
		return err
	}
	if p.control == "" {
		return nil
	}
	if err := p.checkAddress("--control", p.control); err != nil {
		return err
	}
	if p.control == p.listen && !strings.HasSuffix(p.listen, ":0") {
		return fmt.Errorf("--control %s: --listen has the same address", p.control)
	}
	return nil
}

// shorthand reports whether a host is an IPv4 address such as 127.1, which some programs understand and Go does not.
func shorthand(host string) bool {
	_, err := netip.ParseAddr(host)
	return err != nil && host != "" && strings.Trim(host, "0123456789.") == ""
}

func (p *servePlan) checkAddress(flag, addr string) error {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return fmt.Errorf("%s %s: no address\n  hint: write it like 127.0.0.1:9000, or with port 0 for a free one", flag, addr)
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil {
		return fmt.Errorf("%s %s: no port between 0 and 65535: %q", flag, addr, port)
	} else if shorthand(host) {
		return fmt.Errorf("%s %s: %s is no whole IP address\n  hint: write it out, like 127.0.0.1:%d", flag, addr, host, n)
	} else if local(host) {
		return nil
	} else if !p.allowRemote {
		return fmt.Errorf("%s %s: other machines could reach it\n  hint: 127.0.0.1:%d stays on this one; --allow-remote permits others", flag, addr, n)
	}
	if flag == "--control" {
		p.warnings = append(p.warnings, "warning: the control API's token crosses the network unencrypted")
	}
	return nil
}

// local reports whether only this machine can reach the host. Names could mean anything, but for one.
func local(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

func (p *servePlan) checkToken() error {
	if p.control == "" {
		return nil
	}
	p.token = os.Getenv(tokenVariable)
	if p.token == "" {
		p.token, p.ownToken = control.NewToken(), true
		return nil
	}
	if bad := strings.ContainsFunc(p.token, func(r rune) bool { return r > unicode.MaxASCII || !unicode.IsGraphic(r) || r == ' ' }); bad || len(p.token) < 16 {
		return fmt.Errorf("$%s: must be 16 or more printable ASCII characters without blanks", tokenVariable)
	}
	return nil
}

func (p *servePlan) loadScenario() error {
	if p.scenario == "" {
		return nil
	}
	found, err := named(p.scenario)
	if err != nil {
		return err
	}
	if len(found) != 1 {
		return fmt.Errorf("--scenario %s: %d scenarios\n  hint: name one, by its file or id", p.scenario, len(found))
	}
	p.script = found[0]
	if !p.seedGiven {
		p.seed = p.script.Seed
	}
	if err := p.fit(); err != nil {
		return err
	}
	p.rules = p.script.Rules()
	for _, w := range p.script.Warnings {
		p.warnings = append(p.warnings, w.String())
	}
	if p.target != nil && len(p.script.Objects) > 0 {
		p.warnings = append(p.warnings, "warning: the scenario's objects are not put into the upstream")
	}
	return nil
}

// fit returns every fault of the scenario that a TCP port cannot do.
func (p *servePlan) fit() error {
	var authority *faultproxy.Authority
	if p.tls {
		authority = &faultproxy.Authority{}
	}
	var problems []scenarios.Problem
	for _, f := range p.script.Faults {
		err := unfit(f.Rule, authority)
		if err == nil {
			continue
		}
		kind := f.Rule.Fault.Kind()
		at, hint := f.At(kind), "chaos run plays it, in virtual time"
		switch {
		case kind == "tls":
			hint = "add --tls"
		case err.Field == "during":
			hint = "write for example during: [10s, 40s]"
		}
		lines := strings.Split(string(p.script.Source), "\n")
		problems = append(problems, scenarios.Problem{
			File: p.script.File, Line: at.Line, Column: at.Column, Message: "faults: " + err.Error(), Hint: hint,
			Source: strings.TrimSuffix(lines[at.Line-1], "\r"), Width: len(kind),
		})
	}
	if len(problems) > 0 {
		return &scenarios.InputError{Problems: problems}
	}
	return nil
}

// unfit is what keeps a TCP port from doing a rule: a closed proxy looks at its rules and then serves nothing.
func unfit(rule faultproxy.Rule, authority *faultproxy.Authority) *faultproxy.FieldError {
	trial, err := faultproxy.New(faultproxy.Config{Upstream: "none:0", TLS: authority, Rules: []faultproxy.Rule{rule}})
	if err == nil {
		_ = trial.Close() // it never fails
		err = trial.Serve(new(net.TCPListener))
	}
	field, _ := errors.AsType[*faultproxy.FieldError](err)
	return field
}

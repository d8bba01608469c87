package main

// The checked flags of serve.

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

// servePlan holds the checked flags and what they name. Nothing is started yet.
type servePlan struct {
	serveOptions
	target   *url.URL            // the upstream; nil: the fake S3
	trust    *tls.Config         // TLS to the upstream; nil: plain HTTP
	script   *scenarios.Scenario // nil without --scenario
	rules    []faultproxy.Rule
	token    string // of the control API
	newToken bool   // serve made the token and prints it
	warnings []string
}

// plan checks the flags, and reads the scenario with l. It returns the first mistake, before serve
// starts anything.
func (o serveOptions) plan(l loader) (*servePlan, error) {
	p := &servePlan{serveOptions: o}
	checks := []func() error{
		p.checkValues, p.checkAddresses, p.checkHosts, p.checkUpstream, p.checkToken, p.checkFiles,
		func() error { return p.loadScenario(l) },
	}
	for _, check := range checks {
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
		return fmt.Errorf("--grace %s: want 0 or more", p.grace)
	case p.keep < 0:
		return fmt.Errorf("--keep %d: want 0 or more", p.keep)
	case p.auth && p.upstream != "":
		return errors.New(
			"--auth: only the built-in fake S3 verifies signatures\n  hint: leave --upstream or --auth out")
	case p.caFile != "" && !p.tls:
		return errors.New("--ca-file: only --tls makes an authority\n  hint: add --tls")
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

// shorthand reports whether a host is a short IPv4 address such as 127.1, which some programs
// accept and Go does not.
func shorthand(host string) bool {
	_, err := netip.ParseAddr(host)
	return err != nil && host != "" && strings.Trim(host, "0123456789.") == ""
}

func (p *servePlan) checkAddress(flag, addr string) error {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return fmt.Errorf("%s %s: want HOST:PORT\n"+
			"  hint: write it like 127.0.0.1:9000, or with port 0 for a free port", flag, addr)
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil {
		return fmt.Errorf("%s %s: port %q: want 0 to 65535", flag, addr, port)
	} else if shorthand(host) {
		return fmt.Errorf("%s %s: host %s: want all four numbers of an IP address\n  hint: write it like 127.0.0.1:%d",
			flag, addr, host, n)
	} else if local(host) {
		return nil
	} else if !p.allowRemote {
		return fmt.Errorf("%s %s: other machines could reach it\n"+
			"  hint: only this machine reaches 127.0.0.1:%d; --allow-remote allows other addresses", flag, addr, n)
	}
	if flag == "--control" {
		p.warnings = append(p.warnings, "warning: the control API's token crosses the network unencrypted")
	}
	return nil
}

// local reports whether only this machine can reach the host. Of names it trusts only localhost:
// another name can resolve to any address.
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
		p.token, p.newToken = control.NewToken(), true
		return nil
	}
	bad := func(r rune) bool { return r > unicode.MaxASCII || !unicode.IsGraphic(r) || r == ' ' }
	if strings.ContainsFunc(p.token, bad) || len(p.token) < 16 {
		return fmt.Errorf("$%s: want 16 or more printable ASCII characters without blanks", tokenVariable)
	}
	return nil
}

func (p *servePlan) loadScenario(l loader) error {
	if p.scenario == "" {
		return nil
	}
	found, err := named(l, p.scenario)
	if err != nil {
		return err
	}
	if len(found) != 1 {
		return fmt.Errorf("--scenario %s: want one scenario, got %d\n  hint: name its file or its id",
			p.scenario, len(found))
	}
	p.script = found[0]
	if !p.seedGiven {
		p.seed = p.script.Seed
	}
	if err := p.checkFaults(); err != nil {
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

// checkFaults returns an error with every fault of the scenario that a TCP port cannot do.
func (p *servePlan) checkFaults() error {
	var authority *faultproxy.Authority
	if p.tls {
		authority = &faultproxy.Authority{}
	}
	var problems []scenarios.Problem
	for _, f := range p.script.Faults {
		err := impossible(f.Rule, authority)
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

// impossible returns why a TCP port cannot do a rule, or nil. It asks a closed proxy to serve: the
// proxy checks the rule against the listener, and then serves nothing.
func impossible(rule faultproxy.Rule, authority *faultproxy.Authority) *faultproxy.FieldError {
	trial, err := faultproxy.New(faultproxy.Config{Upstream: "none:0", TLS: authority, Rules: []faultproxy.Rule{rule}})
	if err == nil {
		_ = trial.Close() // it never fails
		err = trial.Serve(new(net.TCPListener))
	}
	field, _ := errors.AsType[*faultproxy.FieldError](err)
	return field
}

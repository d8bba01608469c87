package main

// The --upstream flags of serve.

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"os"
	"strconv"
	"strings"
)

// checkUpstream parses the URL of the upstream. Its errors show only the parts of the URL that
// cannot hold a secret.
func (p *servePlan) checkUpstream() error {
	if p.upstream == "" {
		if p.upstreamCA != "" {
			return errors.New("--upstream-ca: want --upstream too\n  hint: add --upstream https://HOST:PORT")
		}
		return nil
	}
	u, err := url.Parse(p.upstream)
	if err != nil {
		return wrongUpstream("", "not a URL")
	}
	if u.User != nil || strings.Contains(u.Opaque+u.Host, "@") {
		return wrongUpstream("", "the URL holds credentials: want none, because clients sign with their own")
	}
	if u.Scheme != "http" && u.Scheme != "https" || u.Opaque != "" {
		return wrongUpstream("", "want http:// or https://")
	}
	if u.Hostname() == "" {
		return wrongUpstream("", "the host is missing")
	}
	if !hostOrAddress(u.Hostname()) {
		return wrongUpstream("", "the host is not a name or an address")
	}
	shown := " " + u.Scheme + "://" + u.Host
	if port := u.Port(); port == "" && strings.HasSuffix(u.Host, ":") {
		return wrongUpstream(shown, "the port is missing")
	} else if n, err := strconv.ParseUint(port, 10, 16); port != "" && (err != nil || n == 0) {
		return wrongUpstream(shown, "port "+strconv.Quote(port)+": want 1 to 65535")
	}
	if u.Path != "" && u.Path != "/" || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" {
		return wrongUpstream(shown, "want only scheme, host and port")
	}
	p.target = &url.URL{Scheme: u.Scheme, Host: u.Host}
	if p.upstreamAddress() == p.listen {
		return wrongUpstream(shown, "--listen has the same address: the proxy would forward requests to itself")
	}
	if u.Scheme == "http" {
		if p.upstreamCA != "" {
			return errors.New("--upstream-ca: the upstream is not https\n" +
				"  hint: write --upstream https://" + u.Host + ", or leave --upstream-ca out")
		}
		return nil
	}
	p.trust = &tls.Config{ServerName: u.Hostname(), NextProtos: []string{"http/1.1"}, MinVersion: tls.VersionTLS12}
	return p.trustUpstream()
}

func wrongUpstream(shown, what string) error {
	return fmt.Errorf("--upstream%s: %s\n  hint: write it like http://127.0.0.1:9000", shown, what)
}

// hostOrAddress reports whether host has the form of a name or an address. Names in container
// networks may have underscores.
func hostOrAddress(host string) bool {
	if _, err := netip.ParseAddr(host); err == nil {
		return true
	}
	return hostname(strings.ReplaceAll(strings.TrimSuffix(host, "."), "_", "-")) && !shorthand(host)
}

func (p *servePlan) trustUpstream() error {
	if p.upstreamCA == "" {
		return nil
	}
	pem, err := os.ReadFile(p.upstreamCA)
	if err != nil {
		return fmt.Errorf("--upstream-ca: %w", err)
	}
	p.trust.RootCAs = x509.NewCertPool()
	if !p.trust.RootCAs.AppendCertsFromPEM(pem) {
		return fmt.Errorf("--upstream-ca %s: the file holds no certificate in PEM form\n"+
			"  hint: a certificate begins with -----BEGIN CERTIFICATE-----", p.upstreamCA)
	}
	return nil
}

// upstreamAddress returns the address that the proxy dials.
func (p *servePlan) upstreamAddress() string {
	port := p.target.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[p.target.Scheme]
	}
	return net.JoinHostPort(p.target.Hostname(), port)
}

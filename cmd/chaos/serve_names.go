package main

import (
	"fmt"
	"net"
	"net/netip"
	"os"
	"slices"
	"strings"
)

// checkHosts understands the endpoint's own names.
func (p *servePlan) checkHosts() error {
	for i, name := range p.hosts {
		const hint = "\n  hint: write it like s3.example.test: then BUCKET.s3.example.test is a bucket's"
		lower := strings.ToLower(strings.TrimSuffix(name, "."))
		switch _, err := netip.ParseAddr(strings.Trim(name, "[]")); {
		case err == nil || shorthand(name):
			return fmt.Errorf("--host %s: an address has no buckets below it%s", name, hint)
		case strings.Contains(name, "@") || strings.Contains(name, "/"):
			return fmt.Errorf("--host: a URL where a name belongs%s", hint) // without its text, which might hold a password
		case strings.Contains(name, ":"):
			return fmt.Errorf("--host %q: a name has no port: --listen has it%s", name, hint)
		case !hostname(lower):
			return fmt.Errorf("--host %q: no host name%s", name, hint)
		}
		p.hosts[i] = lower
	}
	slices.Sort(p.hosts)
	p.hosts = slices.Compact(p.hosts)
	// Of two names one of which ends in the other the longer one is meant.
	slices.SortStableFunc(p.hosts, func(a, b string) int { return len(b) - len(a) })
	return nil
}

// hostname reports whether a name is one of RFC 1123: labels of up to 63 letters, digits and hyphens.
func hostname(name string) bool {
	if len(name) > 253 {
		return false
	}
	for label := range strings.SplitSeq(name, ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		for _, c := range label {
			if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '-' {
				return false
			}
		}
	}
	return true
}

// names are those that clients may call the server by.
func (p *servePlan) names() []string {
	names := []string{"localhost", "*.localhost", "127.0.0.1", "::1"}
	for _, host := range p.hosts {
		names = append(names, host, "*."+host)
	}
	if !p.allowRemote {
		return names
	}
	if host, _, err := net.SplitHostPort(p.listen); err == nil && host != "" {
		names = append(names, host)
	}
	if host, err := os.Hostname(); err == nil {
		names = append(names, host)
	}
	if addrs, err := net.InterfaceAddrs(); err == nil {
		for _, a := range addrs {
			if ip, ok := a.(*net.IPNet); ok {
				names = append(names, ip.IP.String())
			}
		}
	}
	return names
}

// hostURLs are where clients reach the listener by the endpoint's own names, if those lead to this machine.
func (s *server) hostURLs() []string {
	_, port, err := net.SplitHostPort(s.listener.Addr().String())
	if err != nil {
		return nil // no TCP
	}
	var urls []string
	for _, host := range s.plan.hosts {
		urls = append(urls, s.plan.scheme()+"://"+net.JoinHostPort(host, port))
	}
	return urls
}

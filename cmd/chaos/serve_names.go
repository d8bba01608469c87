package main

// The --host flag of serve: the endpoint's own names.

import (
	"fmt"
	"net"
	"net/netip"
	"os"
	"slices"
	"strings"
)

// checkHosts checks the --host names and puts them in lower case, longest first.
func (p *servePlan) checkHosts() error {
	for i, name := range p.hosts {
		const hint = "\n  hint: write it like s3.example.test: BUCKET.s3.example.test is then the address of a bucket"
		lower := strings.ToLower(strings.TrimSuffix(name, "."))
		switch _, err := netip.ParseAddr(strings.Trim(name, "[]")); {
		case err == nil || shorthand(name):
			return fmt.Errorf("--host %s: want a name, got an address%s", name, hint)
		case strings.Contains(name, "@") || strings.Contains(name, "/"):
			return fmt.Errorf("--host: want a name, got a URL%s", hint) // the URL itself may hold a password
		case strings.Contains(name, ":"):
			return fmt.Errorf("--host %q: want a name without a port, --listen has the port%s", name, hint)
		case !hostname(lower):
			return fmt.Errorf("--host %q: not a host name%s", name, hint)
		}
		p.hosts[i] = lower
	}
	slices.Sort(p.hosts)
	p.hosts = slices.Compact(p.hosts)
	// A request's host may end in two of the names: the longer one, which comes first, counts.
	slices.SortStableFunc(p.hosts, func(a, b string) int { return len(b) - len(a) })
	return nil
}

// hostname reports whether name is a host name by RFC 1123: labels of up to 63 letters, digits and
// hyphens.
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

// names returns the host names and addresses that the server's certificate is for.
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

// hostURLs returns the URLs of the listener by the --host names. They work if the names resolve to
// this machine.
func (s *server) hostURLs() []string {
	_, port, err := net.SplitHostPort(s.listener.Addr().String())
	if err != nil {
		return nil // not a TCP listener
	}
	var urls []string
	for _, host := range s.plan.hosts {
		urls = append(urls, s.plan.scheme()+"://"+net.JoinHostPort(host, port))
	}
	return urls
}

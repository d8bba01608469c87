package main

import (
	"net"
	"os"
	"strings"
)

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

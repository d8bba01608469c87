package s3api

import (
	"net/netip"
	"strings"
	"sync/atomic"
)

// Hosts tells a virtual-hosted bucket from an endpoint's name. Known bases come first; else a host
// is read as AWS writes it (BUCKET.s3.REGION.amazonaws.com, BUCKET.s3-accelerate…) or as
// BUCKET.localhost; every other host, and every address, holds its bucket in the path. The zero
// value knows no bases.
type Hosts struct {
	bases []string // lower case, without port
	last  atomic.Pointer[hostBucket]
}

type hostBucket struct{ host, bucket string }

func NewHosts(bases ...string) *Hosts {
	h := &Hosts{}
	for _, b := range bases {
		if b = strings.ToLower(trimPort(b)); b != "" {
			h.bases = append(h.bases, b)
		}
	}
	return h
}

// bucket returns the bucket that host names, or "". Clients repeat their host: the last answer is
// kept.
func (h *Hosts) bucket(host string) string {
	if last := h.last.Load(); last != nil && last.host == host {
		return last.bucket
	}
	// without userinfo: buckets are shown
	b := h.find(strings.ToLower(trimPort(host[strings.LastIndexByte(host, '@')+1:])))
	h.last.Store(&hostBucket{strings.Clone(host), strings.Clone(b)})
	return b
}

func (h *Hosts) find(host string) string {
	for _, base := range h.bases {
		if host == base {
			return ""
		}
		if bucket, ok := strings.CutSuffix(host, "."+base); ok {
			return bucket
		}
	}
	if _, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil {
		return ""
	}
	if bucket, ok := strings.CutSuffix(host, ".localhost"); ok && !s3Label(lastLabel(bucket)) {
		return bucket
	}
	// The last label that names the service: a bucket may have such labels of its own before it.
	for end := len(host); end > 0; {
		start := strings.LastIndexByte(host[:end], '.') + 1
		if s3Label(host[start:end]) {
			if start == 0 {
				return ""
			}
			return host[:start-1]
		}
		end = start - 1
	}
	return ""
}

func s3Label(label string) bool {
	return label == "s3" || strings.HasPrefix(label, "s3-") || strings.HasPrefix(label, "s3express-")
}

func lastLabel(host string) string { return host[strings.LastIndexByte(host, '.')+1:] }

// trimPort cuts the port off; a bare IPv6 address has none.
func trimPort(host string) string {
	i := strings.LastIndexByte(host, ':')
	if i < 0 || strings.IndexByte(host, ':') != i && !strings.HasSuffix(host[:i], "]") {
		return host
	}
	return host[:i]
}

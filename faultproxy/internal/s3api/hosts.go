package s3api

import (
	"net/netip"
	"strings"
	"sync/atomic"
)

// Hosts finds the bucket of a virtual-hosted request in its host name. It tries the known endpoint
// names first, then the host names of AWS (BUCKET.s3.REGION.amazonaws.com, BUCKET.s3-accelerate…)
// and BUCKET.localhost. For all other host names, and for addresses, the bucket is in the path. The
// zero value knows no endpoint names.
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

// bucket returns the bucket that the host names, or "". It keeps the last result, because clients
// send the same host again.
func (h *Hosts) bucket(host string) string {
	if last := h.last.Load(); last != nil && last.host == host {
		return last.bucket
	}
	// without userinfo, because the journal shows buckets
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
	// Look for the last label that names the service: a bucket's name may contain such labels
	// before it.
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

// trimPort removes the port. An IPv6 address without brackets has no port.
func trimPort(host string) string {
	i := strings.LastIndexByte(host, ':')
	if i < 0 || strings.IndexByte(host, ':') != i && !strings.HasSuffix(host[:i], "]") {
		return host
	}
	return host[:i]
}

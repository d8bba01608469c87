package faultproxy

import (
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"time"

	"github.com/s3chaos/s3chaos/faultproxy/internal/identity"
)

// A Replacement is an object that the proxy itself wrote, for the fault `replace`.
type Replacement struct {
	Bucket, Key string
	At          time.Duration // scenario time
	Size        Size
	seed        uint64
}

// Content returns the bytes that the proxy wrote.
func (r Replacement) Content() []byte {
	content := make([]byte, (int(r.Size)+7)/8*8)
	drawn := rand.New(rand.NewPCG(r.seed, 1)) //nolint:gosec // content that must be the same in each run
	for i := 0; i < len(content); i += 8 {
		binary.LittleEndian.PutUint64(content[i:], drawn.Uint64())
	}
	return content[:r.Size]
}

// Replacements returns the objects that the fault `replace` wrote, in order.
func (p *Proxy) Replacements() []Replacement {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]Replacement(nil), p.replaced...)
}

// maxReplacements is how many replacements a proxy remembers, the latest ones.
const maxReplacements = 10_000

// replaceObject overwrites the request's object, and reports whether the upstream has taken that.
func (x *exchange) replaceObject(rule *activeRule, size Size) bool {
	p := x.p
	head := "Host: " + x.req.Host + "\r\nUser-Agent: s3chaos-replace\r\n"
	there, err := p.sendOwn(x.c.ctx, "HEAD", func(w io.Writer) error {
		_, err := io.WriteString(w, "HEAD "+x.req.Path+" HTTP/1.1\r\n"+head+"\r\n")
		return err
	})
	if err != nil || there.Status != 200 {
		p.cfg.Logger.Warn("replace: the proxy found no object", "status", there.Status, "error", err)
		return false
	}
	if size == 0 {
		size = Size(max(there.Length, 1))
	}
	r := Replacement{
		Bucket: x.req.Bucket, Key: x.req.Key, Size: size,
		seed: identity.Mix(p.cfg.Seed, identity.Mix(uint64(rule.id)<<32|uint64(x.req.Nth), x.req.IdentityHash)),
	}
	put, err := p.sendOwn(x.c.ctx, "PUT", func(w io.Writer) error {
		_, err := fmt.Fprintf(w, "PUT %s HTTP/1.1\r\n%sContent-Length: %d\r\n\r\n%s",
			x.req.Path, head, size, r.Content())
		return err
	})
	if err != nil || put.Status/100 != 2 {
		p.cfg.Logger.Warn("replace: the upstream did not take the new object", "status", put.Status, "error", err)
		return false
	}
	r.At = p.now()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.replaced = append(p.replaced, r)
	if len(p.replaced) > maxReplacements {
		p.replaced = p.replaced[1:]
	}
	return true
}

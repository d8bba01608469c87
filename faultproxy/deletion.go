package faultproxy

import (
	"encoding/xml"
	"errors"
	"fmt"
	"slices"
	"strings"
)

const (
	maxDeletion = 8 << 20 // longest DeleteObjects, and answer to one, that is read, in bytes: S3's 1,000 keys, however escaped
	maxDeleted  = 1000    // most keys of one DeleteObjects
)

// deletion is a DeleteObjects request, which names its objects in its body.
type deletion struct {
	XMLName xml.Name        `xml:"Delete"`
	Quiet   string          `xml:"Quiet"`
	Objects []deletedObject `xml:"Object"`
}

// deletionResult is what became of it.
type deletionResult struct {
	XMLName xml.Name
	Deleted []deletedObject `xml:"Deleted"`
	Errors  []deletedObject `xml:"Error"`
}

type deletedObject struct {
	Key       string `xml:"Key"`
	VersionID string `xml:"VersionId"`
}

// readDeletion reads the body of a DeleteObjects before the upstream gets it, and leaves it to be forwarded as it came.
// It reports whether the exchange is still under way.
func (x *exchange) readDeletion() bool {
	f := x.head.framing()
	if f.kind == byLength && f.length > maxDeletion {
		x.past.unseen = fmt.Errorf("a request of more than %v", Size(maxDeletion))
		return true
	}
	if x.head.expect && !x.continued && !x.quiet {
		if !x.sayContinue() {
			return false
		}
		x.quiet = true // the upstream's own would be a second one
	}
	content := new(keep)
	sum := newDigest(x.head.streaming, false, content)
	whole, err := x.c.in.peek(len(x.raw), f, maxDeletion, sum)
	x.raw = x.c.in.buffered()[:len(x.raw)]
	if err != nil {
		x.received += int64(len(x.c.in.buffered()) - len(x.raw))
		return x.judge(err)
	}
	text, _ := content.whole()
	d := new(deletion)
	switch {
	case !whole:
		err = fmt.Errorf("a request of more than %v", Size(maxDeletion))
	case sum.decoder != nil && !sum.decoder.whole():
		err = errors.New("a request whose chunks are none")
	default:
		err = xml.Unmarshal(text, d)
	}
	if err == nil && len(d.Objects) > maxDeleted {
		err = fmt.Errorf("a request for more than %d objects", maxDeleted)
	}
	if err != nil {
		x.past.unseen = err
		return true
	}
	x.past.deletion = d
	seen := map[string]bool{}
	for _, o := range d.Objects {
		if !seen[o.Key] {
			seen[o.Key] = true
			x.past.targets = append(x.past.targets, x.target(o.Key))
		}
	}
	return true
}

// deleted is the targets that the upstream's answer says are gone, for each version of it that is; false: nobody knows
// which.
func (x *exchange) deleted(up *upstream) ([]*target, bool) {
	p := x.past
	if p.deletion == nil {
		return nil, false
	}
	content := new(keep)
	whole, err := up.in.peek(len(x.respRaw), x.resp.framing(x.req.Method), maxDeletion, newDigest(false, false, content))
	x.respRaw = up.in.buffered()[:len(x.respRaw)]
	text, _ := content.whole()
	var result deletionResult
	if err == nil && !whole {
		err = fmt.Errorf("an answer of more than %v", Size(maxDeletion))
	}
	if err == nil {
		err = xml.Unmarshal(text, &result)
	}
	quiet := strings.EqualFold(strings.TrimSpace(p.deletion.Quiet), "true")
	switch {
	case err != nil:
	case result.XMLName.Local == "Error":
		return nil, true // it failed after the head of the answer was sent
	case result.XMLName.Local != "DeleteResult":
		err = fmt.Errorf("an answer that is a <%s>", result.XMLName.Local)
	case quiet && x.corrupted():
		err = errors.New("what was corrupted on its way named others")
	}
	if err != nil {
		p.unseen = err
		return nil, false
	}
	byKey := map[string]*target{}
	for _, t := range p.targets {
		byKey[t.key] = t
	}
	reported := versionsOf(result.Deleted)
	if quiet {
		reported = versionsOf(result.Errors)
	}
	var gone []*target
	for _, o := range p.deletion.Objects {
		// Some servers report the key alone.
		versions := reported[o.Key]
		if (slices.Contains(versions, o.VersionID) || slices.Contains(versions, "")) == quiet {
			continue
		}
		t := byKey[o.Key]
		t.gone = append(t.gone, o.VersionID)
		gone = append(gone, t)
	}
	return gone, true
}

// versionsOf is the versions of each key.
func versionsOf(objects []deletedObject) map[string][]string {
	m := map[string][]string{}
	for _, o := range objects {
		m[o.Key] = append(m[o.Key], o.VersionID)
	}
	return m
}

// corrupted reports whether the upstream got another body than the client sent.
func (x *exchange) corrupted() bool {
	if x.rule == nil {
		return false
	}
	f, ok := x.rule.Fault.(*corrupt)
	return ok && f.In == "request"
}

package faultproxy

import (
	"errors"
	"maps"
	"slices"
)

// edit changes the head of a response. The body stays.
type edit HeadEdit

// HeadEdit says how [Edit] changes the head of a response. At least one field is set.
type HeadEdit struct {
	Status  int     `yaml:"status"` // 200 to 599, but not 204 and 304, which have no body; zero: as it is
	Headers Headers `yaml:"headers"`
	// of the headers x-amz-checksum-*; zero: as they are
	Checksum ChecksumEdit `yaml:"checksum"`
}

// Headers are changes to the headers of a response, apart from those that say where its body ends.
type Headers struct {
	Set    map[string]string `yaml:"set"`    // in place of the headers with these names, or added
	Remove []string          `yaml:"remove"` // names
}

// ChecksumEdit is what [Edit] does to checksums.
type ChecksumEdit string

// ChecksumWrong replaces the value of each checksum by another one of the same form.
// ChecksumMissing removes all checksums, as a server without them has none.
const (
	ChecksumWrong   ChecksumEdit = "wrong"
	ChecksumMissing ChecksumEdit = "missing"
)

// Edit changes the status and the headers of a response, and leaves its body as it is. The response
// is the upstream's, or one of a rule that ends the exchange. The fault acts only if the head is
// different afterwards.
func Edit(e HeadEdit) Fault {
	e.Headers = Headers{maps.Clone(e.Headers.Set), slices.Clone(e.Headers.Remove)} // because a fault must not change
	return (*edit)(&e)
}

func (f *edit) Kind() string   { return "edit" }
func (f *edit) String() string { return printFault(f) }
func (f *edit) part(r *Rule)   { r.Fault = f }
func (f *edit) traits() traits { return traits{order: throughUpstream, spoils: true} }
func (f *edit) Validate() error {
	var errs []error
	if f.Status == 0 && len(f.Headers.Set)+len(f.Headers.Remove) == 0 && f.Checksum == "" {
		errs = append(errs, fieldErrorf("edit", "no change: want status, headers or checksum"))
	}
	switch {
	case f.Status == 0:
	case bodiless(f.Status):
		errs = append(errs, fieldErrorf("edit.status", "%d: want a status whose responses have a body", f.Status))
	case f.Status < 200 || f.Status > 599:
		errs = append(errs, fieldErrorf("edit.status", "%d: want 200 to 599", f.Status))
	}
	errs = append(errs, checkHeaders("edit.headers.set", f.Headers.Set))
	for _, name := range f.Headers.Remove {
		errs = append(errs, checkHeaders("edit.headers.remove", map[string]string{name: ""}))
	}
	var checksum error
	if f.Checksum != "" {
		checksum = oneOf("edit.checksum", f.Checksum, ChecksumWrong, ChecksumMissing)
	}
	return errors.Join(append(errs, checksum)...)
}

func (f *edit) shape(x *exchange, _ *activeRule) shape {
	return shape{response: func(r *reply) actor {
		f.edit(r, x.req.Method == "HEAD")
		return nil
	}}
}

// edit changes the head of a response.
func (f *edit) edit(r *reply, headRequest bool) {
	head := editHead(r.head, f.Headers.change(f.Checksum))
	if f.Status != 0 && f.Status != r.status {
		head = withStatus(head, f.Status)
		if bodiless(r.status) && !headRequest { // without a length the client would wait for a body
			head = withFraming(head, "Content-Length: 0\r\n")
		}
		r.status = f.Status
	}
	if string(head) != string(r.head) {
		r.head, r.edited = head, true
	}
}

func (f *edit) idleReason() string { return "the response had nothing to change" }

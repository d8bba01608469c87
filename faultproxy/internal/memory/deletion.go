package memory

import (
	"encoding/xml"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// MaxBody is the longest body of a DeleteObjects, and of the response to one, that is read, in
// bytes: S3's 1,000 keys fit however they are escaped.
const MaxBody = 8 << 20

// maxDeleted is the most keys of one DeleteObjects.
const maxDeleted = 1000

// deletion is a DeleteObjects request, which names its objects in its body.
type deletion struct {
	XMLName xml.Name        `xml:"Delete"`
	Quiet   string          `xml:"Quiet"`
	Objects []deletedObject `xml:"Object"`
}

// deletionResult is the response to a deletion.
type deletionResult struct {
	XMLName xml.Name
	Deleted []deletedObject `xml:"Deleted"`
	Errors  []deletedObject `xml:"Error"`
}

type deletedObject struct {
	Key       string `xml:"Key"`
	VersionID string `xml:"VersionId"`
}

// TakesBody reports whether the request names its objects in its body: then SetBody is called
// before Before.
func (e *Exchange) TakesBody() bool { return e != nil && e.req.Operation == "DeleteObjects" }

// SetBody is told the request's body, decoded, or why it is not known. MaxBody is its largest size.
func (e *Exchange) SetBody(content []byte, err error) {
	d := new(deletion)
	if err == nil {
		err = xml.Unmarshal(content, d)
	}
	if err == nil && len(d.Objects) > maxDeleted {
		err = fmt.Errorf("the request names more than %d objects", maxDeleted)
	}
	if err != nil {
		e.unseen = err
		return
	}
	e.deletion = d
	seen := map[string]bool{}
	for _, o := range d.Objects {
		if !seen[o.Key] {
			seen[o.Key] = true
			e.targets = append(e.targets, e.target(o.Key))
		}
	}
}

// deleted is the targets that the upstream's response says are gone, for each version of it that
// is; false: it is unknown which.
func (e *Exchange) deleted(r Response) ([]*target, bool) {
	if e.deletion == nil {
		return nil, false
	}
	quiet := strings.EqualFold(strings.TrimSpace(e.deletion.Quiet), "true")
	var result deletionResult
	content, err := r.Body(MaxBody)
	if err == nil {
		err = xml.Unmarshal(content, &result)
	}
	switch {
	case err != nil:
	case result.XMLName.Local == "Error":
		return nil, true // it failed after the head of the response was sent
	case result.XMLName.Local != "DeleteResult":
		err = fmt.Errorf("the response is a <%s>: want a <DeleteResult>", result.XMLName.Local)
	case quiet && r.Corrupted:
		err = errors.New("the request was corrupted on its way: the proxy does not know its keys")
	}
	if err != nil {
		e.unseen = err
		return nil, false
	}
	byKey := map[string]*target{}
	for _, t := range e.targets {
		byKey[t.key] = t
	}
	reported := versionsOf(result.Deleted)
	if quiet {
		reported = versionsOf(result.Errors)
	}
	var gone []*target
	for _, o := range e.deletion.Objects {
		// Some servers report the key without its version.
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

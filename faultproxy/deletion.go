package faultproxy

import (
	"cmp"
	"encoding/xml"

	"github.com/s3chaos/s3chaos/faultproxy/internal/memory"
	"github.com/s3chaos/s3chaos/faultproxy/journal"
)

// deletionCopy holds both bodies of a DeleteObjects, whose keys and their errors stand there and
// nowhere else.
type deletionCopy struct{ request, response limited }

// limited keeps what is written to it, unless it is more than memory.MaxBody bytes.
type limited struct {
	kept []byte
	over bool
}

func (l *limited) write(p []byte) {
	if l.over = l.over || len(l.kept)+len(p) > memory.MaxBody; l.over {
		l.kept = nil
		return
	}
	l.kept = append(l.kept, p...)
}

// deletions are the keys that the request names, each with the error that the response has for it.
// It is nil where the request's body is not such a document, or too long. A response that cannot be
// read has no errors.
func (c *deletionCopy) deletions() []journal.Deletion {
	if c == nil { // before the variables below, which escape: other exchanges must not pay for them
		return nil
	}
	var request struct {
		XMLName xml.Name `xml:"Delete"`
		Objects []struct {
			Key string `xml:"Key"`
		} `xml:"Object"`
	}
	if xml.Unmarshal(c.request.kept, &request) != nil {
		return nil
	}
	var response struct {
		XMLName xml.Name `xml:"DeleteResult"`
		Errors  []struct {
			Key  string `xml:"Key"`
			Code string `xml:"Code"`
		} `xml:"Error"`
	}
	failed := make(map[string]string)
	if xml.Unmarshal(c.response.kept, &response) == nil {
		for _, e := range response.Errors {
			failed[e.Key] = cmp.Or(e.Code, "Error")
		}
	}
	var list []journal.Deletion
	for _, o := range request.Objects {
		list = append(list, journal.Deletion{Key: o.Key, ErrorCode: failed[o.Key]})
	}
	return list
}

// Package harimport makes a scenario from a recorded session: [Scenario] reads an HTTP Archive, as
// browsers, mitmproxy and chaos itself write them, and returns the text of a scenario file.
//
// The requests become steps, and what went wrong becomes rules: statuses, responses that broke off
// or never came, long waits. Only operations, buckets, keys, sizes, times and S3's error codes are
// copied: no header, query, signature or content of the recording is in the scenario.
package harimport

import (
	"fmt"
	"io"

	"github.com/s3chaos/s3chaos/scenarios/script"
)

// session is what an import has understood of a recording.
type session struct {
	steps   []*step
	rules   []*rule
	objects map[string]int64 // what the bucket must hold before, by bucket/key
	order   []string         // of objects
	written map[string]bool  // by a step, by bucket/key

	open     map[string]*step // by id of the call: the step that waits for another attempt
	uploads  map[string]*step // multipart uploads that are not complete, by bucket/key
	passed   map[string]int   // how many requests passed before the next rule, by operation and key
	attempts int              // of the step that needed most
	partSize int64            // of the first multipart upload
	largest  int64            // upload in one request
	skipped  int              // requests that no step asks for
}

// A step is what the client was asked to do.
type step struct {
	call     *call
	size     int64
	attempts int
}

// A rule is a fault that requests met one after another.
type rule struct {
	operation, bucket, key, fault string
	after, times                  int
}

// minPart is the smallest size of parts that S3 takes.
const minPart = 5 << 20

// mostContent bounds what the objects and uploads of a scenario have together.
const mostContent = 256 << 20

// Scenario returns the scenario of a recording, which has no more than 64 MiB and 10,000 requests.
// Name is the scenario's name. The error says why the recording cannot be read, or that it has no
// request to S3 which a step can repeat.
func Scenario(name string, recording io.Reader) ([]byte, error) {
	entries, err := read(recording)
	if err != nil {
		return nil, err
	}
	s := &session{
		objects: make(map[string]int64), written: make(map[string]bool), open: make(map[string]*step),
		uploads: make(map[string]*step), passed: make(map[string]int), attempts: 1,
	}
	for i := range entries {
		if c, ok := callOf(&entries[i]); ok {
			s.add(c)
		} else {
			s.skipped++
		}
	}
	if len(s.steps) == 0 {
		return nil, fmt.Errorf("the recording has no request to S3 that a step can repeat: %d others", s.skipped)
	}
	text := s.yaml(name)
	if _, err := script.Parse("scenario", text); err != nil {
		return nil, fmt.Errorf("the recording has what the format cannot say: %w", err)
	}
	return text, nil
}

// add takes a call as a step, or as another attempt of an earlier one, and its response as a fault.
func (s *session) add(c *call) {
	target := c.bucket + "/" + c.key
	switch {
	case c.step != "":
		s.stepOf(c, target)
	case c.operation == "CreateMultipartUpload":
		c.step = "upload"
		s.uploads[target] = s.stepOf(c, target)
		s.written[target] = true
	case s.uploads[target] == nil: // it began before the recording
		s.skipped++
		return
	default:
		s.part(c, s.uploads[target])
	}
	s.meet(c)
	if !c.retries() {
		delete(s.open, c.id())
		if c.operation == "CompleteMultipartUpload" {
			delete(s.uploads, target)
		}
	}
}

// stepOf returns the step that the call is an attempt of, and makes a new step if no step waits for
// one.
func (s *session) stepOf(c *call, target string) *step {
	if open := s.open[c.id()]; open != nil {
		open.attempts++
		s.attempts = max(s.attempts, open.attempts)
		s.declare(c, target)
		return open
	}
	if c.operation == "ListObjectsV2" && (c.query.Get("continuation-token") != "" || c.query.Get("marker") != "") {
		return nil // a later page of a list
	}
	made := &step{call: c, size: c.entry.sent(), attempts: 1}
	s.steps = append(s.steps, made)
	s.open[c.id()] = made
	s.declare(c, target)
	if c.operation == "PutObject" {
		s.largest = max(s.largest, made.size)
	}
	if c.step == "upload" || c.step == "copy" {
		s.written[target] = true
	}
	return made
}

// declare declares what the call needs in the bucket.
func (s *session) declare(c *call, target string) {
	switch status := c.entry.Response.Status; {
	case status == 404:
	case c.operation == "GetObject" || c.operation == "HeadObject" || c.operation == "DeleteObject":
		size := c.entry.objectSize()
		if status < 200 || status > 299 {
			size = -1
		}
		s.object(target, size)
	case c.operation == "CopyObject":
		s.object(c.from, -1)
	case c.operation == "DeleteObjects":
		for _, key := range c.keys {
			s.object(c.bucket+"/"+key, -1)
		}
	}
}

// object declares an object unless a step has written it. A size below 0 is unknown.
func (s *session) object(target string, size int64) {
	before, known := s.objects[target]
	switch {
	case s.written[target]:
	case !known:
		s.order = append(s.order, target)
		s.objects[target] = size
	case before < size:
		s.objects[target] = size
	}
}

// part adds a request of a multipart upload to its step.
func (s *session) part(c *call, upload *step) {
	if c.operation != "UploadPart" || c.retries() {
		return
	}
	size := c.entry.sent()
	if s.partSize == 0 {
		s.partSize = max(size, minPart)
	}
	upload.size += size
}

// meet takes the fault of the call's response as a rule.
func (s *session) meet(c *call) {
	fault, failed := c.fault()
	at := c.operation + " " + c.bucket + "/" + c.key
	if fault == "" {
		s.passed[at]++
		return
	}
	if failed {
		s.attempts = max(s.attempts, 2)
	}
	if n := len(s.rules); n > 0 {
		last := s.rules[n-1]
		same := last.operation == c.operation && last.bucket == c.bucket && last.key == c.key
		if same && last.fault == fault && last.after == s.passed[at] {
			last.times++
			s.attempts = max(s.attempts, last.times+1)
			return
		}
	}
	s.rules = append(s.rules, &rule{c.operation, c.bucket, c.key, fault, s.passed[at], 1})
}

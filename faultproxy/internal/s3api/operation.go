package s3api

import (
	"slices"
	"strings"

	"github.com/s3chaos/s3chaos/faultproxy/internal/httptext"
)

// Op is an index into operations; 0 is no S3 operation.
type Op uint8

// String returns the operation's name in the S3 API, or "" for 0.
func (o Op) String() string { return operations[o].name }

// Method returns the HTTP method of the operation's requests.
func (o Op) Method() string { return operations[o].method }

// Level returns what the operation acts on.
func (o Op) Level() Level { return operations[o].at }

// OpCount is the number of values of Op, including 0.
const OpCount = len(operations)

// Operations returns the S3 API names that a Match may name, sorted.
func Operations() []string {
	names := make([]string, 0, len(operations)-1)
	for _, o := range operations[1:] {
		names = append(names, o.name)
	}
	slices.Sort(names)
	return names
}

// OpByName returns the opcode of an S3 API name.
func OpByName(name string) (Op, bool) {
	o, ok := opByName[name]
	return o, ok
}

// Level is what an operation acts on: the service, a bucket or an object.
type Level uint8

// Levels.
const (
	ServiceLevel Level = iota
	BucketLevel
	ObjectLevel
)

// question is what the query of a request asks for.
type question struct {
	resource  string // the first sub-resource
	id        bool   // one configuration, not the list of all
	listV2    bool   // the list in version 2
	directory bool   // the list of directory buckets
}

// params are the query parameters that decide about the operation, with what each of them means.
var params = paramsOf(operations[1:])

func paramsOf(table []operation) map[string]func(r *Request, name, value string) {
	id := func(r *Request, _, _ string) { r.asked.id = true }
	m := map[string]func(r *Request, name, value string){
		"partNumber":     func(r *Request, _, value string) { r.Part = partNumber(value) },
		"uploadId":       func(r *Request, _, value string) { r.UploadID = httptext.UnescapeQuery(value) },
		"id":             id,
		"annotationName": id,
		"list-type":      func(r *Request, _, value string) { r.asked.listV2 = value == "2" },
		"x-id": func(r *Request, _,
			value string,
		) {
			r.asked.directory = value == "ListDirectoryBuckets"
		},
		"max-directory-buckets": func(r *Request, _, _ string) { r.asked.directory = true },
	}
	for _, o := range table {
		if _, ok := m[o.resource]; ok || o.resource == "" || o.special() {
			continue
		}
		m[o.resource] = func(r *Request, name, _ string) {
			if r.asked.resource == "" {
				r.asked.resource = name
			}
		}
	}
	return m
}

// exceptions are the operations that need more than a route. They are tried in order, before the
// routes.
var exceptions = []struct {
	op     Op
	method string
	at     Level
	when   func(r *Request, resource string) bool
}{
	{opByName["ListDirectoryBuckets"], "GET", ServiceLevel, func(r *Request, _ string) bool {
		return r.asked.directory || strings.HasPrefix(r.Host, "s3express-control.")
	}},
	{opByName["CopyObject"], "PUT", ObjectLevel, func(r *Request, resource string) bool {
		return r.copyFrom && resource == ""
	}},
	{opByName["ListObjectsV2"], "GET", BucketLevel, func(r *Request, resource string) bool {
		return r.asked.listV2 && resource == ""
	}},
}

// recognize returns the operation, as S3 routes it: by method, by what the path names and by the
// sub-resource in the query. It also sets the part number and the upload id.
func (r *Request) recognize() Op {
	httptext.EachParam(r.Query, func(_, name, value string) bool {
		if say, ok := params[name]; ok {
			say(r, name, value)
		}
		return true
	})
	if r.Method == "POST" && r.Path == "/WriteGetObjectResponse" {
		r.Bucket, r.Key = "", ""
		return opWriteGetObjectResponse
	}
	at := r.level()
	resource := r.resource(at)
	for i := range exceptions {
		if e := &exceptions[i]; e.at == at && e.method == r.Method && e.when(r, resource) {
			return e.op
		}
	}
	if resource == "" {
		return plainRoute(r.Method, at)
	}
	way := route{r.Method, at, resource, r.asked.id && idResources[resource]}
	if resource == "uploadId" && r.Method == "PUT" {
		way.id = r.copyFrom
	}
	if o, ok := routes[way]; ok {
		return o
	}
	if r.Method == "HEAD" { // S3 ignores the sub-resource of HEAD
		return plainRoute(r.Method, at)
	}
	return 0
}

// level returns what the request's path and host name.
func (r *Request) level() Level {
	switch {
	case r.Bucket == "":
		return ServiceLevel
	case r.Key == "":
		return BucketLevel
	}
	return ObjectLevel
}

// resource returns the sub-resource that routes the request, or "".
func (r *Request) resource(at Level) string {
	switch {
	case at == ServiceLevel:
		return ""
	case at == ObjectLevel && r.UploadID != "" && r.Method != "HEAD":
		return "uploadId"
	}
	return r.asked.resource
}

// plainRoute returns the operation of a request without a sub-resource, or 0.
func plainRoute(method string, at Level) Op {
	for _, p := range plainRoutes[at] {
		if p.method == method {
			return p.op
		}
	}
	return 0
}

// partNumber reads a part number. It returns 0 for a number that S3 would reject.
func partNumber(s string) int {
	n := 0
	for _, c := range []byte(s) {
		if c < '0' || c > '9' || n > 10000 {
			return 0
		}
		n = n*10 + int(c-'0')
	}
	return n
}

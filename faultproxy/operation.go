package faultproxy

import (
	"slices"
	"strings"
)

// opcode is an index into operations; 0 is no S3 operation.
type opcode uint8

func (o opcode) String() string { return operations[o].name }

// Operations returns the S3 API names that a Match may name, sorted.
func Operations() []string {
	names := make([]string, 0, len(operations)-1)
	for _, o := range operations[1:] {
		names = append(names, o.name)
	}
	slices.Sort(names)
	return names
}

func operationByName(name string) (opcode, bool) {
	o, ok := opByName[name]
	return o, ok
}

// level is what an operation acts on.
type level uint8

const (
	serviceLevel level = iota
	bucketLevel
	objectLevel
)

// recognize names the operation, as S3 routes it: by method, by what the path names and by the sub-resource in the
// query. It also picks part number and upload id from the query.
func (r *request) recognize() opcode {
	var sub, id, listType bool
	var resource string
	directory := false
	eachParam(r.Query, func(_, name, value string) bool {
		switch name {
		case "partNumber":
			r.Part = partNumber(value)
		case "uploadId":
			r.UploadID = unescapeQuery(value)
		case "id", "annotationName":
			id = true
		case "list-type":
			listType = value == "2"
		case "x-id":
			directory = value == "ListDirectoryBuckets"
		case "max-directory-buckets":
			directory = true
		default:
			if !sub && subresources[name] {
				sub, resource = true, name
			}
		}
		return true
	})
	at := objectLevel
	switch {
	case r.Bucket == "":
		at = serviceLevel
	case r.Key == "":
		at = bucketLevel
	}
	switch {
	case r.Method == "POST" && r.Path == "/WriteGetObjectResponse":
		r.Bucket, r.Key = "", ""
		return opWriteGetObjectResponse
	case at == serviceLevel && r.Method == "GET":
		if directory || strings.HasPrefix(r.Host, "s3express-control.") {
			return opListDirectoryBuckets
		}
		return opListBuckets
	case at == serviceLevel:
		return 0
	case at == objectLevel && r.UploadID != "" && r.Method != "HEAD":
		resource = "uploadId"
	case at == objectLevel && r.Method == "PUT" && r.copyFrom && resource == "":
		return opCopyObject
	case at == bucketLevel && r.Method == "GET" && resource == "" && listType:
		return opListObjectsV2
	}
	if resource == "" {
		for _, p := range plainRoutes[at] {
			if p.method == r.Method {
				return p.op
			}
		}
		return 0
	}
	way := route{r.Method, at, resource, id && idResources[resource]}
	if resource == "uploadId" && r.Method == "PUT" {
		way.id = r.copyFrom
	}
	if o, ok := routes[way]; ok {
		return o
	}
	if r.Method == "HEAD" {
		return routes[route{method: "HEAD", at: at}]
	}
	return 0
}

// partNumber reads a part number; what S3 would refuse is none.
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

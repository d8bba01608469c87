package fakes3

import "net/http"

// handler serves one S3 operation.
type handler func(s *Server, w *response, r *request) error

// notImplemented are the subresources that exist in S3 and not here. Answering
// as if the query were not there would, for one, store a tag set as the object.
var notImplemented = []string{
	"abac", "accelerate", "acl", "analytics", "cors", "encryption", "intelligent-tiering",
	"inventory", "legal-hold", "lifecycle", "logging", "metadataConfiguration",
	"metadataInventoryTable", "metadataJournalTable", "metadataTable", "metrics",
	"notification", "object-lock", "ownershipControls", "policy", "policyStatus",
	"publicAccessBlock", "renameObject", "replication", "requestPayment", "restore",
	"retention", "select", "session", "tagging", "torrent", "versions", "website",
}

// route names the operation of a request.
func route(r *request) (handler, error) {
	for _, name := range notImplemented {
		if r.has(name) {
			return nil, failuref(codeNotImplemented, "The subresource %s is not implemented.", name)
		}
	}
	if version := r.query.Get("versionId"); version != "" && version != "null" {
		return nil, failuref(codeInvalidArgument, "Invalid version id specified").
			with("ArgumentName", "versionId").with("ArgumentValue", version)
	}
	var handle handler
	switch {
	case r.bucket == "":
		if r.Method == http.MethodGet {
			handle = (*Server).listBuckets
		}
	case r.key == "":
		handle = routeBucket(r)
	default:
		handle = routeObject(r)
	}
	if handle == nil {
		return nil, failure(codeMethodNotAllowed).with("Method", r.Method)
	}
	return handle, nil
}

func routeBucket(r *request) handler {
	switch r.Method {
	case http.MethodGet:
		switch {
		case r.has("location"):
			return (*Server).getBucketLocation
		case r.has("versioning"):
			return (*Server).getBucketVersioning
		case r.has("uploads"):
			return (*Server).listUploads
		case r.query.Get("list-type") == "2":
			return (*Server).listObjectsV2
		}
		return (*Server).listObjects
	case http.MethodHead:
		return (*Server).headBucket
	case http.MethodPut:
		if r.has("versioning") {
			return unavailable
		}
		return (*Server).createBucket
	case http.MethodDelete:
		return (*Server).deleteBucket
	case http.MethodPost:
		if r.has("delete") {
			return (*Server).deleteObjects
		}
		return unavailable
	}
	return nil
}

func routeObject(r *request) handler {
	upload := r.has("uploadId")
	switch r.Method {
	case http.MethodGet:
		switch {
		case upload:
			return (*Server).listParts
		case r.has("attributes"):
			return (*Server).getObjectAttributes
		}
		return (*Server).getObject
	case http.MethodHead:
		return (*Server).headObject
	case http.MethodPut:
		source := r.Header.Get(headerCopySource) != ""
		switch {
		case upload && source:
			return (*Server).uploadPartCopy
		case upload:
			return (*Server).uploadPart
		case source:
			return (*Server).copyObject
		case r.has("partNumber"):
			return partWithoutUpload
		}
		return (*Server).putObject
	case http.MethodPost:
		switch {
		case upload:
			return (*Server).completeUpload
		case r.has("uploads"):
			return (*Server).createUpload
		}
	case http.MethodDelete:
		if upload {
			return (*Server).abortUpload
		}
		return (*Server).deleteObject
	}
	return nil
}

// partWithoutUpload keeps a part that lost its uploadId from becoming the object.
func partWithoutUpload(*Server, *response, *request) error {
	return failuref(codeInvalidArgument, "This operation does not accept partNumber without uploadId").
		with("ArgumentName", "partNumber")
}

// unavailable answers for what S3 can do and this server cannot.
func unavailable(*Server, *response, *request) error { return failure(codeNotImplemented) }

package fakes3

import (
	"net/http"
	"strings"

	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/s3err"
	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/sigv4"
)

// handler serves one S3 operation.
type handler func(s *Server, w *response, r *request) error

// notImplemented are the subresources of S3 that the server does not support. A server that ignored
// them would store a policy as the content of an object.
var notImplemented = []string{
	"abac", "accelerate", "analytics", "cors", "encryption", "intelligent-tiering",
	"inventory", "lifecycle", "logging", "metadataConfiguration",
	"metadataInventoryTable", "metadataJournalTable", "metadataTable", "metrics",
	"notification", "ownershipControls", "policy", "policyStatus",
	"publicAccessBlock", "renameObject", "replication", "requestPayment", "restore",
	"select", "session", "torrent", "website",
}

// route names the operation of a request.
func route(r *request) (handler, error) {
	streams := strings.HasPrefix(r.Header.Get(sigv4.HeaderPayload), "STREAMING-")
	if streams && r.Method == http.MethodPut && r.key == "" { // S3 streams objects and parts only
		return nil, s3err.Errorf(s3err.InvalidRequest, "The value of x-amz-content-sha256 header is invalid.")
	}
	for _, name := range notImplemented {
		if r.has(name) {
			return nil, s3err.Errorf(s3err.NotImplemented, "The subresource %s is not implemented.", name)
		}
	}
	if r.Method != http.MethodPut && r.Header.Get(headerCopySource) != "" {
		return nil, s3err.Argument("x-amz-copy-source", r.Header.Get(headerCopySource),
			"You can only specify a copy source header for copy requests.")
	}
	if err := misplaced(r); err != nil {
		return nil, err
	}
	var handle handler
	switch {
	case r.bucket == "":
		if r.Method == http.MethodGet {
			handle = (*Server).listBuckets
		}
	case r.key == "":
		handle = bucketHandler(r)
	default:
		handle = objectHandler(r)
	}
	if handle == nil {
		return nil, s3err.New(s3err.MethodNotAllowed).With("Method", r.Method).With("ResourceType", r.resourceType())
	}
	return handle, nil
}

// resourceType is S3's word for the resource of a request.
func (r *request) resourceType() string {
	switch {
	case r.bucket == "":
		return "SERVICE"
	case r.key == "":
		return "BUCKET"
	case r.has("uploadId"):
		return "UPLOAD"
	}
	return "OBJECT"
}

// choice is a handler for requests whose query has a name.
type choice struct {
	name   string
	handle handler
}

// choose returns the first handler whose name the query has, or otherwise.
func choose(r *request, otherwise handler, choices ...choice) handler {
	for _, c := range choices {
		if r.has(c.name) {
			return c.handle
		}
	}
	return otherwise
}

func bucketHandler(r *request) handler {
	switch r.Method {
	case http.MethodGet:
		list := (*Server).listObjects
		if r.query.Get("list-type") == "2" {
			list = (*Server).listObjectsV2
		}
		return choose(r, list,
			choice{"acl", (*Server).getACL},
			choice{"location", (*Server).getBucketLocation},
			choice{"object-lock", (*Server).getObjectLock},
			choice{"versioning", (*Server).getBucketVersioning},
			choice{"versions", (*Server).listVersions},
			choice{"tagging", (*Server).getBucketTagging},
			choice{"uploads", (*Server).listUploads})
	case http.MethodHead:
		return (*Server).headBucket
	case http.MethodPut:
		return choose(r, (*Server).createBucket,
			choice{"acl", (*Server).putACL},
			choice{"object-lock", (*Server).putObjectLock},
			choice{"versioning", (*Server).putBucketVersioning},
			choice{"tagging", (*Server).putBucketTagging})
	case http.MethodDelete:
		return choose(r, (*Server).deleteBucket, choice{"tagging", (*Server).deleteBucketTagging})
	case http.MethodPost:
		return choose(r, (*Server).postObject, choice{"delete", (*Server).deleteObjects})
	}
	return nil
}

func objectHandler(r *request) handler {
	switch r.Method {
	case http.MethodGet:
		return choose(r, (*Server).getObject,
			choice{"acl", (*Server).getACL},
			choice{"legal-hold", (*Server).getLegalHold},
			choice{"retention", (*Server).getRetention},
			choice{"uploadId", (*Server).listParts},
			choice{"attributes", (*Server).getObjectAttributes},
			choice{"tagging", (*Server).getObjectTagging})
	case http.MethodHead:
		return (*Server).headObject
	case http.MethodPut:
		return putHandler(r)
	case http.MethodPost:
		return choose(r, nil,
			choice{"uploadId", (*Server).completeUpload},
			choice{"uploads", (*Server).createUpload})
	case http.MethodDelete:
		return choose(r, (*Server).deleteObject,
			choice{"uploadId", (*Server).abortUpload},
			choice{"tagging", (*Server).deleteObjectTagging})
	}
	return nil
}

func putHandler(r *request) handler {
	upload, part := r.has("uploadId"), r.has("partNumber")
	source := r.Header.Get(headerCopySource) != ""
	switch {
	case upload && !part:
		return nil
	case upload && source:
		return (*Server).uploadPartCopy
	case upload:
		return (*Server).uploadPart
	case source:
		return (*Server).copyObject
	}
	return choose(r, (*Server).putObject,
		choice{"acl", (*Server).putACL},
		choice{"legal-hold", (*Server).putLegalHold},
		choice{"retention", (*Server).putRetention},
		choice{"tagging", (*Server).putObjectTagging})
}

// misplaced refuses a query that does not belong to its path or method.
func misplaced(r *request) error {
	switch {
	case r.key == "":
	case r.Method == http.MethodPut && r.has("partNumber") && !r.has("uploadId"):
		// The part must not be stored as the object.
		return s3err.Argument("partNumber", r.query.Get("partNumber"),
			"This operation does not accept partNumber without uploadId")
	case r.Method == http.MethodGet && r.has("uploads"):
		return s3err.Errorf(s3err.InvalidRequest, "Key is not expected for the GET method ?uploads subresource")
	case r.Method == http.MethodGet && r.has("versions"):
		return s3err.Errorf(s3err.InvalidRequest, "There is no such thing as the ?versions sub-resource for a key")
	}
	return nil
}

// isForm reports whether a request is for the upload of an object with a browser's form.
func (r *request) isForm() bool {
	return r.Method == http.MethodPost && r.bucket != "" && r.key == "" && !r.has("delete")
}

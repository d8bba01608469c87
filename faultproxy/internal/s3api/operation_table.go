package s3api

// operation is one row of the S3 API: what a request for the operation looks like.
type operation struct {
	name     string
	method   string
	at       Level
	resource string // sub-resource in the query
	// the request names one item of several, with id= or annotationName=; for a part it names a
	// copy source
	id bool
}

// route is the key by which operations are looked up.
type route struct {
	method   string
	at       Level
	resource string
	id       bool
}

// idResources are the sub-resources that have two operations for one method: for one item, and for
// the list.
var idResources = map[string]bool{
	"analytics": true, "inventory": true, "metrics": true, "intelligent-tiering": true,
	"annotation": true,
}

// operations is the S3 API reference: every operation of the service, then the requests of
// browsers.
var operations = [...]operation{
	{},
	{"AbortMultipartUpload", "DELETE", ObjectLevel, "uploadId", false},
	{"CompleteMultipartUpload", "POST", ObjectLevel, "uploadId", false},
	{"CopyObject", "PUT", ObjectLevel, "copy-source", false}, // decided by a header, see exceptions
	{"CreateBucket", "PUT", BucketLevel, "", false},
	{"CreateBucketMetadataConfiguration", "POST", BucketLevel, "metadataConfiguration", false},
	{"CreateBucketMetadataTableConfiguration", "POST", BucketLevel, "metadataTable", false},
	{"CreateMultipartUpload", "POST", ObjectLevel, "uploads", false},
	{"CreateSession", "GET", BucketLevel, "session", false},
	{"DeleteBucket", "DELETE", BucketLevel, "", false},
	{"DeleteBucketAnalyticsConfiguration", "DELETE", BucketLevel, "analytics", true},
	{"DeleteBucketCors", "DELETE", BucketLevel, "cors", false},
	{"DeleteBucketEncryption", "DELETE", BucketLevel, "encryption", false},
	{"DeleteBucketIntelligentTieringConfiguration", "DELETE", BucketLevel, "intelligent-tiering", true},
	{"DeleteBucketInventoryConfiguration", "DELETE", BucketLevel, "inventory", true},
	{"DeleteBucketLifecycle", "DELETE", BucketLevel, "lifecycle", false},
	{"DeleteBucketMetadataConfiguration", "DELETE", BucketLevel, "metadataConfiguration", false},
	{"DeleteBucketMetadataTableConfiguration", "DELETE", BucketLevel, "metadataTable", false},
	{"DeleteBucketMetricsConfiguration", "DELETE", BucketLevel, "metrics", true},
	{"DeleteBucketOwnershipControls", "DELETE", BucketLevel, "ownershipControls", false},
	{"DeleteBucketPolicy", "DELETE", BucketLevel, "policy", false},
	{"DeleteBucketReplication", "DELETE", BucketLevel, "replication", false},
	{"DeleteBucketTagging", "DELETE", BucketLevel, "tagging", false},
	{"DeleteBucketWebsite", "DELETE", BucketLevel, "website", false},
	{"DeleteObject", "DELETE", ObjectLevel, "", false},
	{"DeleteObjectAnnotation", "DELETE", ObjectLevel, "annotation", true},
	{"DeleteObjectTagging", "DELETE", ObjectLevel, "tagging", false},
	{"DeleteObjects", "POST", BucketLevel, "delete", false},
	{"DeletePublicAccessBlock", "DELETE", BucketLevel, "publicAccessBlock", false},
	{"GetBucketAbac", "GET", BucketLevel, "abac", false},
	{"GetBucketAccelerateConfiguration", "GET", BucketLevel, "accelerate", false},
	{"GetBucketAcl", "GET", BucketLevel, "acl", false},
	{"GetBucketAnalyticsConfiguration", "GET", BucketLevel, "analytics", true},
	{"GetBucketCors", "GET", BucketLevel, "cors", false},
	{"GetBucketEncryption", "GET", BucketLevel, "encryption", false},
	{"GetBucketIntelligentTieringConfiguration", "GET", BucketLevel, "intelligent-tiering", true},
	{"GetBucketInventoryConfiguration", "GET", BucketLevel, "inventory", true},
	{"GetBucketLifecycleConfiguration", "GET", BucketLevel, "lifecycle", false},
	{"GetBucketLocation", "GET", BucketLevel, "location", false},
	{"GetBucketLogging", "GET", BucketLevel, "logging", false},
	{"GetBucketMetadataConfiguration", "GET", BucketLevel, "metadataConfiguration", false},
	{"GetBucketMetadataTableConfiguration", "GET", BucketLevel, "metadataTable", false},
	{"GetBucketMetricsConfiguration", "GET", BucketLevel, "metrics", true},
	{"GetBucketNotificationConfiguration", "GET", BucketLevel, "notification", false},
	{"GetBucketOwnershipControls", "GET", BucketLevel, "ownershipControls", false},
	{"GetBucketPolicy", "GET", BucketLevel, "policy", false},
	{"GetBucketPolicyStatus", "GET", BucketLevel, "policyStatus", false},
	{"GetBucketReplication", "GET", BucketLevel, "replication", false},
	{"GetBucketRequestPayment", "GET", BucketLevel, "requestPayment", false},
	{"GetBucketTagging", "GET", BucketLevel, "tagging", false},
	{"GetBucketVersioning", "GET", BucketLevel, "versioning", false},
	{"GetBucketWebsite", "GET", BucketLevel, "website", false},
	{"GetObject", "GET", ObjectLevel, "", false},
	{"GetObjectAcl", "GET", ObjectLevel, "acl", false},
	{"GetObjectAnnotation", "GET", ObjectLevel, "annotation", true},
	{"GetObjectAttributes", "GET", ObjectLevel, "attributes", false},
	{"GetObjectLegalHold", "GET", ObjectLevel, "legal-hold", false},
	{"GetObjectLockConfiguration", "GET", BucketLevel, "object-lock", false},
	{"GetObjectRetention", "GET", ObjectLevel, "retention", false},
	{"GetObjectTagging", "GET", ObjectLevel, "tagging", false},
	{"GetObjectTorrent", "GET", ObjectLevel, "torrent", false},
	{"GetPublicAccessBlock", "GET", BucketLevel, "publicAccessBlock", false},
	{"HeadBucket", "HEAD", BucketLevel, "", false},
	{"HeadObject", "HEAD", ObjectLevel, "", false},
	{"ListBucketAnalyticsConfigurations", "GET", BucketLevel, "analytics", false},
	{"ListBucketIntelligentTieringConfigurations", "GET", BucketLevel, "intelligent-tiering", false},
	{"ListBucketInventoryConfigurations", "GET", BucketLevel, "inventory", false},
	{"ListBucketMetricsConfigurations", "GET", BucketLevel, "metrics", false},
	{"ListBuckets", "GET", ServiceLevel, "", false},
	{"ListDirectoryBuckets", "GET", ServiceLevel, "directory", false}, // decided by x-id or the host, see exceptions
	{"ListMultipartUploads", "GET", BucketLevel, "uploads", false},
	{"ListObjectAnnotations", "GET", ObjectLevel, "annotation", false},
	{"ListObjectVersions", "GET", BucketLevel, "versions", false},
	{"ListObjects", "GET", BucketLevel, "", false},
	{"ListObjectsV2", "GET", BucketLevel, "list-type", false}, // decided by list-type=2, see exceptions
	{"ListParts", "GET", ObjectLevel, "uploadId", false},
	{"PutBucketAbac", "PUT", BucketLevel, "abac", false},
	{"PutBucketAccelerateConfiguration", "PUT", BucketLevel, "accelerate", false},
	{"PutBucketAcl", "PUT", BucketLevel, "acl", false},
	{"PutBucketAnalyticsConfiguration", "PUT", BucketLevel, "analytics", true},
	{"PutBucketCors", "PUT", BucketLevel, "cors", false},
	{"PutBucketEncryption", "PUT", BucketLevel, "encryption", false},
	{"PutBucketIntelligentTieringConfiguration", "PUT", BucketLevel, "intelligent-tiering", true},
	{"PutBucketInventoryConfiguration", "PUT", BucketLevel, "inventory", true},
	{"PutBucketLifecycleConfiguration", "PUT", BucketLevel, "lifecycle", false},
	{"PutBucketLogging", "PUT", BucketLevel, "logging", false},
	{"PutBucketMetricsConfiguration", "PUT", BucketLevel, "metrics", true},
	{"PutBucketNotificationConfiguration", "PUT", BucketLevel, "notification", false},
	{"PutBucketOwnershipControls", "PUT", BucketLevel, "ownershipControls", false},
	{"PutBucketPolicy", "PUT", BucketLevel, "policy", false},
	{"PutBucketReplication", "PUT", BucketLevel, "replication", false},
	{"PutBucketRequestPayment", "PUT", BucketLevel, "requestPayment", false},
	{"PutBucketTagging", "PUT", BucketLevel, "tagging", false},
	{"PutBucketVersioning", "PUT", BucketLevel, "versioning", false},
	{"PutBucketWebsite", "PUT", BucketLevel, "website", false},
	{"PutObject", "PUT", ObjectLevel, "", false},
	{"PutObjectAcl", "PUT", ObjectLevel, "acl", false},
	{"PutObjectAnnotation", "PUT", ObjectLevel, "annotation", true},
	{"PutObjectLegalHold", "PUT", ObjectLevel, "legal-hold", false},
	{"PutObjectLockConfiguration", "PUT", BucketLevel, "object-lock", false},
	{"PutObjectRetention", "PUT", ObjectLevel, "retention", false},
	{"PutObjectTagging", "PUT", ObjectLevel, "tagging", false},
	{"PutPublicAccessBlock", "PUT", BucketLevel, "publicAccessBlock", false},
	{"RenameObject", "PUT", ObjectLevel, "renameObject", false},
	{"RestoreObject", "POST", ObjectLevel, "restore", false},
	{"SelectObjectContent", "POST", ObjectLevel, "select", false},
	{"UpdateBucketMetadataAnnotationTableConfiguration", "PUT", BucketLevel, "metadataAnnotationTable", false},
	{"UpdateBucketMetadataInventoryTableConfiguration", "PUT", BucketLevel, "metadataInventoryTable", false},
	{"UpdateBucketMetadataJournalTableConfiguration", "PUT", BucketLevel, "metadataJournalTable", false},
	{"UpdateObjectEncryption", "PUT", ObjectLevel, "encryption", false},
	{"UploadPart", "PUT", ObjectLevel, "uploadId", false},
	{"UploadPartCopy", "PUT", ObjectLevel, "uploadId", true},
	{"WriteGetObjectResponse", "POST", ServiceLevel, "WriteGetObjectResponse", false},

	{"PostObject", "POST", BucketLevel, "", false},       // a browser's form upload
	{"OptionsBucket", "OPTIONS", BucketLevel, "", false}, // CORS preflights
	{"OptionsObject", "OPTIONS", ObjectLevel, "", false},
}

var (
	opByName    = namesOf(operations[1:])
	routes      = routesOf(operations[1:])
	plainRoutes = plainOf(operations[1:])

	opWriteGetObjectResponse = opByName["WriteGetObjectResponse"]
)

func namesOf(table []operation) map[string]Op {
	names := make(map[string]Op, len(table))
	for i, o := range table {
		names[o.name] = Op(i + 1)
	}
	return names
}

func routesOf(table []operation) map[route]Op {
	m := make(map[route]Op, len(table))
	for i, o := range table {
		m[route{o.method, o.at, o.resource, o.id}] = Op(i + 1)
		if o.id && idResources[o.resource] && o.method != "GET" { // the operation is the same with and without an id
			m[route{o.method, o.at, o.resource, false}] = Op(i + 1)
		}
	}
	return m
}

// methodRoute is a route without a sub-resource.
type methodRoute struct {
	method string
	op     Op
}

// plainOf returns the routes without a sub-resource, by level. They are so few that a list is
// faster than a map.
func plainOf(table []operation) (routes [ObjectLevel + 1][]methodRoute) {
	for i, o := range table {
		if o.resource == "" {
			routes[o.at] = append(routes[o.at], methodRoute{o.method, Op(i + 1)})
		}
	}
	return routes
}

// special reports whether the sub-resource is not the name of a query parameter.
func (o *operation) special() bool {
	switch o.resource {
	case "copy-source", "directory", "list-type", "uploadId", "WriteGetObjectResponse":
		return true
	}
	return false
}

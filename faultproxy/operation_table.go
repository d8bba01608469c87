package faultproxy

// operation is one row of the S3 API: how a request for it looks.
type operation struct {
	name     string
	method   string
	at       level
	resource string // sub-resource in the query
	id       bool   // tells the request for one from the list of all: id=, annotationName=; for a part, a copy source
}

// route is what a request is looked up by.
type route struct {
	method   string
	at       level
	resource string
	id       bool
}

// idResources have two operations on one sub-resource and method.
var idResources = map[string]bool{"analytics": true, "inventory": true, "metrics": true, "intelligent-tiering": true, "annotation": true}

// operations is the S3 API reference: every operation of the service, then what browsers send.
var operations = [...]operation{
	{},
	{"AbortMultipartUpload", "DELETE", objectLevel, "uploadId", false},
	{"CompleteMultipartUpload", "POST", objectLevel, "uploadId", false},
	{"CopyObject", "PUT", objectLevel, "copy-source", false}, // by header: see exceptions
	{"CreateBucket", "PUT", bucketLevel, "", false},
	{"CreateBucketMetadataConfiguration", "POST", bucketLevel, "metadataConfiguration", false},
	{"CreateBucketMetadataTableConfiguration", "POST", bucketLevel, "metadataTable", false},
	{"CreateMultipartUpload", "POST", objectLevel, "uploads", false},
	{"CreateSession", "GET", bucketLevel, "session", false},
	{"DeleteBucket", "DELETE", bucketLevel, "", false},
	{"DeleteBucketAnalyticsConfiguration", "DELETE", bucketLevel, "analytics", true},
	{"DeleteBucketCors", "DELETE", bucketLevel, "cors", false},
	{"DeleteBucketEncryption", "DELETE", bucketLevel, "encryption", false},
	{"DeleteBucketIntelligentTieringConfiguration", "DELETE", bucketLevel, "intelligent-tiering", true},
	{"DeleteBucketInventoryConfiguration", "DELETE", bucketLevel, "inventory", true},
	{"DeleteBucketLifecycle", "DELETE", bucketLevel, "lifecycle", false},
	{"DeleteBucketMetadataConfiguration", "DELETE", bucketLevel, "metadataConfiguration", false},
	{"DeleteBucketMetadataTableConfiguration", "DELETE", bucketLevel, "metadataTable", false},
	{"DeleteBucketMetricsConfiguration", "DELETE", bucketLevel, "metrics", true},
	{"DeleteBucketOwnershipControls", "DELETE", bucketLevel, "ownershipControls", false},
	{"DeleteBucketPolicy", "DELETE", bucketLevel, "policy", false},
	{"DeleteBucketReplication", "DELETE", bucketLevel, "replication", false},
	{"DeleteBucketTagging", "DELETE", bucketLevel, "tagging", false},
	{"DeleteBucketWebsite", "DELETE", bucketLevel, "website", false},
	{"DeleteObject", "DELETE", objectLevel, "", false},
	{"DeleteObjectAnnotation", "DELETE", objectLevel, "annotation", true},
	{"DeleteObjectTagging", "DELETE", objectLevel, "tagging", false},
	{"DeleteObjects", "POST", bucketLevel, "delete", false},
	{"DeletePublicAccessBlock", "DELETE", bucketLevel, "publicAccessBlock", false},
	{"GetBucketAbac", "GET", bucketLevel, "abac", false},
	{"GetBucketAccelerateConfiguration", "GET", bucketLevel, "accelerate", false},
	{"GetBucketAcl", "GET", bucketLevel, "acl", false},
	{"GetBucketAnalyticsConfiguration", "GET", bucketLevel, "analytics", true},
	{"GetBucketCors", "GET", bucketLevel, "cors", false},
	{"GetBucketEncryption", "GET", bucketLevel, "encryption", false},
	{"GetBucketIntelligentTieringConfiguration", "GET", bucketLevel, "intelligent-tiering", true},
	{"GetBucketInventoryConfiguration", "GET", bucketLevel, "inventory", true},
	{"GetBucketLifecycleConfiguration", "GET", bucketLevel, "lifecycle", false},
	{"GetBucketLocation", "GET", bucketLevel, "location", false},
	{"GetBucketLogging", "GET", bucketLevel, "logging", false},
	{"GetBucketMetadataConfiguration", "GET", bucketLevel, "metadataConfiguration", false},
	{"GetBucketMetadataTableConfiguration", "GET", bucketLevel, "metadataTable", false},
	{"GetBucketMetricsConfiguration", "GET", bucketLevel, "metrics", true},
	{"GetBucketNotificationConfiguration", "GET", bucketLevel, "notification", false},
	{"GetBucketOwnershipControls", "GET", bucketLevel, "ownershipControls", false},
	{"GetBucketPolicy", "GET", bucketLevel, "policy", false},
	{"GetBucketPolicyStatus", "GET", bucketLevel, "policyStatus", false},
	{"GetBucketReplication", "GET", bucketLevel, "replication", false},
	{"GetBucketRequestPayment", "GET", bucketLevel, "requestPayment", false},
	{"GetBucketTagging", "GET", bucketLevel, "tagging", false},
	{"GetBucketVersioning", "GET", bucketLevel, "versioning", false},
	{"GetBucketWebsite", "GET", bucketLevel, "website", false},
	{"GetObject", "GET", objectLevel, "", false},
	{"GetObjectAcl", "GET", objectLevel, "acl", false},
	{"GetObjectAnnotation", "GET", objectLevel, "annotation", true},
	{"GetObjectAttributes", "GET", objectLevel, "attributes", false},
	{"GetObjectLegalHold", "GET", objectLevel, "legal-hold", false},
	{"GetObjectLockConfiguration", "GET", bucketLevel, "object-lock", false},
	{"GetObjectRetention", "GET", objectLevel, "retention", false},
	{"GetObjectTagging", "GET", objectLevel, "tagging", false},
	{"GetObjectTorrent", "GET", objectLevel, "torrent", false},
	{"GetPublicAccessBlock", "GET", bucketLevel, "publicAccessBlock", false},
	{"HeadBucket", "HEAD", bucketLevel, "", false},
	{"HeadObject", "HEAD", objectLevel, "", false},
	{"ListBucketAnalyticsConfigurations", "GET", bucketLevel, "analytics", false},
	{"ListBucketIntelligentTieringConfigurations", "GET", bucketLevel, "intelligent-tiering", false},
	{"ListBucketInventoryConfigurations", "GET", bucketLevel, "inventory", false},
	{"ListBucketMetricsConfigurations", "GET", bucketLevel, "metrics", false},
	{"ListBuckets", "GET", serviceLevel, "", false},
	{"ListDirectoryBuckets", "GET", serviceLevel, "directory", false}, // by x-id or host: see exceptions
	{"ListMultipartUploads", "GET", bucketLevel, "uploads", false},
	{"ListObjectAnnotations", "GET", objectLevel, "annotation", false},
	{"ListObjectVersions", "GET", bucketLevel, "versions", false},
	{"ListObjects", "GET", bucketLevel, "", false},
	{"ListObjectsV2", "GET", bucketLevel, "list-type", false}, // list-type=2: see exceptions
	{"ListParts", "GET", objectLevel, "uploadId", false},
	{"PutBucketAbac", "PUT", bucketLevel, "abac", false},
	{"PutBucketAccelerateConfiguration", "PUT", bucketLevel, "accelerate", false},
	{"PutBucketAcl", "PUT", bucketLevel, "acl", false},
	{"PutBucketAnalyticsConfiguration", "PUT", bucketLevel, "analytics", true},
	{"PutBucketCors", "PUT", bucketLevel, "cors", false},
	{"PutBucketEncryption", "PUT", bucketLevel, "encryption", false},
	{"PutBucketIntelligentTieringConfiguration", "PUT", bucketLevel, "intelligent-tiering", true},
	{"PutBucketInventoryConfiguration", "PUT", bucketLevel, "inventory", true},
	{"PutBucketLifecycleConfiguration", "PUT", bucketLevel, "lifecycle", false},
	{"PutBucketLogging", "PUT", bucketLevel, "logging", false},
	{"PutBucketMetricsConfiguration", "PUT", bucketLevel, "metrics", true},
	{"PutBucketNotificationConfiguration", "PUT", bucketLevel, "notification", false},
	{"PutBucketOwnershipControls", "PUT", bucketLevel, "ownershipControls", false},
	{"PutBucketPolicy", "PUT", bucketLevel, "policy", false},
	{"PutBucketReplication", "PUT", bucketLevel, "replication", false},
	{"PutBucketRequestPayment", "PUT", bucketLevel, "requestPayment", false},
	{"PutBucketTagging", "PUT", bucketLevel, "tagging", false},
	{"PutBucketVersioning", "PUT", bucketLevel, "versioning", false},
	{"PutBucketWebsite", "PUT", bucketLevel, "website", false},
	{"PutObject", "PUT", objectLevel, "", false},
	{"PutObjectAcl", "PUT", objectLevel, "acl", false},
	{"PutObjectAnnotation", "PUT", objectLevel, "annotation", true},
	{"PutObjectLegalHold", "PUT", objectLevel, "legal-hold", false},
	{"PutObjectLockConfiguration", "PUT", bucketLevel, "object-lock", false},
	{"PutObjectRetention", "PUT", objectLevel, "retention", false},
	{"PutObjectTagging", "PUT", objectLevel, "tagging", false},
	{"PutPublicAccessBlock", "PUT", bucketLevel, "publicAccessBlock", false},
	{"RenameObject", "PUT", objectLevel, "renameObject", false},
	{"RestoreObject", "POST", objectLevel, "restore", false},
	{"SelectObjectContent", "POST", objectLevel, "select", false},
	{"UpdateBucketMetadataAnnotationTableConfiguration", "PUT", bucketLevel, "metadataAnnotationTable", false},
	{"UpdateBucketMetadataInventoryTableConfiguration", "PUT", bucketLevel, "metadataInventoryTable", false},
	{"UpdateBucketMetadataJournalTableConfiguration", "PUT", bucketLevel, "metadataJournalTable", false},
	{"UpdateObjectEncryption", "PUT", objectLevel, "encryption", false},
	{"UploadPart", "PUT", objectLevel, "uploadId", false},
	{"UploadPartCopy", "PUT", objectLevel, "uploadId", true},
	{"WriteGetObjectResponse", "POST", serviceLevel, "WriteGetObjectResponse", false},

	{"PostObject", "POST", bucketLevel, "", false},       // a browser's form upload
	{"OptionsBucket", "OPTIONS", bucketLevel, "", false}, // CORS preflights
	{"OptionsObject", "OPTIONS", objectLevel, "", false},
}

var (
	opByName     = namesOf(operations[1:])
	routes       = routesOf(operations[1:])
	plainRoutes  = plainOf(operations[1:])

	opWriteGetObjectResponse = opByName["WriteGetObjectResponse"]
)

func namesOf(table []operation) map[string]opcode {
	names := make(map[string]opcode, len(table))
	for i, o := range table {
		names[o.name] = opcode(i + 1)
	}
	return names
}

func routesOf(table []operation) map[route]opcode {
	m := make(map[route]opcode, len(table))
	for i, o := range table {
		m[route{o.method, o.at, o.resource, o.id}] = opcode(i + 1)
		if o.id && idResources[o.resource] && o.method != "GET" { // one operation, however it is asked for
			m[route{o.method, o.at, o.resource, false}] = opcode(i + 1)
		}
	}
	return m
}

// methodRoute is a route without a sub-resource.
type methodRoute struct {
	method string
	op     opcode
}

// plainOf returns the plain routes at each level: a handful, quicker to look through than to hash for.
func plainOf(table []operation) (routes [objectLevel + 1][]methodRoute) {
	for i, o := range table {
		if o.resource == "" {
			routes[o.at] = append(routes[o.at], methodRoute{o.method, opcode(i + 1)})
		}
	}
	return routes
}

// special reports whether the sub-resource stands for something else than a parameter of that name.
func (o *operation) special() bool {
	switch o.resource {
	case "copy-source", "directory", "list-type", "uploadId", "WriteGetObjectResponse":
		return true
	}
	return false
}

// Package transfer compares s3client with transfermanager of the AWS SDK, minio-go and the plain
// SDK. The package is a module of its own, so that they do not enter the go.mod of s3client.
package transfer

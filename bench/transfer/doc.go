// Package transfer compares s3client with transfermanager of the AWS SDK. The package is a module
// of its own, so that transfermanager does not enter the go.mod of s3client.
package transfer

// Package goclients drills Go clients of S3 as they ship: with their own transport, limits and
// retry policy, over the connections of a drill.
package goclients

import (
	"context"
	"errors"
	"net"
	"net/http"
	"os"
	"runtime/debug"
	"strings"
	"time"

	"github.com/s3chaos/s3chaos/scenarios"
)

// All returns the constructors of the clients, by name. aws-sdk-go has one request for each object;
// s3manager is the same SDK with its package for transfers.
func All() map[string]func(scenarios.ClientConfig) (scenarios.Client, error) {
	return map[string]func(scenarios.ClientConfig) (scenarios.Client, error){
		"minio-go": NewMinio, "aws-sdk-go": NewSDKv1, "s3manager": NewManager,
	}
}

// Version returns the version of the client's module.
func Version(name string) string {
	path := "github.com/aws/aws-sdk-go"
	if name == "minio-go" {
		path = "github.com/minio/minio-go/v7"
	}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, dep := range info.Deps {
			if dep.Path == path {
				return dep.Version
			}
		}
	}
	return "unknown"
}

// Isolate removes the AWS variables of this machine, which would change the clients' settings.
func Isolate() error {
	for _, variable := range os.Environ() {
		if key, _, _ := strings.Cut(variable, "="); strings.HasPrefix(key, "AWS_") {
			if err := os.Unsetenv(key); err != nil {
				return err
			}
		}
	}
	return nil
}

// dialTimeout is that of net/http's and of minio-go's own transport.
const dialTimeout = 30 * time.Second

// transport lets the client's own transport dial within the drill, with the timeout of its own
// dialer.
func transport(own *http.Transport, c scenarios.ClientConfig) http.RoundTripper {
	own.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
		ctx, cancel := context.WithTimeout(ctx, dialTimeout)
		defer cancel()
		return c.DialContext(ctx, network, addr)
	}
	if c.TLS != nil {
		own.TLSClientConfig = c.TLS
	}
	return c.Wrap(own)
}

// toFile lets write fill a file beside path, and renames it if write succeeds: for clients whose
// callers write the files.
func toFile(path string, write func(file *os.File) error) (err error) {
	file, err := os.Create(path + ".part")
	if err != nil {
		return err
	}
	if err := errors.Join(write(file), file.Close()); err != nil {
		return errors.Join(err, os.Remove(file.Name()))
	}
	return os.Rename(file.Name(), path)
}

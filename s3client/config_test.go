package s3client_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/retry"
	"github.com/s3chaos/s3chaos/s3client"
)

func TestNewNamesEveryMistake(t *testing.T) {
	_, err := s3client.New(s3client.Config{
		Endpoint: "localhost:9000", Prefix: "a/../b", AccessKey: "only half", PartSize: -1, Concurrency: -1,
		CleanupTimeout: -1,
		UsePathStyle:   true, VirtualHosted: true,
	})
	require.Error(t, err)
	for _, mistake := range []string{
		"Bucket", "Endpoint", "prefix", "SecretKey", "PartSize", "Concurrency",
		"CleanupTimeout", "VirtualHosted",
	} {
		require.Contains(t, err.Error(), mistake)
	}
	require.ErrorIs(t, err, s3client.ErrInvalidKey)
}

func TestNewRefusesEachMistake(t *testing.T) {
	good := s3client.Config{Bucket: "b", AccessKey: "a", SecretKey: "s"}
	_, err := s3client.New(good)
	require.NoError(t, err)
	for name, spoil := range map[string]func(*s3client.Config){
		"no bucket":            func(c *s3client.Config) { c.Bucket = "" },
		"no credentials":       func(c *s3client.Config) { c.AccessKey, c.SecretKey = "", "" },
		"two credentials":      func(c *s3client.Config) { c.Credentials = aws.AnonymousCredentials{} },
		"no scheme":            func(c *s3client.Config) { c.Endpoint = "host" },
		"other scheme":         func(c *s3client.Config) { c.Endpoint = "ftp://host" },
		"password in endpoint": func(c *s3client.Config) { c.Endpoint = "http://user:hunter2@host" },
		"unreadable endpoint":  func(c *s3client.Config) { c.Endpoint = "http://user:hunter2@ho st:%zz" },
		"part too large":       func(c *s3client.Config) { c.PartSize = s3client.MaxPartSize + 1 },
		"prefix too long":      func(c *s3client.Config) { c.Prefix = strings.Repeat("p", 1024) },
		"timeout": func(
			c *s3client.Config,
		) {
			c.Retry = policy(func(r *retry.Config) { r.AttemptTimeout = -time.Second })
		},
		"policy": func(
			c *s3client.Config,
		) {
			c.Retry = policy(func(r *retry.Config) { r.MaxAttempts = -1 })
		},
	} {
		t.Run(name, func(t *testing.T) {
			config := good
			spoil(&config)
			_, err := s3client.New(config)
			require.Error(t, err)
			require.NotContains(t, err.Error(), "hunter2")
		})
	}
}

func TestNewChangesNothingThatIsTheCallers(t *testing.T) {
	client := &http.Client{}
	given := policy(func(r *retry.Config) { r.AttemptTimeout = time.Minute })
	_, err := s3client.New(s3client.Config{
		Bucket: "b", AccessKey: "a", SecretKey: "s", HTTPClient: client,
		Retry: given,
	})
	require.NoError(t, err)
	require.Nil(t, client.CheckRedirect)
	require.Equal(t, time.Minute, given.AttemptTimeout)
	require.Nil(t, given.Observer)
}

package providers_test

import (
	"context"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/bench/providers"
	"github.com/s3chaos/s3chaos/retry"
)

// A get reads an object with the client of an SDK and returns the SDK's error.
type get func(t *testing.T, ctx context.Context, url string, client *http.Client) error

func getAWS(t *testing.T, ctx context.Context, url string, client *http.Client) error {
	s := s3.New(s3.Options{
		BaseEndpoint: &url, HTTPClient: client, UsePathStyle: true, Region: "us-east-1",
		Retryer: aws.NopRetryer{}, Credentials: aws.AnonymousCredentials{},
	})
	_, err := s.GetObject(ctx, &s3.GetObjectInput{Bucket: aws.String("demo"), Key: aws.String("a.bin")})
	return err
}

func getMinio(t *testing.T, ctx context.Context, url string, client *http.Client) error {
	m, err := minio.New(url[len("http://"):], &minio.Options{
		Transport: client.Transport, MaxRetries: 1, Region: "us-east-1", Creds: credentials.NewStaticV4("", "", ""),
	})
	require.NoError(t, err)
	_, err = m.StatObject(ctx, "demo", "a.bin", minio.StatObjectOptions{})
	if err == nil {
		return nil
	}
	object, _, _, err := minio.Core{Client: m}.GetObject(ctx, "demo", "a.bin", minio.GetObjectOptions{})
	if err == nil {
		require.NoError(t, object.Close())
	}
	return err
}

func getAzure(t *testing.T, ctx context.Context, url string, client *http.Client) error {
	azure, err := providers.NewAzure(url, client)
	require.NoError(t, err)
	_, err = azure.DownloadStream(ctx, "demo", "a.bin", nil)
	return err
}

func getGoogle(t *testing.T, ctx context.Context, url string, client *http.Client) error {
	google, err := newGoogle(ctx, url, client)
	require.NoError(t, err)
	defer google.Close()
	_, err = google.Bucket("demo").Object("a.bin").Attrs(ctx)
	return err
}

func TestErrorsOfRealSDKsAreClassified(t *testing.T) {
	// The text of each message speaks of another class than the code.
	xml := func(code string) string {
		return "<?xml version=\"1.0\"?><Error><Code>" + code + "</Code><Message>connection reset</Message></Error>"
	}
	timedOut := status(500, "", "x-ms-error-code", "OperationTimedOut")
	reason := func(reason string) string {
		return `{"error": {"code": 403, "errors": [{"reason": "` + reason + `"}]}}`
	}
	for name, c := range map[string]struct {
		get    get
		answer http.HandlerFunc
		want   retry.Class
	}{
		"aws 503 SlowDown":       {getAWS, status(503, xml("SlowDown")), retry.ClassThrottle},
		"aws 500 InternalError":  {getAWS, status(500, xml("InternalError")), retry.ClassTransient},
		"aws 404 NoSuchKey":      {getAWS, status(404, xml("NoSuchKey")), retry.ClassPermanent},
		"aws 524 html":           {getAWS, status(524, "<html>"), retry.ClassTransient},
		"aws aborted":            {getAWS, abort, retry.ClassTransient},
		"minio 503 SlowDown":     {getMinio, status(503, xml("SlowDown")), retry.ClassThrottle},
		"minio 500":              {getMinio, status(500, xml("InternalError")), retry.ClassTransient},
		"minio 404":              {getMinio, status(404, xml("NoSuchKey")), retry.ClassPermanent},
		"minio aborted":          {getMinio, abort, retry.ClassTransient},
		"azure 503 ServerBusy":   {getAzure, status(503, "", "x-ms-error-code", "ServerBusy"), retry.ClassThrottle},
		"azure 500 timed out":    {getAzure, timedOut, retry.ClassTimeout},
		"azure 500 without code": {getAzure, status(500, ""), retry.ClassTransient},
		"azure 404":              {getAzure, status(404, "connection reset"), retry.ClassPermanent},
		"azure aborted":          {getAzure, abort, retry.ClassTransient},
		"google 503":             {getGoogle, status(503, "busy"), retry.ClassTransient},
		"google 429":             {getGoogle, status(429, "busy"), retry.ClassThrottle},
		"google 403 rate":        {getGoogle, status(403, reason("rateLimitExceeded")), retry.ClassThrottle},
		"google 403":             {getGoogle, status(403, reason("forbidden")), retry.ClassPermanent},
		"google 404":             {getGoogle, status(404, "connection reset"), retry.ClassPermanent},
		"google aborted":         {getGoogle, abort, retry.ClassTransient},
	} {
		t.Run(name, func(t *testing.T) {
			url, _, client := serve(t, c.answer)
			err := c.get(t, t.Context(), url, client)
			require.Error(t, err)
			assert.Equal(t, c.want.String(), retry.Classify(err).String(), "%T %v", err, err)
		})
	}
}

// A dial that nothing answers in time, and one that a closed port refuses.
func TestDialErrorsOfRealSDKsAreClassified(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	url := "http://" + listener.Addr().String()
	require.NoError(t, listener.Close())
	for name, g := range map[string]get{"aws": getAWS, "minio": getMinio, "azure": getAzure, "google": getGoogle} {
		t.Run(name, func(t *testing.T) {
			refused := g(t, t.Context(), url, &http.Client{Transport: &http.Transport{}})
			assert.Equal(t, retry.ClassTransient.String(), retry.Classify(refused).String(), "%v", refused)
			ctx, cancel := context.WithTimeout(t.Context(), time.Nanosecond)
			defer cancel()
			late := g(t, ctx, url, &http.Client{Transport: &http.Transport{}})
			assert.Equal(t, retry.ClassTimeout.String(), retry.Classify(late).String(), "%v", late)
		})
	}
}

package s3client_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/retry"
	"github.com/s3chaos/s3chaos/s3client"
)

// stub answers each request as S3 would in short, and keeps it.
type stub struct {
	mu       sync.Mutex
	requests []*http.Request
}

func (s *stub) RoundTrip(r *http.Request) (*http.Response, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.Body != nil {
		_, _ = io.Copy(io.Discard, r.Body)
		_ = r.Body.Close()
	}
	s.requests = append(s.requests, r)
	header, body := http.Header{"Etag": {`"e"`}, "Content-Length": {"5"}}, ""
	switch {
	case r.URL.Query().Has("session"):
		body = `<CreateSessionResult><Credentials><SessionToken>session</SessionToken>` +
			`<SecretAccessKey>s</SecretAccessKey><AccessKeyId>a</AccessKeyId>` +
			`<Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></CreateSessionResult>`
	case r.Header.Get("X-Amz-Copy-Source") != "":
		body = `<CopyObjectResult><ETag>"e"</ETag></CopyObjectResult>`
	case r.URL.Query().Get("list-type") == "2":
		body = `<ListBucketResult><Name>behind</Name><KeyCount>0</KeyCount>` +
			`<IsTruncated>false</IsTruncated></ListBucketResult>`
	}
	return &http.Response{StatusCode: 200, Header: header, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
}

func (s *stub) last() *http.Request { return s.requests[len(s.requests)-1] }

// loaded is what LoadDefaultConfig returns to a program.
func loaded() aws.Config {
	return aws.Config{
		Region: "eu-central-1", HTTPClient: awshttp.NewBuildableClient(), RetryMaxAttempts: 5,
		Credentials: aws.NewCredentialsCache(credentials.NewStaticCredentialsProvider("id", "secret", "token")),
	}
}

func TestFromConfigTakesWhatTheSDKLoaded(t *testing.T) {
	stub := new(stub)
	sdk := loaded()
	sdk.HTTPClient = &http.Client{Transport: stub}
	var attempts []s3client.Attempt
	client, err := s3client.FromConfig(sdk, s3client.Config{
		Bucket:   "demo",
		Observer: s3client.ObserverFunc(func(_ context.Context, a s3client.Attempt) { attempts = append(attempts, a) }),
	})
	require.NoError(t, err)
	require.NoError(t, client.UploadStream(t.Context(), strings.NewReader("hello"), "k", nil))
	r := stub.last()
	require.Equal(t, "demo.s3.eu-central-1.amazonaws.com", r.URL.Host)
	require.Contains(t, r.Header.Get("Authorization"), "Credential=id/")
	require.Equal(t, "token", r.Header.Get("X-Amz-Security-Token"))
	require.Equal(t, 5, attempts[0].Max)

	sdk.BaseEndpoint = aws.String("https://minio.test")
	client, err = s3client.FromConfig(sdk,
		s3client.Config{Bucket: "demo", Region: "us-west-2", AccessKey: "own", SecretKey: "x"})
	require.NoError(t, err)
	require.NoError(t, client.UploadStream(t.Context(), strings.NewReader("hello"), "k", nil))
	r = stub.last()
	require.Equal(t, "minio.test/demo/k", r.URL.Host+r.URL.Path)
	require.Contains(t, r.Header.Get("Authorization"), "Credential=own/")
	require.Contains(t, r.Header.Get("Authorization"), "/us-west-2/s3/")
}

func TestFromConfigSendsWithTheTransportOfTheSDK(t *testing.T) {
	transport := new(http.Transport)
	sdk := loaded()
	sdk.HTTPClient = awshttp.NewBuildableClient().WithTransportOptions(func(t *http.Transport) { transport = t })
	client, err := s3client.FromConfig(sdk, s3client.Config{Bucket: "demo"})
	require.NoError(t, err)
	require.NotNil(t, transport)
	client.CloseIdleConnections()
	_, err = s3client.FromConfig(aws.Config{}, s3client.Config{Bucket: "demo"})
	require.ErrorContains(t, err, "want both, or Credentials")
}

func TestOptionsReachTheSDK(t *testing.T) {
	const express = "demo--use1-az4--x-s3"
	for host, config := range map[string]s3client.Config{
		"demo.s3-fips.dualstack.eu-central-1.amazonaws.com": {Bucket: "demo", Options: func(o *s3.Options) {
			o.EndpointOptions.UseFIPSEndpoint = aws.FIPSEndpointStateEnabled
			o.EndpointOptions.UseDualStackEndpoint = aws.DualStackEndpointStateEnabled
		}},
		"demo.s3-accelerate.amazonaws.com": {Bucket: "demo", Options: func(o *s3.Options) { o.UseAccelerate = true }},
		"ap-123456789012.s3-accesspoint.eu-central-1.amazonaws.com": {
			Bucket: "arn:aws:s3:eu-central-1:123456789012:accesspoint/ap",
		},
		express + ".s3express-use1-az4.us-east-1.amazonaws.com": {Bucket: express, Region: "us-east-1"},
	} {
		stub := new(stub)
		sdk := loaded()
		sdk.HTTPClient = &http.Client{Transport: stub}
		client, err := s3client.FromConfig(sdk, config)
		require.NoError(t, err)
		require.NoError(t, client.UploadStream(t.Context(), strings.NewReader("hello"), "k", nil))
		r := stub.last()
		require.Equal(t, host, r.URL.Host)
		require.Equal(t, "/k", r.URL.Path)
		if config.Bucket == express {
			require.Len(t, stub.requests, 2, "a session first")
			require.Equal(t, "session", r.Header.Get("X-Amz-S3session-Token"))
		}
		if strings.HasPrefix(config.Bucket, "arn:") {
			for _, err := range client.List(t.Context(), "", nil) {
				require.NoError(t, err, "the list names the bucket behind the access point")
			}
			require.NoError(t, client.Copy(t.Context(), "a", "b", nil))
			require.Equal(t, config.Bucket+"/object/a", stub.last().Header.Get("X-Amz-Copy-Source"))
		}
	}
}

func TestOwnerAndPayerTravelWithEachRequest(t *testing.T) {
	stub := new(stub)
	sdk := loaded()
	sdk.HTTPClient = &http.Client{Transport: stub}
	client, err := s3client.FromConfig(sdk, s3client.Config{
		Bucket: "demo", ExpectedBucketOwner: "123456789012", RequesterPays: true,
	})
	require.NoError(t, err)
	require.NoError(t, client.Copy(t.Context(), "a", "b", &s3client.CopyOptions{SourceBucket: "other"}))
	require.Len(t, stub.requests, 2)
	for _, r := range stub.requests {
		require.Equal(t, "123456789012", r.Header.Get("X-Amz-Expected-Bucket-Owner"))
		require.Equal(t, "requester", r.Header.Get("X-Amz-Request-Payer"))
		require.Contains(t, r.Header.Get("Authorization"), "x-amz-request-payer", "it is signed")
	}
	require.Equal(t, "123456789012", stub.last().Header.Get("X-Amz-Source-Expected-Bucket-Owner"))
}

func TestBadOptionsOfTheSDKAreRefused(t *testing.T) {
	for text, config := range map[string]s3client.Config{
		"want HTTPClient and Retryer as they are": {Options: func(o *s3.Options) { o.HTTPClient = http.DefaultClient }},
		"Options: want HTTPClient and Retryer":    {Options: func(o *s3.Options) { o.Retryer = nil }},
		`ExpectedBucketOwner "me": want`:          {ExpectedBucketOwner: "me"},
	} {
		config.Bucket = "demo"
		_, err := s3client.FromConfig(loaded(), config)
		require.ErrorContains(t, err, text)
	}
}

func TestPolicyOfOneCall(t *testing.T) {
	in(t, s3client.Config{}, func(w *world) {
		w.on("HeadObject", 0, respond(503, "SlowDown"))
		policy := *policy(func(c *retry.Config) { c.MaxAttempts = 2; c.InitialDelay = 10 * time.Second })
		patient, err := w.client.WithRetry(policy)
		require.NoError(w, err)
		_, err = patient.WithBucket("demo").Exists(context.Background(), "k")
		require.ErrorIs(w, err, retry.ErrExhausted)
		at := w.arrivals("HeadObject")
		require.Len(w, at, 2)
		require.GreaterOrEqual(w, at[1]-at[0], 10*time.Second)
		require.Equal(w, 2, w.attempts[0].Max, "observed")
		_, err = w.client.Exists(context.Background(), "k")
		require.Error(w, err)
		require.Equal(w, 2+3, w.count("HeadObject"), "the other calls keep their policy")
		_, err = w.client.WithRetry(retry.Config{MaxAttempts: -1})
		require.ErrorContains(w, err, "s3client config")
	})
}

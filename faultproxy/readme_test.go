package faultproxy_test

import (
	"strings"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/faultproxy"
	"github.com/s3chaos/s3chaos/faultproxy/fakes3"
	"github.com/s3chaos/s3chaos/faultproxy/faulttest"
)

func TestUploadSurvivesTwoSlowDowns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := fakes3.New()
		require.NoError(t, fake.CreateBucket("demo"))
		lab := faulttest.NewLab(t, fake) // a network in memory, which closes with the test
		lab.Rule("PutObject", faultproxy.Times(2), faultproxy.Respond(503, "SlowDown"))

		client := s3.New(s3.Options{ // or the client that your code makes
			BaseEndpoint: aws.String(lab.URL()), HTTPClient: lab.HTTPClient(), UsePathStyle: true,
			Region: "us-east-1", Credentials: credentials.NewStaticCredentialsProvider("key", "secret", ""),
		})
		_, err := client.PutObject(t.Context(), &s3.PutObjectInput{
			Bucket: aws.String("demo"), Key: aws.String("a.txt"), Body: strings.NewReader("hello"),
		})

		require.NoError(t, err)
		require.Equal(t, 3, lab.Journal().Count("PutObject"))
		object, _ := fake.Object("demo", "a.txt")
		require.Equal(t, "hello", string(object.Content))
	})
}

package fakes3_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/faultproxy/fakes3"
)

// The server does what a header asks for, or refuses it: a client that got 200 relies on it.
func TestUnkeptPromiseIsRefused(t *testing.T) {
	cases := map[string]struct {
		target, name, value string
		status              int
		code                string
	}{
		"key of the customer": {
			"/demo/k", "X-Amz-Server-Side-Encryption-Customer-Algorithm", "AES256", 400,
			"InvalidRequest",
		},
		"copy with a customer's key": {
			"/demo/k", "X-Amz-Copy-Source-Server-Side-Encryption-Customer-Key", "x", 400,
			"InvalidRequest",
		},
		"key management service": {"/demo/k", "X-Amz-Server-Side-Encryption", "aws:kms", 501, "NotImplemented"},
		"key of that service": {
			"/demo/k", "X-Amz-Server-Side-Encryption-Aws-Kms-Key-Id", "x", 501,
			"NotImplemented",
		},
		"unknown encryption": {"/demo/k", "X-Amz-Server-Side-Encryption", "rot13", 400, "InvalidArgument"},
		"public object":      {"/demo/k", "X-Amz-Acl", "public-read", 400, "AccessControlListNotSupported"},
		"unknown ACL":        {"/demo/k", "X-Amz-Acl", "mine", 400, "InvalidArgument"},
		"grant":              {"/demo/k", "X-Amz-Grant-Read", "id=1", 400, "AccessControlListNotSupported"},
		"public bucket": {
			"/fresh", "X-Amz-Acl", "public-read", 400,
			"InvalidBucketAclWithObjectOwnership",
		},
		"bucket with ACLs":         {"/fresh", "X-Amz-Object-Ownership", "ObjectWriter", 501, "NotImplemented"},
		"unknown ownership":        {"/fresh", "X-Amz-Object-Ownership", "mine", 400, "InvalidArgument"},
		"legal hold":               {"/demo/k", "X-Amz-Object-Lock-Legal-Hold", "ON", 400, "InvalidRequest"},
		"retention without a date": {"/demo/k", "X-Amz-Object-Lock-Mode", "GOVERNANCE", 400, "InvalidArgument"},
		"unknown storage class":    {"/demo/k", "X-Amz-Storage-Class", "ATTIC", 400, "InvalidStorageClass"},
		"bucket of another":        {"/demo/k", "X-Amz-Expected-Bucket-Owner", "000000000000", 403, "AccessDenied"},
		"redirect to nowhere": {
			"/demo/k", "X-Amz-Website-Redirect-Location", "nowhere", 400,
			"InvalidRedirectLocation",
		},
		"second factor":             {"/demo/k", "X-Amz-Mfa", "serial 123456", 501, "NotImplemented"},
		"unknown checksum":          {"/demo/k", "X-Amz-Checksum-Crc16", "AAA=", 400, "InvalidRequest"},
		"unknown trailing checksum": {"/demo/k", "X-Amz-Checksum-Algorithm-Next", "x", 400, "InvalidRequest"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			fake := fakes3.New()
			require.NoError(t, fake.CreateBucket("demo"))
			exchange(t, fake, "PUT", c.target, "", c.name, c.value).wants(t, c.status, c.code)
			require.Empty(t, fake.Keys("demo"))
			require.Equal(t, []string{"demo"}, fake.Buckets())
		})
	}
}

func TestKeptPromiseIsServed(t *testing.T) {
	for name, value := range map[string]string{
		"X-Amz-Server-Side-Encryption": "AES256",
		"X-Amz-Acl":                    "private",
		"X-Amz-Storage-Class":          "GLACIER_IR",
		"X-Amz-Expected-Bucket-Owner":  "123456789012",
	} {
		fake := fakes3.New()
		require.NoError(t, fake.CreateBucket("demo"))
		exchange(t, fake, "PUT", "/demo/k", "content", name, value).wants(t, 200, "")
	}
}

func TestCreateBucketReadsItsBody(t *testing.T) {
	cases := map[string]struct {
		inside string
		status int
		code   string
	}{
		"region of the server": {"<LocationConstraint>eu-west-1</LocationConstraint>", 200, ""},
		"another region": {
			"<LocationConstraint>eu-west-2</LocationConstraint>", 400,
			"InvalidLocationConstraint",
		},
		"directory bucket": {"<Bucket><Type>Directory</Type></Bucket>", 501, "NotImplemented"},
		"tags":             {"<Tags><Tag><Key>a</Key><Value>b</Value></Tag></Tags>", 200, ""},
		"no XML":           {"<", 400, "MalformedXML"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			fake := fakes3.NewWith(fakes3.Options{Region: "eu-west-1"})
			body := "<CreateBucketConfiguration>" + c.inside + "</CreateBucketConfiguration>"
			exchange(t, fake, "PUT", "/demo", body).wants(t, c.status, c.code)
			require.Equal(t, c.status == 200, len(fake.Buckets()) == 1)
		})
	}
}

// The same request has the same answer, whatever the order of a map.
func TestRefusalNamesTheFirstOfSeveralHeaders(t *testing.T) {
	fake := fakes3.New()
	require.NoError(t, fake.CreateBucket("demo"))
	for range 50 {
		answer := exchange(t, fake, "PUT", "/demo/k", "", "X-Amz-Server-Side-Encryption", "aws:kms",
			"X-Amz-Server-Side-Encryption-Aws-Kms-Key-Id", "mine", "X-Amz-Server-Side-Encryption-Context", "e30=")
		answer.wants(t, 501, "NotImplemented")
		require.Contains(t, string(answer.body), "<Header>x-amz-server-side-encryption</Header>")
	}
}

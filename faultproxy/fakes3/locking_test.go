package fakes3_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/faultproxy/fakes3"
)

// lockedBucket makes a fake with Object Lock in the bucket demo.
func lockedBucket(t *testing.T) *fakes3.Server {
	t.Helper()
	fake := fakes3.NewWith(fakes3.Options{MinPartSize: -1})
	exchange(t, fake, "PUT", "/demo", "", "X-Amz-Bucket-Object-Lock-Enabled", "true").wants(t, 200, "")
	return fake
}

// retained are the headers of a write whose retention lasts an hour.
func retained(mode string) []string {
	until := time.Now().Add(time.Hour).UTC().Format(time.RFC3339)
	return []string{"X-Amz-Object-Lock-Mode", mode, "X-Amz-Object-Lock-Retain-Until-Date", until}
}

func retentionXML(mode string, last time.Duration) string {
	return "<Retention><Mode>" + mode + "</Mode><RetainUntilDate>" +
		time.Now().Add(last).UTC().Format(time.RFC3339) + "</RetainUntilDate></Retention>"
}

const bypass = "X-Amz-Bypass-Governance-Retention"

func TestRetainedVersionStaysUntilItsDate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for mode, overridden := range map[string]int{"COMPLIANCE": 403, "GOVERNANCE": 204} {
			fake := lockedBucket(t)
			put := exchange(t, fake, "PUT", "/demo/k", "content", retained(mode)...)
			put.wants(t, 200, "")
			id := put.Header.Get("X-Amz-Version-Id")
			target := "/demo/k?versionId=" + id
			head := exchange(t, fake, "HEAD", "/demo/k", "")
			require.Equal(t, mode, head.Header.Get("X-Amz-Object-Lock-Mode"))
			require.Equal(t, time.Now().Add(time.Hour).UTC().Format("2006-01-02T15:04:05.000Z"),
				head.Header.Get("X-Amz-Object-Lock-Retain-Until-Date"))

			exchange(t, fake, "DELETE", target, "").wants(t, 403, "AccessDenied")
			deleted := exchange(t, fake, "POST", "/demo?delete", "<Delete><Object><Key>k</Key><VersionId>"+id+
				"</VersionId></Object></Delete>", "Content-Md5",
				md5Of("<Delete><Object><Key>k</Key><VersionId>"+id+"</VersionId></Object></Delete>"))
			require.Contains(t, string(deleted.body), "<Code>AccessDenied</Code>")
			exchange(t, fake, "DELETE", "/demo/k", "").wants(t, 204, "") // a delete marker covers the version
			exchange(t, fake, "GET", target, "").wants(t, 200, "")
			require.Equal(t, overridden, exchange(t, fake, "DELETE", target, "", bypass, "true").StatusCode)
			time.Sleep(time.Hour)
			exchange(t, fake, "DELETE", target, "").wants(t, 204, "")
			exchange(t, fake, "GET", target, "").wants(t, 404, "NoSuchVersion")
		}
	})
}

func TestHeldVersionStaysUntilItsHoldEnds(t *testing.T) {
	fake := lockedBucket(t)
	put := exchange(t, fake, "PUT", "/demo/k", "content", "X-Amz-Object-Lock-Legal-Hold", "ON")
	target := "/demo/k?versionId=" + put.Header.Get("X-Amz-Version-Id")
	require.Contains(t, string(exchange(t, fake, "GET", "/demo/k?legal-hold", "").body), "<Status>ON</Status>")
	exchange(t, fake, "DELETE", target, "", bypass, "true").wants(t, 403, "AccessDenied")
	exchange(t, fake, "PUT", "/demo/k?legal-hold", "<LegalHold><Status>MAYBE</Status></LegalHold>").
		wants(t, 400, "MalformedXML")
	exchange(t, fake, "PUT", "/demo?object-lock", "").wants(t, 400, "MissingRequestBodyError")
	exchange(t, fake, "PUT", "/demo/k?legal-hold", "<LegalHold><Status>OFF</Status></LegalHold>").wants(t, 200, "")
	exchange(t, fake, "DELETE", target, "").wants(t, 204, "")
}

func TestRetentionIsChangedAsItsModeAllows(t *testing.T) {
	for name, c := range map[string]struct {
		before, after string
		lasts         time.Duration
		status        int // without a bypass
		overridden    int
	}{
		"governance longer":     {"GOVERNANCE", "GOVERNANCE", 2 * time.Hour, 200, 200},
		"governance shorter":    {"GOVERNANCE", "GOVERNANCE", time.Minute, 403, 200},
		"governance stricter":   {"GOVERNANCE", "COMPLIANCE", 2 * time.Hour, 403, 200},
		"compliance longer":     {"COMPLIANCE", "COMPLIANCE", 2 * time.Hour, 200, 200},
		"compliance the same":   {"COMPLIANCE", "COMPLIANCE", time.Hour, 200, 200},
		"compliance shorter":    {"COMPLIANCE", "COMPLIANCE", time.Minute, 403, 403},
		"compliance weaker":     {"COMPLIANCE", "GOVERNANCE", 2 * time.Hour, 403, 403},
		"in the past":           {"GOVERNANCE", "GOVERNANCE", -time.Minute, 400, 400},
		"of a mode that is not": {"GOVERNANCE", "FREE", 2 * time.Hour, 400, 400},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				fake := lockedBucket(t)
				exchange(t, fake, "PUT", "/demo/k", "content", retained(c.before)...).wants(t, 200, "")
				document := retentionXML(c.after, c.lasts)
				require.Equal(t, c.status, exchange(t, fake, "PUT", "/demo/k?retention", document).StatusCode)
				require.Equal(t, c.overridden,
					exchange(t, fake, "PUT", "/demo/k?retention", document, bypass, "true").StatusCode)
				if c.overridden == 200 {
					got := string(exchange(t, fake, "GET", "/demo/k?retention", "").body)
					require.Contains(t, got, "<Mode>"+c.after+"</Mode>")
				}
			})
		})
	}
}

func TestRuleLocksNewVersions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := lockedBucket(t)
		exchange(t, fake, "PUT", "/demo/before", "content").wants(t, 200, "")
		document := "<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled><Rule><DefaultRetention>" +
			"<Mode>GOVERNANCE</Mode><Days>2</Days></DefaultRetention></Rule></ObjectLockConfiguration>"
		exchange(t, fake, "PUT", "/demo?object-lock", document).wants(t, 200, "")
		got := string(exchange(t, fake, "GET", "/demo?object-lock", "").body)
		require.Contains(t, got, "<Mode>GOVERNANCE</Mode><Days>2</Days></DefaultRetention>")

		id := begin(t, fake, "parts")
		one := part(t, fake, "parts", id, 1, "content")
		time.Sleep(time.Hour)
		complete(t, fake, "parts", id, one).wants(t, 200, "")
		exchange(t, fake, "PUT", "/demo/copy", "", "X-Amz-Copy-Source", "demo/before").wants(t, 200, "")
		until := time.Now().AddDate(0, 0, 2).UTC().Format("2006-01-02T15:04:05.000Z")
		for _, key := range []string{"parts", "copy"} {
			head := exchange(t, fake, "HEAD", "/demo/"+key, "")
			require.Equal(t, "GOVERNANCE", head.Header.Get("X-Amz-Object-Lock-Mode"), key)
			require.Equal(t, until, head.Header.Get("X-Amz-Object-Lock-Retain-Until-Date"), key)
		}
		require.Empty(t, exchange(t, fake, "HEAD", "/demo/before", "").Header.Get("X-Amz-Object-Lock-Mode"))
		exchange(t, fake, "GET", "/demo/before?retention", "").wants(t, 400, "NoSuchObjectLockConfiguration")
	})
}

func TestWrongLockIsRefused(t *testing.T) {
	fake := lockedBucket(t)
	require.NoError(t, fake.Put("plain", "k", []byte("content")))
	rule := func(retention string) string {
		return "<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled><Rule><DefaultRetention>" +
			retention + "</DefaultRetention></Rule></ObjectLockConfiguration>"
	}
	for name, c := range map[string]struct {
		method, target, body string
		status               int
		code                 string
	}{
		"no lock":      {"GET", "/plain?object-lock", "", 404, "ObjectLockConfigurationNotFoundError"},
		"no retention": {"GET", "/plain/k?retention", "", 400, "InvalidRequest"},
		"no hold": {
			"PUT", "/plain/k?legal-hold", "<LegalHold><Status>ON</Status></LegalHold>", 400,
			"InvalidRequest",
		},
		"no versions": {
			"PUT", "/plain?object-lock", rule("<Mode>GOVERNANCE</Mode><Days>2</Days>"), 409,
			"InvalidBucketState",
		},
		"no days": {"PUT", "/demo?object-lock", rule("<Mode>GOVERNANCE</Mode>"), 400, "MalformedXML"},
		"days and years": {
			"PUT", "/demo?object-lock", rule("<Mode>GOVERNANCE</Mode><Days>2</Days><Years>1</Years>"),
			400, "MalformedXML",
		},
		"zero days": {
			"PUT", "/demo?object-lock", rule("<Mode>GOVERNANCE</Mode><Days>0</Days>"), 400,
			"InvalidArgument",
		},
		"many years": {
			"PUT", "/demo?object-lock", rule("<Mode>GOVERNANCE</Mode><Years>101</Years>"), 400,
			"InvalidArgument",
		},
		"no mode": {"PUT", "/demo?object-lock", rule("<Mode>FREE</Mode><Days>2</Days>"), 400, "MalformedXML"},
		"suspended": {
			"PUT", "/demo?versioning", "<VersioningConfiguration><Status>Suspended</Status></VersioningConfiguration>",
			409, "InvalidBucketState",
		},
	} {
		t.Run(name, func(t *testing.T) {
			exchange(t, fake, c.method, c.target, c.body).wants(t, c.status, c.code)
		})
	}
}

func TestOwnerHasFullControl(t *testing.T) {
	fake := fakes3.New()
	require.NoError(t, fake.Put("demo", "k", []byte("content")))
	for _, target := range []string{"/demo?acl", "/demo/k?acl"} {
		got := exchange(t, fake, "GET", target, "")
		got.wants(t, 200, "")
		require.Regexp(t, `<Grantee [^>]*xsi:type="CanonicalUser"><ID>\w+</ID>.*<Permission>FULL_CONTROL</Permission>`,
			string(got.body))
	}
}

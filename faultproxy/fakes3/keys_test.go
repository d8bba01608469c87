package fakes3_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/faultproxy/fakes3"
)

// A signing says how a test signs its requests.
type signing struct {
	keys   fakes3.Credentials
	region string
	at     time.Time
}

// signed sends a request for a target to the fake, without a network: signed in its headers, and
// presigned for five minutes. The first response is that of the headers.
func (s signing) signed(t *testing.T, fake http.Handler, method, target string) [2]answer {
	t.Helper()
	credentials := aws.Credentials{
		AccessKeyID: s.keys.AccessKey, SecretAccessKey: s.keys.SecretKey, SessionToken: s.keys.SessionToken,
	}
	request := func(target string) *http.Request {
		r, err := http.NewRequestWithContext(context.Background(), method, "http://s3.test"+target, http.NoBody)
		require.NoError(t, err)
		return r
	}
	const payload = "UNSIGNED-PAYLOAD"
	r := request(target)
	r.Header.Set("X-Amz-Content-Sha256", payload)
	signer := v4.NewSigner(func(o *v4.SignerOptions) { o.DisableURIPathEscaping = true })
	require.NoError(t, signer.SignHTTP(t.Context(), credentials, r, payload, "s3", s.region, s.at))
	headers := []string{"Host", r.Host}
	for name := range r.Header {
		headers = append(headers, name, r.Header.Get(name))
	}
	p := request(target + map[bool]string{true: "&", false: "?"}[strings.Contains(target, "?")] + "X-Amz-Expires=300")
	url, _, err := signer.PresignHTTP(t.Context(), credentials, p, payload, "s3", s.region, s.at)
	require.NoError(t, err)
	return [2]answer{
		exchange(t, fake, method, "http://s3.test"+target, "", headers...), exchange(t, fake, method, url, ""),
	}
}

// verifying returns a fake that refuses everything that is not signed with the test's keys, with an
// object in the bucket demo.
func verifying(t *testing.T, adjust func(*fakes3.Options)) *fakes3.Server {
	t.Helper()
	options := fakes3.Options{Credentials: &keys}
	adjust(&options)
	fake := fakes3.NewWith(options)
	require.NoError(t, fake.Put("demo", "a", []byte("hello")))
	return fake
}

func TestWrongKeysAreRefused(t *testing.T) {
	fake := verifying(t, func(*fakes3.Options) {})
	for code, c := range map[string]struct {
		change func(*fakes3.Credentials)
		status int
	}{
		"":                      {func(*fakes3.Credentials) {}, 200},
		"InvalidAccessKeyId":    {func(c *fakes3.Credentials) { c.AccessKey = "AKIDOTHER" }, 403},
		"SignatureDoesNotMatch": {func(c *fakes3.Credentials) { c.SecretKey = "wrong" }, 403},
		"InvalidToken":          {func(c *fakes3.Credentials) { c.SessionToken = "surplus" }, 400},
	} {
		wrong := keys
		c.change(&wrong)
		for _, got := range (signing{wrong, "us-east-1", time.Now()}).signed(t, fake, "GET", "/demo/a") {
			got.wants(t, c.status, code)
			assert.NotContains(t, string(got.body), keys.SecretKey)
		}
	}
	exchange(t, fake, "GET", "/demo/a", "").wants(t, 403, "AccessDenied")
}

func TestRefusedSignatureShowsWhatWasSignedUnlessHidden(t *testing.T) {
	wrong := keys
	wrong.SecretKey = "wrong"
	for _, hide := range []bool{false, true} {
		fake := verifying(t, func(o *fakes3.Options) { o.HideSigned = hide })
		for _, got := range (signing{wrong, "us-east-1", time.Now()}).signed(t, fake, "GET", "/demo/a") {
			got.wants(t, 403, "SignatureDoesNotMatch")
			assert.Equal(t, !hide, strings.Contains(string(got.body), "<CanonicalRequest>"))
			assert.Equal(t, !hide, strings.Contains(string(got.body), "<SignatureProvided>"))
		}
	}
}

func TestGrantedKeysExpire(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, offset := range []time.Duration{0, time.Hour, -time.Hour} {
			fake := verifying(t, func(o *fakes3.Options) { o.ClockOffset = offset })
			now := func() time.Time { return time.Now().Add(offset) }
			granted := fakes3.Credentials{
				AccessKey: "ASIAGRANTED", SecretKey: "granted", SessionToken: "t0ken", Expires: now().Add(time.Minute),
			}
			send := func(status int, code string) {
				t.Helper()
				for _, got := range (signing{granted, "us-east-1", now()}).signed(t, fake, "GET", "/demo/a") {
					got.wants(t, status, code)
				}
			}
			send(403, "InvalidAccessKeyId")
			fake.Grant(granted)
			send(200, "")
			time.Sleep(time.Minute - time.Second)
			send(200, "")
			time.Sleep(time.Second)
			send(400, "ExpiredToken")
			granted.Expires = now().Add(time.Minute)
			fake.Grant(granted)
			send(200, "")
		}
	})
}

func TestSkewedServerRefusesTheClientsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, offset := range []time.Duration{20 * time.Minute, -20 * time.Minute, 14 * time.Minute} {
			fake := verifying(t, func(o *fakes3.Options) { o.ClockOffset = offset })
			server := time.Now().Add(offset)
			got := signing{keys, "us-east-1", time.Now()}.signed(t, fake, "GET", "/demo/a")
			for _, a := range got {
				assert.Equal(t, server.UTC().Format(http.TimeFormat), a.Header.Get("Date"))
			}
			switch {
			case offset == 14*time.Minute:
				got[0].wants(t, 200, "")
				got[1].wants(t, 403, "AccessDenied") // it has expired
			case offset < 0:
				got[0].wants(t, 403, "RequestTimeTooSkewed")
				got[1].wants(t, 403, "AccessDenied") // it is not valid yet
			default:
				got[0].wants(t, 403, "RequestTimeTooSkewed")
				assert.Contains(t, string(got[0].body),
					"<ServerTime>"+server.UTC().Format(time.RFC3339)+"</ServerTime>")
				got[1].wants(t, 403, "AccessDenied")
			}
			for _, a := range (signing{keys, "us-east-1", server}).signed(t, fake, "GET", "/demo/a") {
				a.wants(t, 200, "")
				assert.Equal(t, server.UTC().Format(http.TimeFormat), a.Header.Get("Last-Modified"))
			}
		}
	})
}

func TestWrongRegionIsRefusedOrRedirected(t *testing.T) {
	for _, c := range []struct {
		wrong  fakes3.WrongRegion
		status int
		codes  [2]string // of the request with headers, and of the presigned one
		header string
	}{
		{
			fakes3.WrongRegion{},
			400,
			[2]string{"AuthorizationHeaderMalformed", "AuthorizationQueryParametersError"},
			"eu-west-1",
		},
		{
			fakes3.WrongRegion{NoHeader: true},
			400,
			[2]string{"AuthorizationHeaderMalformed", "AuthorizationQueryParametersError"},
			"",
		},
		{fakes3.WrongRegion{Redirect: true}, 301, [2]string{"PermanentRedirect", "PermanentRedirect"}, "eu-west-1"},
		{
			fakes3.WrongRegion{Redirect: true, NoHeader: true},
			301,
			[2]string{"PermanentRedirect", "PermanentRedirect"},
			"",
		},
	} {
		t.Run(fmt.Sprint(c.wrong), func(t *testing.T) {
			fake := verifying(t, func(o *fakes3.Options) { o.Region, o.WrongRegion = "eu-west-1", c.wrong })
			wrong := signing{keys, "us-east-1", time.Now()}
			right := signing{keys, "eu-west-1", time.Now()}
			for i, got := range wrong.signed(t, fake, "GET", "/demo/a") {
				got.wants(t, c.status, c.codes[i])
				assert.Equal(t, c.header, got.Header.Get("x-amz-bucket-region"))
				assert.Equal(t, !c.wrong.Redirect, strings.Contains(string(got.body), "<Region>eu-west-1</Region>"))
				assert.Equal(t, c.wrong.Redirect, strings.Contains(string(got.body), "<Endpoint>s3.test</Endpoint>"))
			}
			for _, target := range []string{"/demo", "/demo/a"} {
				for _, got := range wrong.signed(t, fake, "HEAD", target) {
					got.wants(t, c.status, "")
					assert.Equal(t, c.header, got.Header.Get("x-amz-bucket-region"))
				}
				for _, got := range right.signed(t, fake, "HEAD", target) {
					got.wants(t, 200, "")
				}
			}
			location := wrong.signed(t, fake, "GET", "/demo?location")[0]
			if !c.wrong.Redirect {
				location.wants(t, 400, c.codes[0])
				location = right.signed(t, fake, "GET", "/demo?location")[0]
			}
			location.wants(t, 200, "")
			assert.Contains(t, string(location.body), ">eu-west-1</LocationConstraint>")
			for i, got := range wrong.signed(t, fake, "GET", "/none/a") {
				if c.wrong.Redirect {
					got.wants(t, 404, "NoSuchBucket")
				} else {
					got.wants(t, 400, c.codes[i])
				}
				assert.Empty(t, got.Header.Get("x-amz-bucket-region"))
			}
		})
	}
}

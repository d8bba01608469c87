package s3client_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/retry"
	"github.com/s3chaos/s3chaos/s3client"
)

// redirectTo answers with a redirection.
func redirectTo(status int, location string) action {
	return func(rw http.ResponseWriter, r *http.Request, _ http.Handler) {
		rw.Header().Set("Location", location)
		respond(status, "TemporaryRedirect")(rw, r, nil)
	}
}

// hosts lists the host that each request of operation was for.
func (w *world) hosts(operation string) []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var all []string
	for _, s := range w.sends {
		if s.operation == operation {
			all = append(all, s.host)
		}
	}
	return all
}

func TestRedirectionInsideTheDomainIsFollowedWithAFreshSignature(t *testing.T) {
	for _, status := range []int{307, 308} {
		for location, host := range map[string]string{
			"http://s3.test/demo/k":             "s3.test",
			"/demo/k":                           "s3.test",
			"http://eu.s3.test/demo/k":          "eu.s3.test",
			"http://EU.s3.test:80/demo/k?x=y#z": "EU.s3.test",
		} {
			t.Run(fmt.Sprint(status, " ", location), func(t *testing.T) {
				seeded(t, s3client.Config{}, func(w *world, content []byte) {
					for _, operation := range []string{"GetObject", "HeadObject", "PutObject", "DeleteObject"} {
						w.on(operation, 1, redirectTo(status, location))
					}
					ctx := context.Background()
					require.NoError(w, w.get(nil))
					w.requireFile("out", content)
					there, err := w.client.Exists(ctx, "k")
					require.NoError(w, err)
					require.True(w, there)
					require.NoError(w, w.put("k", []byte("new"), nil))
					w.requireObject("k", []byte("new"))
					require.NoError(w, w.client.Delete(ctx, "k"))
					require.Empty(w, w.fake.Keys("demo"))
					for _, operation := range []string{"GetObject", "HeadObject", "PutObject", "DeleteObject"} {
						require.Equal(w, []string{"s3.test", host}, w.hosts(operation))
					}
				})
			})
		}
	}
}

func TestRedirectionOfAListIsFollowed(t *testing.T) {
	for _, location := range []string{"http://eu.s3.test/demo", "http://eu.s3.test/demo/?list-type=2"} {
		seeded(t, s3client.Config{}, func(w *world, _ []byte) {
			w.on("ListObjectsV2", 1, redirectTo(307, location))
			list, err := collect(w.client.List(context.Background(), "", nil))
			require.NoError(w, err)
			require.Len(w, list, 1)
			require.Equal(w, []string{"s3.test", "eu.s3.test"}, w.hosts("ListObjectsV2"))
		})
	}
}

func TestRedirectionToTheBucketsOwnHostIsFollowed(t *testing.T) {
	seeded(t, s3client.Config{}, func(w *world, content []byte) {
		w.unsigned()
		w.on("GetObject", 1, redirectTo(307, "http://demo.s3.test/k"))
		// Without the bucket in its path the world takes the second request for a list.
		w.on("ListObjectsV2", 1, func(rw http.ResponseWriter, r *http.Request, up http.Handler) {
			r.URL.Path = "/demo" + r.URL.Path
			up.ServeHTTP(rw, r)
		})
		require.NoError(w, w.get(nil))
		w.requireFile("out", content)
		require.Equal(w, []string{"demo.s3.test"}, w.hosts("ListObjectsV2"))
	})
}

func TestRedirectionElsewhereIsAnErrorAndNothingIsSentThere(t *testing.T) {
	for _, location := range []string{
		"http://evil.test/demo/k",
		"http://evils3.test/demo/k",
		"http://s3.test.evil.test/demo/k",
		"http://s3.test@evil.test/demo/k",
		"http://s3.test:8080/demo/k",
		"http://user:password@s3.test/demo/k",
		"ftp://s3.test/demo/k",
		"//evil.test/demo/k",
		"http://s3.test/demo/other",
		"http://s3.test/other/k",
		"http://s3.test/k",
		"http://other.s3.test/k",
		"http://s3.test/",
		"http://%zz/",
		"",
	} {
		t.Run(location, func(t *testing.T) {
			seeded(t, s3client.Config{}, func(w *world, _ []byte) {
				w.on("GetObject", 0, redirectTo(307, location))
				var dialed []string
				w.network.OnDial(func(_ context.Context, _, address string) error {
					dialed = append(dialed, address)
					return nil
				})
				err := w.get(nil)
				require.ErrorIs(w, err, retry.ErrPermanent)
				require.Equal(w, "TemporaryRedirect", code(err))
				require.Equal(w, 1, w.count("GetObject"))
				require.Subset(w, []string{"s3.test:80"}, dialed)
			})
		})
	}
}

func TestRedirectionsWithoutEndAreAnError(t *testing.T) {
	seeded(t, s3client.Config{Retry: policy(func(c *retry.Config) { c.MaxAttempts = 9 })}, func(w *world, _ []byte) {
		w.on("GetObject", 0, redirectTo(307, "/demo/k"))
		require.Equal(w, "TemporaryRedirect", code(w.get(nil)))
		require.Equal(w, 4, w.count("GetObject"), "three of them are followed")
	})
}

// CheckRedirect of the caller's HTTP client would send the session token to the other host.
func TestCheckRedirectOfTheHTTPClientIsNotAsked(t *testing.T) {
	follow := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return nil }}
	seeded(t, s3client.Config{HTTPClient: follow}, func(w *world, _ []byte) {
		w.on("GetObject", 0, redirectTo(307, "http://evil.test/demo/k"))
		require.Equal(w, "TemporaryRedirect", code(w.get(nil)))
	})
}

// inRegion answers requests that are signed for another region as S3 does.
func inRegion(region string, refuse func(rw http.ResponseWriter, r *http.Request)) action {
	return func(rw http.ResponseWriter, r *http.Request, up http.Handler) {
		if strings.Contains(r.Header.Get("Authorization"), "/"+region+"/s3/aws4_request") {
			up.ServeHTTP(rw, r)
			return
		}
		refuse(rw, r)
	}
}

func TestRegionOfABucketIsFoundOnceAndRemembered(t *testing.T) {
	body := func(status int, format string) func(rw http.ResponseWriter, r *http.Request) {
		return func(rw http.ResponseWriter, r *http.Request) {
			rw.Header().Set("Content-Type", "application/xml")
			if r.Method == http.MethodHead {
				rw.Header().Set("X-Amz-Bucket-Region", "eu-central-1")
			}
			rw.WriteHeader(status)
			if r.Method != http.MethodHead {
				_, _ = fmt.Fprintf(rw, format, "eu-central-1")
			}
		}
	}
	header := func(status int, code string) func(rw http.ResponseWriter, r *http.Request) {
		return func(rw http.ResponseWriter, r *http.Request) {
			rw.Header().Set("X-Amz-Bucket-Region", "eu-central-1")
			respond(status, code)(rw, r, nil)
		}
	}
	for name, refuse := range map[string]func(rw http.ResponseWriter, r *http.Request){
		"400 with an element": body(400, "<Error><Code>AuthorizationHeaderMalformed</Code><Region>%s</Region></Error>"),
		"301 with an element": body(301, "<Error><Code>PermanentRedirect</Code><Region>%s</Region></Error>"),
		"301 with a header":   header(301, "PermanentRedirect"),
		"400 with a header":   header(400, "AuthorizationHeaderMalformed"),
	} {
		for _, first := range []string{"GetObject", "HeadObject", "PutObject", "ListObjectsV2"} {
			t.Run(name+" "+first, func(t *testing.T) {
				seeded(t, s3client.Config{}, func(w *world, content []byte) {
					for _, operation := range []string{"GetObject", "HeadObject", "PutObject", "ListObjectsV2"} {
						w.on(operation, 0, inRegion("eu-central-1", refuse))
					}
					w.unsigned()
					ctx := context.Background()
					calls := map[string]func() error{
						"GetObject":     func() error { return w.get(nil) },
						"HeadObject":    func() error { _, err := w.client.Exists(ctx, "k"); return err },
						"PutObject":     func() error { return w.put("k2", content, nil) },
						"ListObjectsV2": func() error { _, err := collect(w.client.List(ctx, "", nil)); return err },
					}
					require.NoError(w, calls[first]())
					require.Equal(w, 2, w.count(first))
					for _, call := range calls {
						require.NoError(w, call())
					}
					require.Len(w, w.sends, 6, "the region is known by now")
					require.NoError(w, w.client.WithBucket("demo").Delete(ctx, "k"))
				})
			})
		}
	}
}

func TestARegionThatIsNoNewsIsAnErrorAtOnce(t *testing.T) {
	for name, region := range map[string]string{
		"the same": "us-east-1", "a host": "evil.test/", "none": "", "too long": strings.Repeat("a", 65),
	} {
		t.Run(name, func(t *testing.T) {
			seeded(t, s3client.Config{}, func(w *world, _ []byte) {
				w.on("GetObject", 0, func(rw http.ResponseWriter, _ *http.Request, _ http.Handler) {
					rw.Header().Set("Content-Type", "application/xml")
					rw.WriteHeader(400)
					const text = "<Error><Code>AuthorizationHeaderMalformed</Code><Region>%s</Region></Error>"
					_, _ = fmt.Fprintf(rw, text, region)
				})
				err := w.get(nil)
				require.Equal(w, "AuthorizationHeaderMalformed", code(err))
				require.ErrorIs(w, err, retry.ErrPermanent)
				require.Equal(w, 1, w.count("GetObject"))
			})
		})
	}
}

func TestABadRequestBesideARegionIsNoOtherRegion(t *testing.T) {
	seeded(t, s3client.Config{}, func(w *world, _ []byte) {
		w.on("GetObject", 0, func(rw http.ResponseWriter, r *http.Request, _ http.Handler) {
			rw.Header().Set("X-Amz-Bucket-Region", "eu-central-1")
			respond(400, "InvalidRequest")(rw, r, nil)
		})
		require.Equal(w, "InvalidRequest", code(w.get(nil)))
		require.Equal(w, 1, w.count("GetObject"))
	})
}

func TestHostsOfS3AtAWS(t *testing.T) {
	for host, want := range map[string]bool{
		"s3.amazonaws.com": true, "s3.eu-central-1.amazonaws.com": true, "s3-us-west-2.amazonaws.com": true,
		"s3.dualstack.us-gov-west-1.amazonaws.com": true, "s3-fips.us-east-1.amazonaws.com": true,
		"s3.cn-north-1.amazonaws.com.cn": true,
		"s3-accelerate.amazonaws.com":    true, "s3-external-1.amazonaws.com": true,
		"amazonaws.com": false, "evil.amazonaws.com": false, "ec2-1-2-3-4.compute.amazonaws.com": false,
		"s3-us-evil-1.us-east-1.elb.amazonaws.com": false, "s3.us-east-1.amazonaws.com.evil.test": false,
		"s3-website-us-east-1.amazonaws.com": false, "xs3.amazonaws.com": false,
	} {
		require.Equal(t, want, s3client.AWSHost(host), host)
	}
}

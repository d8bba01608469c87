package faultproxy_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/faultproxy"
	"github.com/s3chaos/s3chaos/faultproxy/fakes3"
	"github.com/s3chaos/s3chaos/faultproxy/faulttest"
	"github.com/s3chaos/s3chaos/faultproxy/memnet"
)

// The keys that a DeleteObjects deletes are stale afterwards, whether the proxy can read them
// unsigned or has seen them pass.
func TestStaleReturnsKeysThatDeleteObjectsDeleted(t *testing.T) {
	keys := []string{"a", "b & <c>", "d e+f", "%2F", "a//b/", "я;ж"}
	for _, private := range []bool{false, true} {
		for _, quiet := range []bool{false, true} {
			for _, way := range []struct{ tls, path bool }{{false, true}, {true, false}} {
				t.Run(fmt.Sprintf("private %v, quiet %v, %+v", private, quiet, way), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						lab, _ := verifying(t, way.tls)
						if !private {
							fake := fakes3.NewWith(fakes3.Options{BaseHosts: []string{"s3.test"}})
							require.NoError(t, fake.CreateBucket("demo"))
							lab = faulttest.LabConfig{TLS: way.tls}.New(t, fake)
						}
						client := client(lab, way.path)
						lab.Rule("", faultproxy.Stale(10*time.Second))
						bucket := aws.String("demo")
						for _, key := range append(keys, "kept") {
							_, err := client.PutObject(t.Context(),
								&s3.PutObjectInput{
									Bucket: bucket, Key: aws.String(key),
									Body: strings.NewReader("content of " + key),
								})
							require.NoError(t, err)
						}
						get := func(key string) string {
							out, err := client.GetObject(t.Context(),
								&s3.GetObjectInput{Bucket: bucket, Key: aws.String(key)})
							if api, ok := errors.AsType[smithy.APIError](err); ok {
								return api.ErrorCode()
							}
							require.NoError(t, err)
							content, err := io.ReadAll(out.Body)
							require.NoError(t, err)
							require.NoError(t, out.Body.Close())
							return string(content)
						}
						list := func() (found []string) {
							out, err := client.ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: bucket})
							require.NoError(t, err)
							for _, o := range out.Contents {
								found = append(found, aws.ToString(o.Key))
							}
							return found
						}
						time.Sleep(time.Minute)
						in := &s3.DeleteObjectsInput{Bucket: bucket, Delete: &types.Delete{Quiet: &quiet}}
						for _, key := range append(keys, "never there") {
							in.Delete.Objects = append(in.Delete.Objects, types.ObjectIdentifier{Key: aws.String(key)})
						}
						in.Delete.Objects = append(in.Delete.Objects,
							types.ObjectIdentifier{Key: aws.String("kept"), ETag: aws.String(`"another"`)})
						out, err := client.DeleteObjects(t.Context(), in)
						require.NoError(t, err)
						require.Len(t, out.Errors, 1)

						for _, key := range keys {
							assert.Equal(t, "content of "+key, get(key))
						}
						assert.Equal(t, "content of kept", get("kept"))
						assert.Equal(t, "NoSuchKey", get("never there"))
						assert.ElementsMatch(t, append(keys, "kept"), list())
						synctest.Wait()
						for _, rec := range lab.Journal().Records() {
							if rec.Operation == "GetObject" {
								assert.Equal(t, rec.Key != "kept" && rec.Key != "never there", rec.Fault != "",
									"%q has not changed", rec.Key)
							}
						}
						time.Sleep(11 * time.Second)
						assert.Equal(t, "NoSuchKey", get("a"))
						assert.Equal(t, []string{"kept"}, list())
					})
				})
			}
		}
	}
}

// The state before the last change is the state before all that one request has changed.
func TestStaleWithoutAgeUndoesAWholeDeleteObjects(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := fakes3.New()
		lab := faulttest.NewLab(t, fake)
		for _, key := range []string{"a", "b", "c"} {
			require.NoError(t, fake.Put("demo", key, []byte(key)))
		}
		client := client(lab, true)
		lab.Rule("ListObjectsV2", faultproxy.Stale(0))
		bucket := aws.String("demo")
		_, err := client.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: bucket, Key: aws.String("c")})
		require.NoError(t, err)
		_, err = client.DeleteObjects(t.Context(),
			&s3.DeleteObjectsInput{
				Bucket: bucket,
				Delete: &types.Delete{Objects: []types.ObjectIdentifier{
					{Key: aws.String("a")},
					{Key: aws.String("b")},
				}},
			})
		require.NoError(t, err)
		out, err := client.ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: bucket})
		require.NoError(t, err)
		require.Len(t, out.Contents, 2)
		assert.Equal(t, []string{"a", "b"}, []string{*out.Contents[0].Key, *out.Contents[1].Key})
	})
}

// staleRig is inRig with host names, digests, and a log of the proxy's warnings.
func staleRig(t *testing.T, upstream answerer, rules []string, f func(r *rig, log *bytes.Buffer)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		r := &rig{t: t, network: memnet.New()}
		cfg := faultproxy.Config{
			Upstream: "up:80", Dial: r.network.DialContext, Seed: 1, Digest: true, IdentityLatency: true,
			Hosts:  []string{"s3.test"},
			Logger: slog.New(slog.NewTextHandler(&log, nil)),
		}
		for _, text := range append(rules, "match: {operation: GetObject}, stale: {}") {
			rule, err := faultproxy.ParseRule(text)
			require.NoError(t, err)
			cfg.Rules = append(cfg.Rules, rule)
		}
		r.run(cfg, upstream, func(r *rig) { f(r, &log) })
	})
}

// showing responds to unsigned reads with shown, and to other requests with answer.
func showing(shown string, answer answerer) answerer {
	return func(req *http.Request, body string) string {
		if req.Method == http.MethodGet {
			return shown
		}
		return answer(req, body)
	}
}

// deletionRig is staleRig with an upstream that responds "old" to unsigned reads.
func deletionRig(t *testing.T, rules []string, answer answerer, f func(r *rig, log *bytes.Buffer)) {
	t.Helper()
	staleRig(t, showing("HTTP/1.1 200 OK\r\nContent-Length: 3\r\nETag: \"e\"\r\n\r\nold", answer), rules, f)
}

// gone returns those of the keys that a stale rule considers changed.
func (r *rig) gone(keys string) (found string) {
	n := len(r.records())
	for _, key := range keys {
		r.talk("GET /demo/" + string(key) + " HTTP/1.1\r\nHost: s3.test\r\nConnection: close\r\n\r\n")
		if r.records()[n].Fault != "" {
			found += string(key)
		}
		n++
	}
	return found
}

const (
	twoKeys = "<Delete><Object><Key>a</Key></Object><Object><Key>b</Key></Object></Delete>"
	twoGone = "<DeleteResult><Deleted><Key>a</Key></Deleted><Deleted><Key>b</Key></Deleted></DeleteResult>"
)

func lengthed(status int, body string) string {
	return fmt.Sprintf("HTTP/1.1 %d X\r\nContent-Length: %d\r\n\r\n%s", status, len(body), body)
}

func deleteObjects(body string) string {
	return fmt.Sprintf("POST /demo?delete HTTP/1.1\r\nHost: s3.test\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
}

// The proxy reads the keys in every framing of the body, and forwards the request byte for byte.
func TestDeleteObjectsPassesByteForByte(t *testing.T) {
	const signature = ";chunk-signature=ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648"
	head := func(lines, body string) string {
		return "POST /demo?delete HTTP/1.1\r\nHost: s3.test\r\n" + lines + "\r\n" + body
	}
	sized := func(lines, body string) string {
		return head(fmt.Sprintf("%sContent-Length: %d\r\n", lines, len(body)), body)
	}
	n := len(twoKeys)
	trailer := fmt.Sprintf("%x\r\n%s\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n", n, twoKeys)
	signed := fmt.Sprintf("%x%s\r\n%s\r\n%x%[2]s\r\n%[5]s\r\n0%[2]s\r\n"+
		"x-amz-checksum-crc32:NhCmhg==\r\nx-amz-trailer-signature:0\r\n\r\n", 30, signature, twoKeys[:30], n-30,
		twoKeys[30:])
	padded := strings.Replace(twoKeys, "<Object>", "<!--"+strings.Repeat("x", 100_000)+"--><Object>", 1)
	for name, request := range map[string]string{
		"length": sized("", twoKeys),
		"namespace": sized("", `<?xml version="1.0"?>`+strings.Replace(twoKeys, "<Delete>",
			`<Delete xmlns="http://s3.amazonaws.com/doc/2006-03-01/">`, 1)),
		"large": sized("", padded),
		"chunks": head("Transfer-Encoding: chunked\r\n",
			fmt.Sprintf("1e;x=y\r\n%s\r\n%x\r\n%s\r\n0\r\nX-Trailer: v\r\n\r\n", twoKeys[:30], n-30, twoKeys[30:])),
		"aws-chunked": sized(
			"x-amz-content-sha256: STREAMING-UNSIGNED-PAYLOAD-TRAILER\r\nX-Amz-Trailer: x-amz-checksum-crc32\r\n",
			trailer),
		"signed": sized("x-amz-content-sha256: STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER\r\n", signed),
		"both": head(
			"x-amz-content-sha256: STREAMING-UNSIGNED-PAYLOAD-TRAILER\r\nTransfer-Encoding: chunked\r\n",
			fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", len(trailer), trailer)),
		"step": sized("", twoKeys),
	} {
		t.Run(name, func(t *testing.T) {
			answer := lengthed(200, twoGone)
			if name == "chunks" {
				answer = fmt.Sprintf(
					"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10\r\n%s\r\n%x\r\n%s\r\n0\r\n\r\n",
					twoGone[:16], len(twoGone)-16, twoGone[16:])
			}
			deletionRig(t, nil, always(answer), func(r *rig, log *bytes.Buffer) {
				send := request
				if name == "step" {
					send = strings.Replace(send, "\r\n", "\r\nX-S3chaos-Step: one\r\n", 1)
				}
				c := r.dial()
				var pieces []string
				for rest := send + get; rest != ""; {
					size := min(len(rest), 1+len(pieces)%7+len(rest)/100)
					pieces, rest = append(pieces, rest[:size]), rest[size:]
				}
				go func() {
					for _, piece := range pieces {
						_, _ = io.WriteString(c, piece)
						time.Sleep(time.Millisecond)
					}
				}()
				got, _, _ := r.talkOver(c, "")
				assert.Equal(t, answer+"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nETag: \"e\"\r\n\r\nold", got)
				looks := "GET /demo/a HTTP/1.1\r\nHost: s3.test\r\n\r\nGET /demo/b HTTP/1.1\r\nHost: s3.test\r\n\r\n"
				assert.Equal(t, looks+request+get, r.upstreamSaw(), "the past was looked at, then nothing was changed")
				rec := r.records()[0]
				assert.EqualValues(t, len(send), rec.BytesReceived)
				assert.EqualValues(t, len(answer), rec.BytesSent)
				assert.Equal(t, "complete", rec.Ended)
				if name == "signed" || name == "length" || name == "both" {
					assert.Equal(t, sha256Of(twoKeys), rec.RequestSHA256)
					assert.Equal(t, sha256Of(twoGone), rec.ResponseSHA256)
				}
				assert.Equal(t, "ab", r.gone("abc"))
				assert.Empty(t, log.String())
				require.NoError(t, c.Close())
			})
		})
	}
}

// Only the keys that the upstream reports as deleted have changed.
func TestStaleFollowsTheResponseToDeleteObjects(t *testing.T) {
	request := func(quiet string, names ...string) string {
		var b strings.Builder
		for _, name := range names {
			key, version, versioned := strings.Cut(name, "@")
			fmt.Fprintf(&b, "<Object><Key>%s</Key>", key)
			if versioned {
				fmt.Fprintf(&b, "<VersionId>%s</VersionId>", version)
			}
			b.WriteString("</Object>")
		}
		return "<Delete>" + quiet + b.String() + "</Delete>"
	}
	const quiet = "<Quiet> true </Quiet>"
	for name, tc := range map[string]struct{ request, answer, gone, warns string }{
		"all": {request("", "a", "b"), lengthed(200, twoGone), "ab", ""},
		"one failed": {
			request("", "a", "b"),
			lengthed(200, "<DeleteResult><Deleted><Key>b</Key></Deleted><Error><Key>a</Key><Code>AccessDenied</Code></Error></DeleteResult>"), "b", "",
		},
		"one not reported": {
			request("", "a", "b"),
			lengthed(200, "<DeleteResult><Deleted><Key>b</Key></Deleted></DeleteResult>"), "b", "",
		},
		"not asked for": {request("", "a"), lengthed(200, twoGone), "a", ""},
		"quiet":         {request(quiet, "a", "b"), lengthed(200, "<DeleteResult/>"), "ab", ""},
		"quiet, one failed": {
			request(quiet, "a", "b"),
			lengthed(200, "<DeleteResult><Error><Key>b</Key><Code>X</Code></Error></DeleteResult>"), "a", "",
		},
		"not so quiet": {
			request(quiet, "a"),
			lengthed(200, "<DeleteResult><Deleted><Key>a</Key></Deleted></DeleteResult>"), "a", "",
		},
		"refused":            {request("", "a"), lengthed(403, "<Error><Code>AccessDenied</Code></Error>"), "", ""},
		"failed late":        {request("", "a"), lengthed(200, "<Error><Code>InternalError</Code></Error>"), "", ""},
		"quiet, failed late": {request(quiet, "a"), lengthed(200, "<Error><Code>InternalError</Code></Error>"), "", ""},
		"no answer":          {request("", "a"), "", "", ""},
		"no XML":             {request("", "a"), lengthed(200, "deleted"), "", "DeleteObjects"},
		"another document":   {request(quiet, "a"), lengthed(200, "<html/>"), "", "<html>"},
		"no body":            {request("", "a"), "HTTP/1.1 204 No Content\r\n\r\n", "", "EOF"},
		"cut": {
			request("", "a", "b"),
			"HTTP/1.1 200 OK\r\nContent-Length: 500\r\nConnection: " +
				"close\r\n\r\n<DeleteResult><Deleted><Key>a</Key></Deleted>", "", "unexpected EOF",
		},
		"to the close": {request("", "a", "b"), "HTTP/1.1 200 OK\r\n\r\n" + twoGone, "ab", ""},
		"twice the same": {
			request("", "a", "a"),
			lengthed(200,
				"<DeleteResult><Deleted><Key>a</Key></Deleted><Deleted><Key>a</Key></Deleted></DeleteResult>"), "a", "",
		},
		"its version": {
			request("", "a@null"),
			lengthed(200, "<DeleteResult><Deleted><Key>a</Key><VersionId>null</VersionId></Deleted></DeleteResult>"),
			"a", "",
		},
		"key alone reported": {
			request("", "a@null"),
			lengthed(200, "<DeleteResult><Deleted><Key>a</Key></Deleted></DeleteResult>"), "a", "",
		},
		"another version": {
			request("", "a@v1"),
			lengthed(200, "<DeleteResult><Deleted><Key>a</Key><VersionId>v1</VersionId></Deleted></DeleteResult>"), "",
			"",
		},
		"one of its versions failed": {
			request("", "a@v1", "a@null"),
			lengthed(200, "<DeleteResult><Deleted><Key>a</Key><VersionId>v1</VersionId></Deleted><Error><Key>a</Key><VersionId>null</VersionId></Error></DeleteResult>"), "", "",
		},
		"quiet, one of its versions failed": {
			request(quiet, "a@v1", "a@null"),
			lengthed(200, "<DeleteResult><Error><Key>a</Key><VersionId>v1</VersionId></Error></DeleteResult>"), "a", "",
		},
		"no request":      {"<Delete><Object>", lengthed(400, "<Error><Code>MalformedXML</Code></Error>"), "", ""},
		"taken all alike": {"<Delete><Object>", lengthed(200, twoGone), "", "unexpected EOF"},
		"too many": {
			request("", strings.Split(strings.Repeat("a,", 1001), ",")...), lengthed(200, twoGone), "",
			"more than 1000 objects",
		},
	} {
		t.Run(name, func(t *testing.T) {
			deletionRig(t, nil, always(tc.answer), func(r *rig, log *bytes.Buffer) {
				send := deleteObjects(tc.request)
				got, _, _ := r.talk(send)
				if tc.answer != "" {
					assert.Equal(t, tc.answer, got)
				}
				assert.True(t, strings.HasSuffix(r.upstreamSaw(), send))
				assert.LessOrEqual(t, strings.Count(r.upstreamSaw(), "GET /demo/a "), 1)
				if tc.warns == "" && tc.answer != "" {
					assert.Empty(t, log.String())
				}
				assert.Contains(t, log.String(), tc.warns)
				assert.Equal(t, tc.gone, r.gone("ab"))
			})
		})
	}
}

// The proxy learns what the upstream deleted even if a fault acts on the request.
func TestStaleFollowsDeleteObjectsUnderOtherFaults(t *testing.T) {
	const quietly = "<Delete><Quiet>true</Quiet><Object><Key>a</Key></Object><Object><Key>b</Key></Object></Delete>"
	for rule, tc := range map[string]struct {
		body, gone string
		looks      int
	}{
		"after_upstream: true, respond: {status: 503}":             {twoKeys, "ab", 2},
		"after_upstream: true, timeout: 1s":                        {twoKeys, "ab", 2},
		"close_early: {after_bytes: 5}":                            {twoKeys, "ab", 2},
		"reset_peer: {at: response_head}":                          {twoKeys, "ab", 2},
		"corrupt: {in: response}":                                  {twoKeys, "ab", 2},
		"latency: {delay: 1s}":                                     {twoKeys, "ab", 2},
		"bandwidth: {rate: 1KiB}":                                  {twoKeys, "ab", 2},
		"duplicate: {}":                                            {twoKeys, "ab", 2},
		"continue: withhold":                                       {twoKeys, "ab", 2},
		"corrupt: {in: request}":                                   {twoKeys, "ab", 2},
		"name: quietly, corrupt: {in: request}":                    {quietly, "", 2},
		"respond: {status: 503}":                                   {twoKeys, "", 0},
		"respond: {status: 503, early: true}":                      {twoKeys, "", 0},
		"reset_peer: {at: request_body, after_bytes: 9}":           {twoKeys, "", 0},
		"throttle: {rate: 0.001}":                                  {twoKeys, "ab", 2},
		"during: [1h, 2h], redirect: {}":                           {twoKeys, "ab", 2},
		"match: {operation: DeleteObject}, respond: {status: 500}": {twoKeys, "ab", 2},
	} {
		t.Run(rule, func(t *testing.T) {
			answers := 0
			deletionRig(t, []string{rule}, func(_ *http.Request, body string) string {
				answers++
				if tc.body == quietly {
					return lengthed(200, "<DeleteResult/>")
				}
				return lengthed(200, twoGone)
			}, func(r *rig, log *bytes.Buffer) {
				send := deleteObjects(tc.body)
				if strings.HasPrefix(rule, "continue") {
					send = strings.Replace(send, "\r\n\r\n", "\r\nExpect: 100-continue\r\n\r\n", 1)
				}
				got, _, _ := r.talk(send)
				assert.NotContains(t, got, "100 Continue")
				assert.Equal(t, tc.looks, strings.Count(r.upstreamSaw(), "GET /demo/"),
					"who will not reach the upstream needs no look")
				for _, st := range r.proxy.Rules().List()[:1] {
					r.proxy.Rules().Remove(st.ID)
				}
				assert.Equal(t, tc.gone, r.gone("ab"))
				if strings.HasPrefix(rule, "duplicate") {
					assert.Equal(t, 2, answers)
				}
				assert.Equal(t, tc.body == quietly, strings.Contains(log.String(), "corrupted on its way"))
			})
		})
	}
}

// The proxy needs the body, so it sends 100 Continue itself. The client gets one 100 only.
func TestDeleteObjectsWithExpectGetsOneContinue(t *testing.T) {
	for _, rule := range []string{"during: [1h, 2h], redirect: {}", "duplicate: {}"} {
		deletionRig(t, []string{rule}, always(lengthed(200, twoGone)), func(r *rig, _ *bytes.Buffer) {
			head, body, _ := strings.Cut(deleteObjects(twoKeys), "\r\n\r\n")
			c := r.dial()
			got, end, at := r.talkUntil(c, head+"\r\nExpect: 100-continue\r\n\r\n", time.Second)
			assert.Equal(t, []any{"HTTP/1.1 100 Continue\r\n\r\n", open}, []any{got, end})
			assert.Less(t, at, time.Second)
			got, _, _ = r.talkOver(c, body)
			assert.Equal(t, lengthed(200, twoGone), got)
			assert.Equal(t, "ab", r.gone("ab"))
			require.NoError(t, c.Close())
		})
	}
}

// A request that is larger than S3 allows passes piece by piece, and the proxy logs that it does
// not know the keys.
func TestTooLargeDeleteObjectsPassesWithAWarning(t *testing.T) {
	const size = 8<<20 + 1
	padding := "<!--" + strings.Repeat("x", size) + "-->"
	large := strings.Replace(twoKeys, "<Object>", padding+"<Object>", 1)
	for name, tc := range map[string]struct{ request, answer string }{
		"length": {deleteObjects(large), lengthed(200, twoGone)},
		"chunks": {fmt.Sprintf(
			"POST /demo?delete HTTP/1.1\r\nHost: s3.test\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n",
			len(large), large), lengthed(200, twoGone)},
		"answer": {
			deleteObjects(twoKeys),
			lengthed(200, strings.Replace(twoGone, "<Deleted>", padding+"<Deleted>", 1)),
		},
	} {
		t.Run(name, func(t *testing.T) {
			deletionRig(t, nil, always(tc.answer), func(r *rig, log *bytes.Buffer) {
				c := r.dial()
				if name == "length" {
					_, err := io.WriteString(c, tc.request[:10_000])
					require.NoError(t, err)
					synctest.Wait()
					time.Sleep(time.Second)
					assert.Equal(t, tc.request[:10_000], r.upstreamSaw(), "the proxy does not wait for the rest")
					tc.request = tc.request[10_000:]
				}
				got, _, _ := r.talkOver(c, tc.request)
				assert.True(t, tc.answer == got, "the answer is another")
				assert.True(t, strings.HasSuffix(r.upstreamSaw(), tc.request), "the request is another")
				assert.Contains(t, log.String(), "larger than 8MiB")
				assert.Empty(t, r.gone("ab"))
				require.NoError(t, c.Close())
			})
		})
	}
}

// The upstream may read another body than the proxy if chunks do not end.
func TestDeleteObjectsInChunksWithoutEndIsNotCounted(t *testing.T) {
	deletionRig(t, nil, always(lengthed(200, twoGone)), func(r *rig, log *bytes.Buffer) {
		body := fmt.Sprintf("%x\r\n%s\r\n", len(twoKeys), twoKeys)
		got, _, _ := r.talk(strings.Replace(deleteObjects(body), "\r\n",
			"\r\nx-amz-content-sha256: STREAMING-UNSIGNED-PAYLOAD-TRAILER\r\n", 1))
		assert.Equal(t, lengthed(200, twoGone), got)
		assert.Contains(t, log.String(), "aws-chunked body of the request is malformed")
		assert.Empty(t, r.gone("ab"))
	})
}

// Without a stale rule the proxy reads no object, and does not wait for the end of the request.
func TestDeleteObjectsWithoutStaleIsNotBuffered(t *testing.T) {
	for _, stale := range []bool{false, true} {
		rules := []string{"match: {operation: GetObject}, stale: {}"}
		if !stale {
			rules = nil
		}
		inRig(t, always(lengthed(200, twoGone)), rules, func(r *rig) {
			body := strings.Replace(twoKeys, "<Object>", "<!--"+strings.Repeat("x", 50_000)+"--><Object>", 1)
			send := deleteObjects(body)
			c := r.dial()
			_, err := io.WriteString(c, send[:40_000])
			require.NoError(t, err)
			synctest.Wait()
			time.Sleep(time.Second)
			assert.Equal(t, stale, r.upstreamSaw() == "")
			got, _, _ := r.talkOver(c, send[40_000:])
			assert.Equal(t, lengthed(200, twoGone), got)
			assert.Equal(t, !stale, r.upstreamSaw() == send)
			require.NoError(t, c.Close())
		})
	}
}

// A request that breaks off or is not valid HTTP deletes nothing.
func TestBrokenDeleteObjectsDeletesNothing(t *testing.T) {
	send := deleteObjects(twoKeys)
	for name, tc := range map[string]struct{ send, ended string }{
		"gone": {send[:len(send)-5], "client_gone"},
		"no end": {"POST /demo?delete HTTP/1.1\r\nHost: s3.test\r\nTransfer-Encoding: " +
			"chunked\r\n\r\n4\r\n<Delete>\r\n0\r\n\r\n", "bad_request"},
	} {
		t.Run(name, func(t *testing.T) {
			deletionRig(t, nil, always(lengthed(200, twoGone)), func(r *rig, _ *bytes.Buffer) {
				c := r.dial()
				_, err := io.WriteString(c, tc.send)
				require.NoError(t, err)
				synctest.Wait()
				time.Sleep(time.Second)
				require.NoError(t, c.Close())
				time.Sleep(time.Second)
				rec := r.record()
				assert.Equal(t, tc.ended, rec.Ended)
				assert.Greater(t, rec.BytesReceived, int64(strings.Index(tc.send, "\r\n\r\n")+4))
				assert.Empty(t, r.upstreamSaw())
			})
		})
	}
}

// If the upstream does not respond to the unsigned read, the exchange ends when the client leaves
// or the proxy closes.
func TestHangingUnsignedReadEndsWithItsClientOrProxy(t *testing.T) {
	for _, leave := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			hang := make(chan struct{})
			r := &rig{t: t, network: memnet.New()}
			rule, err := faultproxy.ParseRule("stale: {}")
			require.NoError(t, err)
			r.run(faultproxy.Config{
				Upstream: "up:80", Dial: r.network.DialContext, IdentityLatency: true,
				Rules: []faultproxy.Rule{rule},
			}, func(*http.Request, string) string {
				<-hang
				return ""
			}, func(r *rig) {
				defer close(hang)
				for _, send := range []string{put, deleteObjects(twoKeys)} {
					c := r.dial()
					_, err := io.WriteString(c, send)
					require.NoError(t, err)
					time.Sleep(time.Second)
					if leave {
						require.NoError(t, c.Close())
					}
				}
				time.Sleep(time.Second)
				want := "client_gone"
				if !leave {
					require.NoError(t, r.proxy.Close())
					want = "closed"
				}
				for _, rec := range r.records() {
					assert.Equal(t, want, rec.Ended)
				}
				assert.NotContains(t, r.upstreamSaw(), "PUT")
				assert.NotContains(t, r.upstreamSaw(), "POST", "no request is left that waits for its turn")
			})
		})
	}
}

// The proxy reads a thousand keys of the largest length, all of them escaped.
func TestLargestDeleteObjectsIsRead(t *testing.T) {
	var request strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&request, "<Object><Key>%04d%s</Key><VersionId>%s</VersionId></Object>", i,
			strings.Repeat("&quot;", 1020), strings.Repeat("v", 1024))
	}
	deletionRig(t, nil, always(lengthed(200, "<DeleteResult/>")), func(r *rig, log *bytes.Buffer) {
		send := deleteObjects("<Delete><Quiet>true</Quiet>" + request.String() + "</Delete>")
		assert.Greater(t, len(send), 7_000_000)
		r.talk(send)
		assert.Equal(t, 1000, strings.Count(r.upstreamSaw(), "GET /demo/"))
		assert.True(t, strings.HasSuffix(r.upstreamSaw(), send))
		assert.Empty(t, log.String())
	})
}

// On TCP the proxy reads ahead on the client's connection while it reads the object. The bytes
// still belong to the client's request.
func TestStaleOnTCP(t *testing.T) {
	for _, size := range []int{0, 100_000} { // small bodies are sent in one write, the kernel moves large ones
		stored := &shelf{objects: map[string]string{"a": "old", "b": "old", "c": "old"}}
		var asked string
		_, url, client := onTCP(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodPost {
				body, _ := io.ReadAll(r.Body)
				asked = string(body)
				_, _ = io.WriteString(w, twoGone)
				return
			}
			stored.ServeHTTP(w, r)
		}), faultproxy.Config{Rules: []faultproxy.Rule{{
			Match: faultproxy.Match{Operation: "GetObject"},
			Fault: faultproxy.Stale(0),
		}}})
		do := func(method, target, body string) string {
			req, err := http.NewRequestWithContext(t.Context(), method, url+target, strings.NewReader(body))
			require.NoError(t, err)
			resp, err := client.Do(req)
			require.NoError(t, err)
			got, err := io.ReadAll(resp.Body)
			require.NoError(t, err)
			require.NoError(t, resp.Body.Close())
			return string(got)
		}
		padded := strings.Replace(twoKeys, "<Object>", "<!--"+strings.Repeat("x", size)+"--><Object>", 1)
		do(http.MethodPut, "/demo/c", strings.Repeat("n", size))
		assert.Equal(t, twoGone, do(http.MethodPost, "/demo?delete", padded))
		assert.Equal(t, padded, asked)
		stored.objects = map[string]string{"c": "new"}
		assert.Equal(t, []string{"old", "old", "old"},
			[]string{
				do(http.MethodGet, "/demo/a", ""), do(http.MethodGet, "/demo/b", ""),
				do(http.MethodGet, "/demo/c", ""),
			})
	}
}

// The journal records the keys of a DeleteObjects, and which of them S3 refused in a response with
// status 200. Only a proxy that computes digests knows them.
func TestTheJournalKnowsTheKeysOfDeleteObjects(t *testing.T) {
	const body = `<Delete><Object><Key>a&amp;b</Key></Object><Object><Key>c</Key></Object></Delete>`
	request := fmt.Sprintf("POST /demo?delete HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
	result := `<DeleteResult><Deleted><Key>a&amp;b</Key></Deleted>` +
		`<Error><Key>c</Key><Code>AccessDenied</Code><Message>no</Message></Error></DeleteResult>`
	answer := fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(result), result)
	for rule, want := range map[string][]faultproxy.Deletion{
		"":                       {{Key: "a&b"}, {Key: "c", ErrorCode: "AccessDenied"}},
		"respond: {status: 503}": {{Key: "a&b"}, {Key: "c"}},
	} {
		var rules []string
		if rule != "" {
			rules = []string{rule}
		}
		inRig(t, always(answer), rules, func(r *rig) {
			r.talk(request)
			assert.Equal(t, want, r.record().Deletes, rule)
		})
	}
	inRig(t, always(answer), nil, func(r *rig) {
		r.talk(strings.Replace(request, "<Delete>", "<Depose>", 1))
		assert.Empty(t, r.record().Deletes, "a body that is no such document")
	})
}

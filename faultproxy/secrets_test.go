package faultproxy_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/faultproxy"
	"github.com/s3chaos/s3chaos/faultproxy/control"
	"github.com/s3chaos/s3chaos/faultproxy/memnet"
)

// Requests with real secrets, with every kind of end. No output of the proxy contains a secret.
func TestNoSecretLeavesTheProxy(t *testing.T) {
	const (
		customerKey = "pX2qkz8dQ1vY7s3TnB5mR0uJ6wE4aH9cLfGtKiOxNvQ="
		password    = "hunter2-correct-horse"
		cookie      = "sid=31d4d96e407aad42"
	)
	signatures := map[string]bool{}
	synctest.Test(t, func(t *testing.T) {
		network := memnet.New()
		var log, answers bytes.Buffer
		logger := slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
		rules := []string{
			"during: [1s, 2s], refuse: {}", "during: [2s, 3s], reset_peer: {at: accept}",
		}
		for _, fault := range []string{
			"respond: {status: 503}", "after_upstream: true, respond: {status: 500}", "ok_with_error: {}",
			"respond: {status: 502, body: html}", "respond: {status: 500, body: malformed_xml}",
			"timeout: 1s", "latency: {delay: 1s}", "reset_peer: {after_bytes: 1}", "close_early: {}",
			"bandwidth: {rate: 10}", "slicer: {size: 1}", "corrupt: {}",
			"stale: {age: 1s}", "throttle: {rate: 0.01}", "duplicate: {}", "continue: final",
		} {
			kind, _, _ := strings.Cut(strings.TrimPrefix(fault, "after_upstream: true, "), ":")
			rules = append(rules, "match: {query: {fault: '"+kind+"'}}, "+fault)
		}
		cfg := faultproxy.Config{
			Upstream: "up:80", Dial: network.DialContext, IdentityLatency: true, Logger: logger,
			Hosts: []string{"s3.test"}, Digest: true,
		}
		for _, text := range rules {
			r, err := faultproxy.ParseRule(text)
			require.NoError(t, err)
			cfg.Rules = append(cfg.Rules, r)
		}
		proxy, err := faultproxy.New(cfg)
		require.NoError(t, err)
		api, err := control.New(control.Config{Proxy: proxy, Token: controlToken})
		require.NoError(t, err)
		follower := proxy.Journal().Follow()
		defer follower.Close()
		front, err := network.Listen("s3.test:80")
		require.NoError(t, err)
		served := make(chan error, 1)
		go func() { served <- proxy.Serve(front) }()
		up, err := network.Listen("up:80")
		require.NoError(t, err)
		server := &http.Server{Handler: echo}
		go func() { served <- server.Serve(up) }()

		transport := &http.Transport{DialContext: func(ctx context.Context, net, addr string) (net.Conn, error) {
			if err := proxy.OnDial(ctx, net, addr); err != nil {
				return nil, err
			}
			return network.DialContext(ctx, net, addr)
		}}
		client := &http.Client{Transport: &faultproxy.Transport{Base: transport}}
		signer := s3.New(s3.Options{
			BaseEndpoint: aws.String("http://s3.test"), UsePathStyle: true, Region: "us-east-1",
			Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
				return keys,
					nil
			}),
		})
		presign := s3.NewPresignClient(signer)
		send := func(fault string) {
			get, err := presign.PresignGetObject(t.Context(),
				&s3.GetObjectInput{Bucket: aws.String("demo"), Key: aws.String("k")})
			require.NoError(t, err)
			_, signature, _ := strings.Cut(get.URL, "X-Amz-Signature=")
			signatures[strings.Split(signature, "&")[0]] = true
			for _, method := range []string{http.MethodPut, http.MethodGet} {
				req, err := http.NewRequestWithContext(t.Context(), method,
					get.URL+"&fault="+fault+"&AWSAccessKeyId="+keys.AccessKeyID+"&password="+password,
					strings.NewReader("hello"))
				require.NoError(t, err)
				if fault == "continue" {
					req.Header.Set("Expect", "100-continue")
				}
				req.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential="+keys.AccessKeyID+
					"/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature="+signature[:64])
				req.Header.Set("X-Amz-Security-Token", keys.SessionToken)
				req.Header.Set("X-Amz-Server-Side-Encryption-Customer-Key", customerKey)
				req.Header.Set("Proxy-Authorization", "Basic "+password)
				req.Header.Set("Cookie", cookie)
				req.Header.Set("X-Original-Uri", "/demo/k?x=y;sig="+password+"&X-Amz-Signature="+signature[:64])
				req.Header.Set("X-Forwarded-Url", "http://me:"+password+"@s3.test/demo/k")
				resp, err := client.Do(req)
				if err != nil {
					continue // the client's error contains its own URL
				}
				body, _ := io.ReadAll(resp.Body)
				_ = resp.Body.Close()
				answers.Write(body)
				for name, values := range resp.Header {
					fmt.Fprintln(&answers, name, values)
				}
			}
		}
		send("none")
		for range 2 { // first the port is closed, then the connection is reset
			time.Sleep(time.Second)
			send("none")
		}
		time.Sleep(time.Second)
		for _, kind := range faultproxy.Kinds() {
			send(kind)
		}
		// A request that is not valid HTTP, and one without an upstream.
		secretHead := "Host: s3.test\r\nAuthorization: " + keys.SecretAccessKey + "\r\nX-Amz-Security-Token: " +
			keys.SessionToken + "\r\nCookie: " + cookie + "\r\n"
		broken := []string{
			"\r\nbad " + password + "\r\n\r\n", "Content-Length: " + password + "\r\n\r\n",
			"Transfer-Encoding: " + password + "\r\n\r\n", password + "\r\n\r\n", "X: \x00" + password + "\r\n\r\n",
		}
		require.NoError(t, server.Close())
		broken = append(broken, "\r\n")
		for _, rest := range broken {
			c, err := network.DialContext(t.Context(), "tcp", "s3.test:80")
			require.NoError(t, err)
			_, err = io.WriteString(c, "GET /demo/k?password="+password+"&X-Amz-Security-Token="+keys.SessionToken+
				" HTTP/1.1\r\n"+secretHead+rest)
			require.NoError(t, err)
			_ = c.SetReadDeadline(time.Now().Add(time.Minute))
			got, _ := io.ReadAll(c)
			require.NotEmpty(t, got)
			answers.Write(got)
			_ = c.Close()
		}
		transport.CloseIdleConnections()
		require.NoError(t, proxy.Close())
		<-served
		<-served
		time.Sleep(time.Second) // http.Server needs up to a second to close

		outputs := map[string]*bytes.Buffer{
			"answers": &answers, "log": &log, "NDJSON": {}, "HAR": {}, "records": {},
			"events": {}, "rules": {},
		}
		journal := proxy.Journal()
		require.NoError(t, journal.WriteNDJSON(outputs["NDJSON"]))
		require.NoError(t, journal.WriteHAR(outputs["HAR"]))
		records := journal.Records()
		for _, rec := range records {
			fmt.Fprintf(outputs["records"], "%+v\n", rec)
		}
		for range 2 * len(records) {
			rec, err := follower.Next(t.Context())
			require.NoError(t, err)
			fmt.Fprintf(outputs["events"], "%+v\n", rec)
		}
		fmt.Fprintf(outputs["rules"], "%+v\n", proxy.Rules().List())
		require.NoError(t, api.Close())
		for _, path := range []string{
			"/v1/journal", "/v1/journal?format=har", "/v1/journal/events?history=true",
			"/v1/rules", "/metrics", "/healthz",
		} {
			outputs[path] = ask(api, path)
		}
		require.Greater(t, outputs["/v1/journal/events?history=true"].Len(), 10_000)
		require.Greater(t, len(records), 40)
		assert.Contains(t, log.String(), "bad request")
		assert.Contains(t, log.String(), "upstream failed")
		assert.Contains(t, answers.String(), "BadGateway")
		for where, out := range outputs {
			require.NotEmpty(t, out.String(), where)
			secrets := []string{
				keys.SecretAccessKey, keys.SessionToken, customerKey, password, cookie,
				strings.ReplaceAll(keys.SessionToken, "/", "%2F"), strings.TrimSuffix(keys.SessionToken, "=="),
			}
			if where != "answers" {
				secrets = append(secrets, keys.AccessKeyID)
			}
			for s := range signatures {
				secrets = append(secrets, s)
			}
			for _, s := range secrets {
				// A redirection sends the client to its own URL, which contains its own secrets.
				text := out.String()
				if where == "answers" {
					text = withoutLines(text, "Location ")
				}
				assert.NotContains(t, text, s, where)
			}
		}
	})
}

const controlToken = "a-token-of-the-control-api"

// ask returns the response of the control API.
func ask(api http.Handler, path string) *bytes.Buffer {
	req := httptest.NewRequest(http.MethodGet, path, http.NoBody)
	req.Header.Set("Authorization", "Bearer "+controlToken)
	rec := httptest.NewRecorder()
	api.ServeHTTP(rec, req)
	return rec.Body
}

func withoutLines(text, prefix string) string {
	var kept strings.Builder
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, prefix) {
			kept.WriteString(line)
		}
	}
	return kept.String()
}

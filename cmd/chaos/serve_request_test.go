package main

// The commands of the scripts of serve that send requests.

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/s3chaos/s3chaos/retry"
	"github.com/s3chaos/s3chaos/s3client"
)

// answered is the response to a request, or its error.
type answered struct {
	text string
	err  error
}

func httpCommand(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) < 2 {
		ts.Fatalf("usage: http METHOD URL [OPTION]")
	}
	body, ca, background, until := "", "", "", (*regexp.Regexp)(nil)
	header := http.Header{}
	for options := args[2:]; len(options) > 0; options = options[2:] {
		if len(options) == 1 {
			ts.Fatalf("option %s has no value", options[0])
		}
		switch value := options[1]; options[0] {
		case "-d":
			body = value
		case "-ca":
			ca = ts.ReadFile(value)
		case "-bg":
			background = value
		case "-until":
			until = regexp.MustCompile(value)
		case "-token":
			header.Set("Authorization", "Bearer "+value)
		case "-H":
			name, text, _ := strings.Cut(value, ": ")
			header.Set(name, text)
		default:
			ts.Fatalf("unknown option %s", options[0])
		}
	}
	req, err := http.NewRequest(args[0], args[1], strings.NewReader(body))
	ts.Check(err)
	req.Header, req.Host = header, header.Get("Host")
	if background != "" {
		c := make(chan answered, 1)
		stageOf(ts).answers[background] = c
		go func() { c <- exchange(req, ca) }()
		return
	}
	a := exchange(req, ca)
	for start := time.Now(); until != nil && !until.MatchString(a.text) && time.Since(start) < patience; {
		a = exchange(req, ca)
	}
	tell(ts, neg || until != nil && !until.MatchString(a.text), a)
}

// exchange sends a request on a new connection.
func exchange(req *http.Request, ca string) answered {
	transport := &http.Transport{DisableKeepAlives: true}
	if ca != "" {
		transport.TLSClientConfig = &tls.Config{RootCAs: x509.NewCertPool()}
		transport.TLSClientConfig.RootCAs.AppendCertsFromPEM([]byte(ca))
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	resp, err := transport.RoundTrip(req.WithContext(ctx))
	if err != nil {
		return answered{err: err}
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return answered{fmt.Sprintf("%d %s\n%s", resp.StatusCode, http.StatusText(resp.StatusCode), body), err}
}

func eventsCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: events NAME URL TOKEN")
	}
	req, err := http.NewRequest("GET", args[1], nil)
	ts.Check(err)
	req.Header.Set("Authorization", "Bearer "+args[2])
	resp, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(req)
	ts.Check(err)
	ts.Defer(func() { _ = resp.Body.Close() })
	p := &process{stdout: follow(resp.Body)}
	stageOf(ts).processes[args[0]] = p
	p.await(ts, args[0], p.stdout, "^: following$")
}

func answerCommand(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 1 || stageOf(ts).answers[args[0]] == nil {
		ts.Fatalf("usage: answer NAME, after http -bg NAME")
	}
	tell(ts, neg, <-stageOf(ts).answers[args[0]])
}

// tell writes the response to the script's stdout and the error to its stderr. The script fails
// unless there is an error exactly if neg is true.
func tell(ts *testscript.TestScript, neg bool, a answered) {
	_, _ = io.WriteString(ts.Stdout(), a.text)
	if a.err != nil {
		fmt.Fprintln(ts.Stderr(), a.err)
	}
	if neg != (a.err != nil) {
		ts.Fatalf("response %q, error %v", a.text, a.err)
	}
}

func s3Command(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 {
		ts.Fatalf("usage: s3 NAME upload|download KEY [CONTENT]")
	}
	policy := retry.DefaultConfig()
	policy.InitialDelay = time.Millisecond
	cfg := s3client.Config{
		Endpoint: ts.Getenv(args[0] + "_url"), Bucket: "demo",
		AccessKey: serveAccessKey, SecretKey: serveSecretKey, Retry: &policy,
	}
	transport := &http.Transport{}
	if ca := ts.Getenv(args[0] + "_ca"); ca != "" {
		pem, err := os.ReadFile(ca)
		ts.Check(err)
		transport.TLSClientConfig = &tls.Config{RootCAs: x509.NewCertPool()}
		transport.TLSClientConfig.RootCAs.AppendCertsFromPEM(pem)
	}
	cfg.HTTPClient = &http.Client{Transport: transport}
	defer transport.CloseIdleConnections()
	client, err := s3client.New(cfg)
	ts.Check(err)
	switch key := args[2]; args[1] {
	case "upload":
		ts.Check(client.UploadStream(context.Background(), bytes.NewReader([]byte(args[3])), key, nil))
	case "download":
		file := filepath.Join(ts.MkAbs("."), ".downloaded")
		ts.Check(client.Download(context.Background(), key, file, nil))
		_, _ = io.WriteString(ts.Stdout(), ts.ReadFile(file))
	default:
		ts.Fatalf("s3 cannot %s", args[1])
	}
}

package memnet_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io"
	"math/big"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/faultproxy/memnet"
	"github.com/s3chaos/s3chaos/internal/virtual"
)

// roundTrip sends a request with a body over the network, with TLS if asked, and closes all that it
// opened.
func roundTrip(t *testing.T, secure bool) {
	n := memnet.New()
	l, err := n.Listen(address)
	require.NoError(t, err)
	transport := &http.Transport{DialContext: n.DialContext}
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(time.Hour)
		_, _ = io.Copy(w, r.Body)
	})}
	url := "http://" + address
	if secure {
		certificate, roots := selfSigned(t, "s3.test")
		l = tls.NewListener(l, &tls.Config{Certificates: []tls.Certificate{certificate}})
		transport.TLSClientConfig = &tls.Config{RootCAs: roots}
		url = "https://" + address
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(l) }()

	body := strings.Repeat("0123456789", 100_000)
	request, err := http.NewRequestWithContext(context.Background(), http.MethodPut, url, strings.NewReader(body))
	require.NoError(t, err)
	start := time.Now()
	response, err := (&http.Client{Transport: transport}).Do(request)
	require.NoError(t, err)
	got, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	require.Equal(t, body, string(got))
	require.Equal(t, time.Hour, time.Since(start))

	transport.CloseIdleConnections()
	require.NoError(t, server.Close())
	require.ErrorIs(t, <-served, http.ErrServerClosed)
	time.Sleep(time.Second) // http.Server lingers for half a second after some closes
	require.Zero(t, n.Conns())
}

func TestHTTPWorksOverItUnderVirtualTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { roundTrip(t, false) })
}

func TestTLSWorksOverItUnderVirtualTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { roundTrip(t, true) })
}

// An unbuffered pipe would block both sides for ever here: each has something to say when the other
// has gone.
func TestARejectedCertificateIsAnErrorOnBothSides(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		certificate, _ := selfSigned(t, "s3.test")
		client, server := connect(t, memnet.New())
		served := make(chan error, 1)
		go func() {
			c := tls.Server(server, &tls.Config{Certificates: []tls.Certificate{certificate}})
			_, err := io.ReadAll(c)
			served <- errors.Join(err, c.Close())
		}()
		c := tls.Client(client, &tls.Config{ServerName: "s3.test", RootCAs: x509.NewCertPool()})
		err := c.HandshakeContext(t.Context())
		var unknown x509.UnknownAuthorityError
		require.ErrorAs(t, err, &unknown)
		require.NoError(t, c.Close())
		require.ErrorContains(t, <-served, "bad certificate")
	})
}

func TestWhatIsClosedLeavesNothingBehind(t *testing.T) {
	require.NoError(t, virtual.Run(time.Hour, get))
}

// get asks a server for something and closes both sides; a connection left idle would be a leak.
func get(ctx context.Context) error {
	n := memnet.New()
	l, err := n.Listen(address)
	if err != nil {
		return err
	}
	server := &http.Server{Handler: http.NotFoundHandler()}
	served := make(chan error, 1)
	go func() { served <- server.Serve(l) }()
	transport := &http.Transport{DialContext: n.DialContext}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address, nil)
	if err != nil {
		return err
	}
	response, err := transport.RoundTrip(request)
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, response.Body)
	if err := errors.Join(err, response.Body.Close()); err != nil {
		return err
	}
	transport.CloseIdleConnections()
	err = server.Shutdown(ctx)
	if stopped := <-served; !errors.Is(stopped, http.ErrServerClosed) {
		err = errors.Join(err, stopped)
	}
	return err
}

// selfSigned makes a certificate that is valid on the clock of whoever calls.
func selfSigned(t *testing.T, host string) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: host}, DNSNames: []string{host},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour), IsCA: true,
		BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	require.NoError(t, err)
	leaf, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	roots := x509.NewCertPool()
	roots.AddCert(leaf)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, roots
}

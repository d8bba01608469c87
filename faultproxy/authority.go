package faultproxy

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"time"
)

// Authority is a certificate authority for the proxy, with the certificates that the fault `tls`
// needs. It must be made where it is used, because its certificates are valid from the clock's
// present time: the clock of a testing/synctest bubble starts in 2000.
type Authority struct {
	pem    []byte
	pool   *x509.CertPool
	leaves map[string]*tls.Certificate // by mode of the fault; "": the valid one
}

// NewAuthority makes an authority with certificates for these host names and IP addresses. Without
// arguments they are for localhost, *.localhost, 127.0.0.1 and ::1.
func NewAuthority(hosts ...string) (*Authority, error) {
	if len(hosts) == 0 {
		hosts = []string{"localhost", "*.localhost", "127.0.0.1", "::1"}
	}
	now := time.Now()
	root, err := newIssuer("s3chaos test authority", now)
	if err != nil {
		return nil, fmt.Errorf("make authority: %w", err)
	}
	stranger, err := newIssuer("s3chaos unknown authority", now)
	if err != nil {
		return nil, fmt.Errorf("make authority: %w", err)
	}
	a := &Authority{
		pem:    pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: root.cert.Raw}),
		pool:   x509.NewCertPool(),
		leaves: map[string]*tls.Certificate{},
	}
	a.pool.AddCert(root.cert)
	for _, leaf := range []struct {
		fault  string
		by     *issuer
		until  time.Time
		hosts  []string
		serial int64
	}{
		{"", root, now.AddDate(1, 0, 0), hosts, 2},
		{"expired", root, now.Add(-time.Hour), hosts, 3},
		{"wrong_name", root, now.AddDate(1, 0, 0), []string{"elsewhere.invalid"}, 4},
		{"untrusted", stranger, now.AddDate(1, 0, 0), hosts, 5},
	} {
		if a.leaves[leaf.fault], err = leaf.by.issue(leaf.hosts, now, leaf.until, leaf.serial); err != nil {
			return nil, fmt.Errorf("make certificate: %w", err)
		}
	}
	return a, nil
}

// PEM returns the authority's certificate for the client's file of trusted authorities.
func (a *Authority) PEM() []byte { return a.pem }

// ClientConfig returns a client configuration that trusts this authority only, and offers HTTP/1.1
// only.
func (a *Authority) ClientConfig() *tls.Config {
	return &tls.Config{RootCAs: a.pool, NextProtos: []string{"http/1.1"}, MinVersion: tls.VersionTLS12}
}

// serverConfig returns the configuration for a handshake with the certificate of a mode of the
// fault `tls`, or with the valid certificate for "".
func (a *Authority) serverConfig(fault string) *tls.Config {
	return &tls.Config{
		Certificates: []tls.Certificate{*a.leaves[fault]},
		NextProtos:   []string{"http/1.1"},
		MinVersion:   tls.VersionTLS12,
	}
}

type issuer struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newIssuer(name string, now time.Time) (*issuer, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber:          big.NewInt(1),
		Subject:               pkix.Name{CommonName: name},
		NotBefore:             now.AddDate(-1, 0, 0),
		NotAfter:              now.AddDate(10, 0, 0),
		IsCA:                  true,
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, err
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	return &issuer{cert, key}, nil
}

func (i *issuer) issue(hosts []string, now, until time.Time, serial int64) (*tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(serial),
		Subject:      pkix.Name{CommonName: hosts[0]},
		NotBefore:    now.AddDate(0, 0, -30),
		NotAfter:     until,
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	for _, h := range hosts {
		if ip := net.ParseIP(h); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, h)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, i.cert, key.Public(), i.key)
	if err != nil {
		return nil, err
	}
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, nil
}

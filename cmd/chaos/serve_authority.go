package main

// The --tls flag of serve: the certificate authority and the file that clients read.

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/s3chaos/s3chaos/faultproxy"
	"github.com/s3chaos/s3chaos/internal/atomicfile"
)

// certify makes the authority and chooses the file for its certificate, before anything starts.
func (s *server) certify() (*faultproxy.Authority, error) {
	authority, err := faultproxy.NewAuthority(s.plan.names()...)
	if err != nil {
		return nil, err
	}
	if s.plan.caFile == "" {
		dir, err := os.MkdirTemp("", "s3chaos-serve-")
		if err != nil {
			return nil, err
		}
		s.onClose(func() error { return os.RemoveAll(dir) })
		s.caFile = filepath.Join(dir, "ca.pem")
		return authority, nil
	}
	if s.caFile, err = filepath.Abs(s.plan.caFile); err != nil {
		return nil, fmt.Errorf("--ca-file: %w", err)
	}
	if free, err := replaceable(s.caFile, authority.PEM()); err != nil {
		return nil, fmt.Errorf("--ca-file: %w", err)
	} else if !free {
		return nil, fmt.Errorf("--ca-file %s: the file holds something else\n"+
			"  hint: name a new file; serve overwrites only a certificate of an earlier serve", s.plan.caFile)
	}
	return authority, nil
}

// replaceable reports whether serve may write the certificate to the file: the file does not exist,
// or it holds the certificate of an earlier authority of the same kind and nothing else.
func replaceable(file string, certificate []byte) (bool, error) {
	info, err := os.Stat(file)
	if errors.Is(err, fs.ErrNotExist) {
		return true, nil
	}
	if err != nil || !info.Mode().IsRegular() || info.Size() > 1<<16 {
		return false, err
	}
	old, err := os.ReadFile(file)
	if err != nil {
		return false, err
	}
	before, now := onlyCertificate(old), onlyCertificate(certificate)
	return before != nil && now != nil && before.IsCA && bytes.Equal(before.RawSubject, now.RawSubject), nil
}

// onlyCertificate returns the certificate of a PEM text that holds one certificate and nothing
// else; for any other text it returns nil.
func onlyCertificate(text []byte) *x509.Certificate {
	block, rest := pem.Decode(text)
	if block == nil || len(bytes.TrimSpace(rest)) > 0 || !bytes.HasPrefix(text, []byte("-----BEGIN ")) {
		return nil
	}
	certificate, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil
	}
	return certificate
}

// publish writes the authority's certificate to its file, which any client may read.
func (s *server) publish(authority *faultproxy.Authority) error {
	if err := atomicfile.Write(s.caFile, authority.PEM(), 0o644); err != nil {
		return fmt.Errorf("--ca-file: %w", err)
	}
	return nil
}

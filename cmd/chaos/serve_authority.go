package main

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
)

// certify makes the authority, and finds the place for its certificate before anything is started.
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
		return nil, fmt.Errorf("--ca-file %s: there is something else\n  hint: name a new file; only an earlier certificate of chaos serve is written over", s.plan.caFile)
	}
	return authority, nil
}

// replaceable reports whether nothing is lost when a certificate is written to a file: there is none, or one of an earlier
// authority of the same kind and nothing beside it.
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

// onlyCertificate is the certificate that is all of a PEM text, or nil.
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

// publish writes the authority's certificate where the client can read it, whole or not at all.
func (s *server) publish(authority *faultproxy.Authority) error {
	f, err := os.CreateTemp(filepath.Dir(s.caFile), ".ca-*.pem")
	if err != nil {
		return fmt.Errorf("--ca-file: %w", err)
	}
	_, err = f.Write(authority.PEM())
	err = errors.Join(err, f.Chmod(0o644), f.Close()) // public: for every client
	if err == nil {
		err = os.Rename(f.Name(), s.caFile)
	}
	if err != nil {
		_ = os.Remove(f.Name()) // the first error tells more
		return fmt.Errorf("--ca-file: %w", err)
	}
	return nil
}

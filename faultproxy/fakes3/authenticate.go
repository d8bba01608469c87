package fakes3

import "github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/sigv4"

// This file knows the keys that requests may be signed with.

// Grant lets requests be signed with further keys, as a server does after it has issued temporary
// credentials. They replace keys with the same access key. It has no effect on a server whose
// Options have no Credentials.
func (s *Server) Grant(c Credentials) {
	s.keysMu.Lock()
	defer s.keysMu.Unlock()
	if s.keys == nil {
		s.keys = make(map[string]sigv4.Key)
	}
	s.keys[c.AccessKey] = sigv4.Key{Secret: c.SecretKey, Token: c.SessionToken, Expires: c.Expires}
}

func (s *Server) keyOf(accessKey string) (sigv4.Key, bool) {
	s.keysMu.RLock()
	defer s.keysMu.RUnlock()
	key, ok := s.keys[accessKey]
	return key, ok
}

// authenticate verifies the signature of a request. A browser form carries its own, among its
// fields.
func (s *Server) authenticate(r *request) error {
	if s.verifier == nil || r.isForm() || s.options.AllowUnsigned && !s.verifier.Names(r.Request, r.query) {
		return nil
	}
	var err error
	r.signature, err = s.verifier.Request(r.Request, r.path, r.query)
	return err
}

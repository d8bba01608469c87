package fakes3

import (
	"net/http"

	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/lock"
	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/s3err"
)

// This file serves the requests of Object Lock. Package lock knows the rules of Object Lock, and
// the store refuses to delete a locked version.

// lockFor returns the lock that a request asks for. Only a bucket with Object Lock allows one.
func (st *store) lockFor(r *request) (lock.State, error) {
	state, err := lock.FromHeaders(r.Header, st.now())
	if err != nil {
		return state, err
	}
	st.mu.RLock()
	defer st.mu.RUnlock()
	b := st.buckets[r.bucket]
	switch {
	case b == nil:
		return state, noSuchBucket(r.bucket)
	case state.Given() && !b.locks:
		return state, missingLock()
	}
	return state, nil
}

func missingLock() error {
	return s3err.Errorf(s3err.InvalidRequest, "Bucket is missing Object Lock Configuration")
}

func (s *Server) getObjectLock(w *response, r *request) error {
	s.store.mu.RLock()
	defer s.store.mu.RUnlock()
	b := s.store.buckets[r.bucket]
	switch {
	case b == nil:
		return noSuchBucket(r.bucket)
	case !b.locks:
		return s3err.New(s3err.ObjectLockConfigurationNotFoundError).With("BucketName", r.bucket)
	}
	return writeXML(w, b.rule.Document())
}

func (s *Server) putObjectLock(w *response, r *request) error {
	document, err := s.readDocument(r)
	if err != nil {
		return err
	}
	if len(document) == 0 {
		return s3err.New(s3err.MissingRequestBodyError)
	}
	rule, err := lock.ParseRule(document)
	if err != nil {
		return err
	}
	s.store.mu.Lock()
	defer s.store.mu.Unlock()
	b := s.store.buckets[r.bucket]
	switch {
	case b == nil:
		return noSuchBucket(r.bucket)
	case b.versioning != versioningEnabled:
		return s3err.Errorf(s3err.InvalidBucketState,
			"Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration")
	}
	b.locks, b.rule = true, rule
	w.WriteHeader(http.StatusOK)
	return nil
}

func (s *Server) getRetention(w *response, r *request) error {
	return s.answerLock(w, r, lock.State.Retention)
}

func (s *Server) getLegalHold(w *response, r *request) error {
	return s.answerLock(w, r, lock.State.LegalHold)
}

// answerLock sends a part of the lock of the version that the request names.
func (s *Server) answerLock(w *response, r *request, document func(lock.State) (any, error)) error {
	s.store.mu.RLock()
	defer s.store.mu.RUnlock()
	b, v, err := s.store.findLocked(r.bucket, r.key, r.versionID())
	if err != nil {
		return err
	}
	if !b.locks {
		return missingLock()
	}
	out, err := document(v.lock)
	if err != nil {
		return err
	}
	return writeXML(w, out)
}

func (s *Server) putRetention(w *response, r *request) error {
	document, err := s.readDocument(r)
	if err != nil {
		return err
	}
	mode, until, err := lock.ParseRetention(document, s.now())
	if err != nil {
		return err
	}
	return s.changeLock(w, r, func(state *lock.State) error {
		if err := state.CheckRetention(mode, until, lock.Bypass(r.Header), s.now()); err != nil {
			return err
		}
		state.Mode, state.Until = mode, until
		return nil
	})
}

func (s *Server) putLegalHold(w *response, r *request) error {
	document, err := s.readDocument(r)
	if err != nil {
		return err
	}
	status, err := lock.ParseHold(document)
	if err != nil {
		return err
	}
	return s.changeLock(w, r, func(state *lock.State) error {
		state.Hold = status
		return nil
	})
}

// changeLock changes the lock of the version that the request names.
func (s *Server) changeLock(w *response, r *request, change func(*lock.State) error) error {
	s.store.mu.Lock()
	defer s.store.mu.Unlock()
	b, v, err := s.store.findLocked(r.bucket, r.key, r.versionID())
	if err != nil {
		return err
	}
	if !b.locks {
		return missingLock()
	}
	if err := change(&v.lock); err != nil {
		return err
	}
	w.WriteHeader(http.StatusOK)
	return nil
}

package fakes3

import (
	"net/http"

	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/condition"
	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/lock"
)

// This file serves DeleteObject.

func (s *Server) deleteObject(w *response, r *request) error {
	done, err := s.store.delete(r.bucket, r.key, r.versionID(), lock.Bypass(r.Header), func(current *value) error {
		return condition.Delete(r.Header, r.key, current.state())
	})
	if err != nil {
		return err
	}
	done.write(w.Header())
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// delete deletes a key, or a version of it, unless the precondition or the version's lock refuses.
// A bypass overrides locks in governance mode.
func (st *store) delete(bucket, key, id string, bypass bool, precondition func(current *value) error,
) (deletion, error) {
	st.mu.Lock()
	defer st.mu.Unlock()
	b := st.buckets[bucket]
	if b == nil {
		return deletion{}, noSuchBucket(bucket)
	}
	current := b.current(key)
	if id != "" {
		current = b.version(key, id)
	}
	if err := precondition(current); err != nil {
		return deletion{}, err
	}
	if id != "" && current != nil {
		if err := current.lock.CheckDelete(bypass, st.now()); err != nil {
			return deletion{}, err
		}
	}
	return st.deleteLocked(b, bucket, key, id)
}

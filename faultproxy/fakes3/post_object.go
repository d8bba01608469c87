package fakes3

import (
	"encoding/xml"
	"net/http"
	"net/url"
	"strings"

	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/attribute"
	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/checksum"
	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/form"
	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/s3err"
	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/tagging"
)

// postObject stores the file of a browser's form. What another upload says in headers, a form says
// in fields.
func (s *Server) postObject(w *response, r *request) error {
	f, err := form.Read(r.Request, maxObjectSize)
	if err != nil {
		return err
	}
	if err := s.authenticateForm(f); err != nil {
		return err
	}
	if text, ok := f.Fields["policy"]; ok {
		policy, err := form.ParsePolicy(text)
		if err != nil {
			return err
		}
		if err := policy.Check(f, r.bucket, s.now()); err != nil {
			return err
		}
	}
	post := r.withFields(f.Fields)
	if err := s.checkSupported(post); err != nil {
		return err
	}
	v, versionID, err := s.storeForm(post, f)
	if err != nil {
		return err
	}
	v.writeStored(w.Header(), versionID)
	return answerForm(w, post, v, f.Fields, s.scheme(r))
}

// authenticateForm verifies the signature of a form.
func (s *Server) authenticateForm(f *form.Form) error {
	if s.verifier == nil || s.options.AllowUnsigned && !s.verifier.NamesForm(f.Fields) {
		return nil
	}
	return s.verifier.Form(f.Fields)
}

// withFields returns the request with the key and the headers that the fields of a form stand for.
func (r *request) withFields(fields map[string]string) *request {
	header := http.Header{}
	for name, text := range fields {
		switch name {
		case "acl":
			header.Set("X-Amz-Acl", text)
		case "cache-control", "content-disposition", "content-encoding", "content-language", "content-type", "expires":
			header.Set(name, text)
		case "x-amz-algorithm", "x-amz-credential", "x-amz-date", "x-amz-security-token", "x-amz-signature":
		default:
			if strings.HasPrefix(name, "x-amz-") {
				header.Set(name, text)
			}
		}
	}
	post := *r
	post.Request = r.Clone(r.Context())
	post.Header = header
	post.key = fields["key"]
	return &post
}

// storeForm stores the file under the key and with the attributes of the fields.
func (s *Server) storeForm(r *request, f *form.Form) (*value, string, error) {
	if err := checkKey(r.key); err != nil {
		return nil, "", err
	}
	attrs, err := attribute.FromHeaders(r.Header)
	if err != nil {
		return nil, "", err
	}
	var tags tagging.Set
	if text := f.Fields["tagging"]; text != "" {
		if err := xml.Unmarshal([]byte(text), &tags); err != nil {
			return nil, "", s3err.New(s3err.MalformedXML)
		}
		if err := tagging.CheckObject(tags.Tags); err != nil {
			return nil, "", err
		}
	}
	locked, err := s.store.lockFor(r)
	if err != nil {
		return nil, "", err
	}
	body := &payload{content: f.File}
	if body.checksum, err = checksum.Verify(r.Header, nil, f.File); err != nil {
		return nil, "", err
	}
	return s.commit(r, attrs, tags.Tags, locked, body)
}

// answerForm answers as the form asks: with a redirect, or with status 200, 201 or 204.
func answerForm(w *response, r *request, v *value, fields map[string]string, scheme string) error {
	key := &url.URL{Path: "/" + r.key}
	location := scheme + "://" + r.Host + strings.TrimSuffix(r.path, "/") + key.EscapedPath()
	w.Header().Set("Location", location)
	for _, name := range []string{"success_action_redirect", "redirect"} {
		if to, err := url.Parse(fields[name]); err == nil && to.Host != "" {
			query := to.Query()
			query.Set("bucket", r.bucket)
			query.Set("key", r.key)
			query.Set("etag", v.etag)
			to.RawQuery = query.Encode()
			w.Header().Set("Location", to.String())
			w.WriteHeader(http.StatusSeeOther)
			return nil
		}
	}
	switch fields["success_action_status"] {
	case "200":
		w.WriteHeader(http.StatusOK)
	case "201":
		return writeXMLStatus(w, http.StatusCreated, struct {
			XMLName  xml.Name `xml:"PostResponse"`
			Location string   `xml:"Location"`
			Bucket   string   `xml:"Bucket"`
			Key      string   `xml:"Key"`
			ETag     string   `xml:"ETag"`
		}{Location: location, Bucket: r.bucket, Key: r.key, ETag: v.etag})
	default:
		w.WriteHeader(http.StatusNoContent)
	}
	return nil
}

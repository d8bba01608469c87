package sigv4

import (
	"strings"

	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/s3err"
)

// formFields are the fields that sign a browser form: with one of them, a form must have all.
var formFields = []string{"policy", "x-amz-algorithm", "x-amz-credential", "x-amz-date", "x-amz-signature"}

// NamesForm reports whether the fields of a browser form name an access key that the verifier
// knows.
func (v *Verifier) NamesForm(fields map[string]string) bool {
	return v.isNamed(fields["x-amz-credential"], fields["awsaccesskeyid"])
}

// Form verifies the signature of a browser form, which covers the form's policy. The names of the
// fields are in lower case.
func (v *Verifier) Form(fields map[string]string) error {
	if fields["awsaccesskeyid"] != "" {
		return s3err.Errorf(s3err.InvalidRequest, otherMechanism)
	}
	var missing string
	for _, name := range formFields {
		if _, ok := fields[name]; !ok && missing == "" {
			missing = name
		}
	}
	switch {
	case missing != "" && !hasAny(fields):
		return s3err.New(s3err.AccessDenied)
	case missing != "":
		return s3err.MissingFormField(missing)
	case fields["x-amz-algorithm"] != algorithm:
		return s3err.Argument("X-Amz-Algorithm", fields["x-amz-algorithm"], "Only AWS4-HMAC-SHA256 is supported")
	}
	s := &Signature{text: fields["x-amz-signature"]}
	if _, err := s.dated(fields["x-amz-date"]); err != nil {
		return s3err.Argument("X-Amz-Date", fields["x-amz-date"],
			"X-Amz-Date must be formated via ISO8601 Long format") // S3 spells it so
	}
	credential := fields["x-amz-credential"]
	s.accessKey, s.scope, _ = strings.Cut(credential, "/")
	if err := v.checkScope(s, func(format string, args ...any) *s3err.Error {
		return s3err.Argument("x-amz-credential", credential, format, args...)
	}); err != nil {
		return err
	}
	key, err := v.identify(s.accessKey, fields["x-amz-security-token"])
	if err != nil {
		return err
	}
	s.key = key.derive(s.scope)
	if !equal(s.sign(fields["policy"]), s.text) {
		return s.mismatch(fields["policy"])
	}
	return nil
}

func hasAny(fields map[string]string) bool {
	for _, name := range formFields {
		if _, ok := fields[name]; ok {
			return true
		}
	}
	return false
}

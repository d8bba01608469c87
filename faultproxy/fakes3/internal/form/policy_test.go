package form_test

import (
	"encoding/base64"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/form"
	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/s3err"
)

func parse(policy string) (*form.Policy, error) {
	return form.ParsePolicy(base64.StdEncoding.EncodeToString([]byte(policy)))
}

// with is a policy that never expires and has these conditions beside those of the bucket and key.
func with(conditions string) string {
	return `{"expiration": "2999-01-01T00:00:00.000Z", "conditions": [{"bucket": "demo"}, ["starts-with", "$key", ""]` +
		conditions + `]}`
}

func TestWrongPolicyIsInvalid(t *testing.T) {
	for policy, message := range map[string]string{
		``:                                       "Expecting '{' but found End-of-Input",
		`x`:                                      "Invalid JSON.",
		`{"expiration": "2999-01-01T00:00:00Z"}`: "Policy missing conditions.",
		`{"conditions": []}`:                     "Policy missing expiration.",
		`{"expiration": 1, "conditions": []}`:    "Invalid JSON.",
		`{"expiration": "soon", "conditions": []}`:                   "Invalid 'expiration' value: 'soon'",
		`{"expiration": "2999-01-01T00:00:00Z", "conditions": true}`: "Invalid 'conditions' value: must be a List.",
		`{"extra": 1}`:                                `Unexpected: "extra"`,
		with(`, true`):                                "Invalid condition test: must be a List or Object.",
		with(`, null`):                                "Invalid condition test: must be a List or Object.",
		with(`, []`):                                  "Invalid Condition: missing operation identifier.",
		with(`, [1]`):                                 "Invalid JSON.",
		with(`, ["like", "$acl", "x"]`):               "Invalid Condition: unknown operation 'like'.",
		with(`, ["eq", "$acl"]`):                      "Invalid eq: wrong number of arguments.",
		with(`, ["eq", false, "x"]`):                  "Invalid JSON.",
		with(`, ["eq", "$acl", null]`):                "Invalid JSON.",
		with(`, ["content-length-range", "few", 14]`): "Invalid JSON.",
		with(`, {"acl": "x", "expires": "y"}`): "Invalid Simple-Condition: Simple-Conditions must have exactly one " +
			"property specified.",
		with(`, {"acl": 1}`): "Invalid Simple-Condition: value must be a string.",
	} {
		_, err := parse(policy)
		e := s3err.As(err)
		require.NotNil(t, e, policy)
		require.Equal(t, s3err.InvalidPolicyDocument, e.Code, policy)
		require.Equal(t, "Invalid Policy: "+message, e.Message, policy)
	}
	_, err := form.ParsePolicy("not Base64")
	require.Equal(t, "Invalid Policy: invalid Base64 encoding.", s3err.As(err).Message)
}

func TestPolicyAllowsTheFormsThatItDescribes(t *testing.T) {
	for name, c := range map[string]struct {
		conditions, field, text string
		code                    s3err.Code // empty: allowed
	}{
		"exact": {`, ["eq", "$Content-Type", "text/plain"]`, "content-type", "text/plain", ""},
		"exact, other": {
			`, ["eq", "$Content-Type", "text/plain"]`, "content-type", "image/png",
			s3err.AccessDenied,
		},
		"simple":        {`, {"acl": "private"}`, "acl", "private", ""},
		"simple, other": {`, {"acl": "private"}`, "acl", "public-read", s3err.AccessDenied},
		"prefix":        {`, ["starts-with", "$x-amz-meta-a", "b"]`, "x-amz-meta-a", "bc", ""},
		"prefix, other": {`, ["starts-with", "$x-amz-meta-a", "b"]`, "x-amz-meta-a", "c", s3err.AccessDenied},
		"any":           {`, ["starts-with", "$x-amz-meta-a", ""]`, "x-amz-meta-a", "c", ""},
		"types":         {`, ["starts-with", "$Content-Type", "text/"]`, "content-type", "text/a, text/b", ""},
		"types, other": {
			`, ["starts-with", "$Content-Type", "text/"]`, "content-type", "text/a, b",
			s3err.AccessDenied,
		},
		"no condition":      {``, "x-amz-meta-a", "c", s3err.AccessDenied},
		"ignored":           {``, "x-ignore-a", "c", ""},
		"condition, absent": {`, {"acl": "private"}`, "x-ignore-a", "c", s3err.AccessDenied},
		"size":              {`, ["content-length-range", 4, "4"]`, "x-ignore-a", "c", ""},
		"too small":         {`, ["content-length-range", 5, 9]`, "x-ignore-a", "c", s3err.EntityTooSmall},
		"too large":         {`, ["content-length-range", 0, 3]`, "x-ignore-a", "c", s3err.EntityTooLarge},
		"empty name":        {`, {"": "private"}`, "x-ignore-a", "c", s3err.AccessDenied},
		"no dollar":         {`, ["eq", "acl", "private"]`, "acl", "private", s3err.AccessDenied},
	} {
		t.Run(name, func(t *testing.T) {
			f := &form.Form{File: []byte("file"), Fields: map[string]string{"key": "k", c.field: c.text}}
			policy, err := parse(with(c.conditions))
			if err == nil {
				err = policy.Check(f, "demo", time.Now())
			}
			if c.code == "" {
				require.NoError(t, err)
				return
			}
			e := s3err.As(err)
			require.NotNil(t, e)
			require.Equal(t, c.code, e.Code)
		})
	}
}

func TestPolicyIsForItsBucketUntilItExpires(t *testing.T) {
	f := &form.Form{Fields: map[string]string{"key": "k"}}
	policy, err := parse(with(""))
	require.NoError(t, err)
	require.NoError(t, policy.Check(f, "demo", time.Now()))
	require.EqualError(t, policy.Check(f, "other", time.Now()),
		`AccessDenied: Invalid according to Policy: Policy Condition failed: ["eq", "$bucket", "demo"]`)

	policy, err = parse(`{"expiration": "2001-01-01T00:00:00Z", "conditions": []}`)
	require.NoError(t, err)
	require.EqualError(t, policy.Check(f, "demo", time.Now()),
		"AccessDenied: Invalid according to Policy: Policy expired.")

	policy, err = parse(`{"expiration": "2999-01-01T00:00:00Z", "conditions": [{"key": "k"}]}`)
	require.NoError(t, err)
	require.EqualError(t, policy.Check(f, "demo", time.Now()),
		"AccessDenied: Invalid according to Policy: Extra input fields: bucket")
}

func FuzzParsePolicy(f *testing.F) {
	f.Add(with(`, ["content-length-range", 4, "4"], {"acl": "private"}, ["eq", "$a", 1]`))
	f.Add(`{"expiration": null, "conditions": [null, [[]], {"a": {}}]}`)
	f.Fuzz(func(t *testing.T, policy string) {
		p, err := parse(policy)
		if err != nil {
			require.NotNil(t, s3err.As(err))
			return
		}
		if err := p.Check(&form.Form{Fields: map[string]string{"key": "k"}}, "demo", time.Now()); err != nil {
			require.NotNil(t, s3err.As(err))
		}
	})
}

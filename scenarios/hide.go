package scenarios

import (
	"net/url"
	"reflect"
	"strings"

	"github.com/s3chaos/s3chaos/scenarios/script"
)

// This file keeps the secrets of a drill out of its result.

// hidden replaces a secret.
const hidden = "REDACTED"

// shortestSecret is the length of the shortest secret that is looked for everywhere. A shorter one
// would be found in innocent text.
const shortestSecret = 8

// secretsOf returns the secrets that a client with these credentials has. nil are the right keys.
func secretsOf(c *script.Credentials) []string {
	secrets := []string{secretKey, temporaryToken} // the beginnings of all that are issued
	if c != nil {
		secrets = append(c.Secrets(), secrets...)
	}
	return secrets
}

// hideSecrets replaces the secrets of the client in every text of the result, also where they are
// percent-encoded. It is for a result that is judged already.
func (r *Result) hideSecrets(c *script.Credentials) {
	var pairs []string
	for _, secret := range secretsOf(c) {
		if len(secret) < shortestSecret {
			continue
		}
		for _, form := range []string{secret, url.QueryEscape(secret), url.PathEscape(secret)} {
			pairs = append(pairs, form, hidden)
		}
	}
	replacer := strings.NewReplacer(pairs...)
	whole := reflect.ValueOf(r).Elem()
	for i := range whole.NumField() {
		if field := whole.Type().Field(i); field.IsExported() {
			whole.Field(i).Set(replaceIn(whole.Field(i), replacer))
		}
	}
}

// replaceIn returns the value with its texts replaced. It leaves out words of a closed set, which
// have a type of their own, and pointers, behind which a result has only numbers and what the file
// says.
func replaceIn(v reflect.Value, replacer *strings.Replacer) reflect.Value {
	switch v.Kind() {
	case reflect.String:
		if v.Type() == reflect.TypeFor[string]() {
			return reflect.ValueOf(replacer.Replace(v.String()))
		}
	case reflect.Slice:
		if kind := v.Type().Elem().Kind(); v.IsNil() || kind != reflect.String && kind != reflect.Struct {
			return v
		}
		copied := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
		for i := range v.Len() {
			copied.Index(i).Set(replaceIn(v.Index(i), replacer))
		}
		return copied
	case reflect.Map:
		if v.IsNil() {
			return v
		}
		copied := reflect.MakeMapWithSize(v.Type(), v.Len())
		for key, value := range v.Seq2() {
			copied.SetMapIndex(replaceIn(key, replacer), replaceIn(value, replacer))
		}
		return copied
	case reflect.Struct:
		copied := reflect.New(v.Type()).Elem()
		copied.Set(v)
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				copied.Field(i).Set(replaceIn(v.Field(i), replacer))
			}
		}
		hideAcross(copied, replacer)
		return copied
	}
	return v
}

// hideAcross hides the bucket and the key of a struct that has both if they are a secret together:
// a secret with a slash that was sent as a path.
func hideAcross(v reflect.Value, replacer *strings.Replacer) {
	bucket, key := v.FieldByName("Bucket"), v.FieldByName("Key")
	if bucket.Kind() != reflect.String || key.Kind() != reflect.String {
		return
	}
	if whole := bucket.String() + "/" + key.String(); replacer.Replace(whole) != whole {
		bucket.SetString(hidden)
		key.SetString(hidden)
	}
}

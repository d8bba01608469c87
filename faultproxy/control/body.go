package control

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"
)

// bodyTypes are what the text of rules may be called; a form is what curl calls it unless told
// otherwise.
var bodyTypes = []string{
	"application/json", "text/plain", "application/yaml", "application/x-yaml", "text/yaml",
	"application/x-www-form-urlencoded",
}

// readBody returns what a request says, or answers the request itself.
func readBody(w http.ResponseWriter, r *http.Request) ([]byte, bool) {
	if sent := r.Header.Get("Content-Type"); sent != "" {
		kind, params, err := mime.ParseMediaType(sent)
		charset := strings.ToLower(params["charset"])
		if err != nil || !slices.Contains(bodyTypes, kind) ||
			!slices.Contains([]string{"", "utf-8", "us-ascii"}, charset) {
			refuse(w, http.StatusUnsupportedMediaType, "the request is of a type that is not understood", problem{
				Where: "header Content-Type", Message: fmt.Sprintf("%q is no text of rules", sent),
				Hint: "send application/json or text/plain, in UTF-8",
			})
			return nil, false
		}
	}
	if coding := r.Header.Get("Content-Encoding"); coding != "" && !strings.EqualFold(coding, "identity") {
		refuse(w, http.StatusUnsupportedMediaType, "the request is of a type that is not understood", problem{
			Where: "header Content-Encoding", Message: fmt.Sprintf("%q is not decoded", coding),
			Hint: "send the text as it is",
		})
		return nil, false
	}
	text, err := io.ReadAll(r.Body)
	if large, ok := errors.AsType[*http.MaxBytesError](err); ok {
		refuse(w, http.StatusRequestEntityTooLarge, "the request is too large", problem{
			Where: "body", Message: fmt.Sprintf("more than %d bytes", large.Limit), Hint: "send fewer rules at once",
		})
		return nil, false
	}
	if err != nil {
		refuse(w, http.StatusBadRequest, "the request could not be read", problem{Where: "body", Message: err.Error()})
		return nil, false
	}
	return text, true
}

// noBody answers the request itself when it says more than its method and path: whoever sends
// {"id": 1} with a reset of all rules means something else.
func noBody(w http.ResponseWriter, r *http.Request) bool {
	text, ok := readBody(w, r)
	if !ok {
		return false
	}
	if said := strings.TrimSpace(string(text)); said != "" && said != "{}" {
		misread(w, "body", "there is one where none belongs", "the path says which rule is meant")
		return false
	}
	return true
}

// decode reads one JSON value, strictly, or answers the request itself.
func decode(w http.ResponseWriter, r *http.Request, to any, hint string) bool {
	text, ok := readBody(w, r)
	if !ok {
		return false
	}
	if where, what := unmarshal(text, to); what != "" {
		misread(w, where, what, hint)
		return false
	}
	return true
}

// unmarshal says what is wrong and where; what is "" when nothing is.
func unmarshal(text []byte, to any) (where, what string) {
	where = "body"
	if !utf8.Valid(text) {
		return where, "text is not valid UTF-8"
	}
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	err := dec.Decode(to)
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		return fmt.Sprintf("body, byte %d", syntax.Offset), syntax.Error()
	}
	if kind, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		if kind.Field != "" {
			where = kind.Field
		}
		return where, article(kind.Value) + " where " + jsonName(kind.Type) + " belongs"
	}
	switch {
	case errors.Is(err, io.EOF):
		return where, "it is empty"
	case errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Sprintf("body, byte %d", len(text)), "the text ends too soon"
	case err != nil:
		return where, strings.TrimPrefix(err.Error(), "json: ")
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return where, "more than one value"
	}
	return where, ""
}

func article(noun string) string {
	if strings.HasPrefix(noun, "object") || strings.HasPrefix(noun, "array") {
		return "an " + noun
	}
	return "a " + noun
}

// jsonName is what JSON calls a type.
func jsonName(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Slice:
		return "an array"
	case reflect.Bool:
		return "true or false"
	default:
		return "an object"
	}
}

// misread answers a request that was read and not understood.
func misread(w http.ResponseWriter, where, what, hint string) {
	refuse(w, http.StatusBadRequest, "the request is not understood", problem{Where: where, Message: what, Hint: hint})
}

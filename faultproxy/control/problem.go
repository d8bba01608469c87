package control

import (
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/s3chaos/s3chaos/faultproxy"
)

// refusal is the body of every answer that is not a success.
type refusal struct {
	Error    string    `json:"error"`    // one line
	Problems []problem `json:"problems"` // all there are, at least one
}

// problem is one mistake of a request.
type problem struct {
	Where   string `json:"where"`          // a field, a header, a place in the text
	Message string `json:"message"`        // what is wrong
	Hint    string `json:"hint,omitempty"` // what to do
}

func refuse(w http.ResponseWriter, status int, text string, problems ...problem) {
	answer(w, status, refusal{text, problems})
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(body) // a client that went away
}

// problemsOf are the mistakes that an error of a rule joins; each has its place behind the place
// given.
func problemsOf(err error, place string) []problem {
	switch e := err.(type) { //nolint:errorlint // each layer is looked at
	case *faultproxy.TextError:
		return []problem{{join(place, fmt.Sprintf("column %d", e.Column)), e.Message, e.Hint}}
	case *faultproxy.FieldError:
		return []problem{{join(place, e.Field), e.Message, e.Hint}}
	case interface{ Unwrap() []error }:
		var list []problem
		for _, one := range e.Unwrap() {
			list = append(list, problemsOf(one, place)...)
		}
		return list
	case interface{ Unwrap() error }:
		if inner := e.Unwrap(); inner != nil {
			return problemsOf(inner, place)
		}
	}
	return []problem{{join(place, "rule"), err.Error(), ""}}
}

func join(place, inner string) string {
	if place == "" {
		return inner
	}
	return place + ", " + inner
}

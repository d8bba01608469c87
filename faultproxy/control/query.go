package control

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/s3chaos/s3chaos/internal/suggest"
)

// withParameters answers a request whose query has another parameter than those known, or one
// twice, and passes any other on.
func withParameters(known []string, next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		query, err := url.ParseQuery(r.URL.RawQuery)
		if err != nil {
			misread(w, "query", err.Error(), "write it as name=value&name=value, escaped as in a URL")
			return
		}
		var problems []problem
		for _, name := range slices.Sorted(maps.Keys(query)) {
			if !slices.Contains(known, name) {
				problems = append(problems, unknownParameter(name, known))
			} else if len(query[name]) > 1 {
				problems = append(problems, problem{"query " + name, "it is given twice", "give it once"})
			}
		}
		if len(problems) > 0 {
			refuse(w, http.StatusBadRequest, "the query is not understood", problems...)
			return
		}
		next(w, r)
	}
}

func unknownParameter(name string, known []string) problem {
	p := problem{Where: "query " + name, Message: "unknown parameter"}
	switch near := suggest.Nearest(name, known); {
	case near != "":
		p.Hint = "did you mean " + near + "?"
	case len(known) == 0:
		p.Hint = "this request takes none"
	default:
		p.Hint = "parameters: " + strings.Join(known, ", ")
	}
	return p
}

// flag reads a parameter that is true or false; absent, it is false.
func flag(query url.Values, name string) (set bool, wrong []problem) {
	if !query.Has(name) {
		return false, nil
	}
	set, err := strconv.ParseBool(query.Get(name))
	if err != nil {
		wrong = []problem{{"query " + name, strconv.Quote(query.Get(name)) + ": want true or false", ""}}
	}
	return set, wrong
}

// number reads a parameter that is a whole number, 0 or more; absent, it is -1.
func number(query url.Values, name string) (n int, wrong []problem) {
	if !query.Has(name) {
		return -1, nil
	}
	n, err := strconv.Atoi(query.Get(name))
	if err != nil || n < 0 {
		wrong = []problem{{"query " + name, fmt.Sprintf("%q: want a whole number, 0 or more", query.Get(name)), ""}}
	}
	return n, wrong
}

package control

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/s3chaos/s3chaos/faultproxy"
	"github.com/s3chaos/s3chaos/faultproxy/journal"
	"github.com/s3chaos/s3chaos/internal/glob"
)

// filters are the parameters that choose records. Each compares a text of the record with the
// pattern given; of several rules that fired together, one must match.
var filters = map[string]func(*faultproxy.Record) string{
	"operation": func(r *faultproxy.Record) string { return r.Operation },
	"method":    func(r *faultproxy.Record) string { return r.Method },
	"bucket":    func(r *faultproxy.Record) string { return r.Bucket },
	"key":       func(r *faultproxy.Record) string { return r.Key },
	"step":      func(r *faultproxy.Record) string { return r.Step },
	"rule":      func(r *faultproxy.Record) string { return r.Rule },
	"fault":     func(r *faultproxy.Record) string { return r.Fault },
	"code":      func(r *faultproxy.Record) string { return r.ErrorCode },
	"ended":     func(r *faultproxy.Record) string { return r.Ended },
	"status":    func(r *faultproxy.Record) string { return strconv.Itoa(r.Status) },
	"kind":      func(r *faultproxy.Record) string { return r.Kind },
}

// choosing are the parameters that choose records.
var choosing = append(slices.Sorted(maps.Keys(filters)), "after")

// journalCount is how many records there are.
type journalCount struct {
	Count int `json:"count"`
}

func (h *Handler) journal(w http.ResponseWriter, r *http.Request) {
	format := r.URL.Query().Get("format")
	if format != "" && format != "ndjson" && format != "har" {
		refuse(w, http.StatusBadRequest, "the query is not understood", problem{
			"query format", strconv.Quote(format) + ": want ndjson or har", "leave it out for ndjson",
		})
		return
	}
	records, ok := h.chosen(w, r)
	switch {
	case !ok:
	case format == "har":
		w.Header().Set("Content-Type", "application/json")
		_ = h.proxy.Journal().WriteHAROf(w, records) // the only error is a client that went away
	default:
		w.Header().Set("Content-Type", "application/x-ndjson")
		_ = journal.WriteNDJSON(w, records)
	}
}

func (h *Handler) countJournal(w http.ResponseWriter, r *http.Request) {
	if records, ok := h.chosen(w, r); ok {
		answer(w, http.StatusOK, journalCount{len(records)})
	}
}

// chosen are the records that the query asks for. It answers the request itself where the query is
// not understood.
func (h *Handler) chosen(w http.ResponseWriter, r *http.Request) ([]faultproxy.Record, bool) {
	after, wrong := number(r.URL.Query(), "after")
	patterns, more := patternsOf(r.URL.Query())
	if wrong = append(wrong, more...); len(wrong) > 0 {
		refuse(w, http.StatusBadRequest, "the query is not understood", wrong...)
		return nil, false
	}
	return slices.DeleteFunc(h.proxy.Journal().Records(), func(r faultproxy.Record) bool {
		return r.Seq <= after || !matchesAll(patterns, &r)
	}), true
}

// patternsOf are the patterns of the filters that the query has.
func patternsOf(query url.Values) (patterns map[string]glob.Pattern, wrong []problem) {
	patterns = map[string]glob.Pattern{}
	for _, name := range choosing {
		if filters[name] == nil || !query.Has(name) {
			continue
		}
		if err := glob.Check(query.Get(name)); err != nil {
			wrong = append(wrong, problem{"query " + name, err.Error(), ""})
		}
		patterns[name] = glob.Compile(query.Get(name))
	}
	return patterns, wrong
}

func matchesAll(patterns map[string]glob.Pattern, r *faultproxy.Record) bool {
	for name, pattern := range patterns {
		fits := func(f faultproxy.Firing) bool {
			return name == "rule" && pattern.Match(f.Rule) || name == "fault" && pattern.Match(f.Fault)
		}
		if !pattern.Match(filters[name](r)) && !slices.ContainsFunc(r.Fired, fits) {
			return false
		}
	}
	return true
}

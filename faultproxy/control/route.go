package control

import (
	_ "embed"
	"net/http"
	"strings"
)

// route is a method and a path of the API; openapi.yaml describes each.
type route struct {
	method, path string
	handle       http.HandlerFunc
	parameters   []string // of the query
}

func (h *Handler) routes() []route {
	return []route{
		{"GET", "/healthz", h.health, nil},
		{"GET", "/metrics", h.metrics, nil},
		{"GET", "/openapi.yaml", h.openAPI, nil},
		{"GET", "/v1/rules", h.listRules, nil},
		{"POST", "/v1/rules", h.addRule, []string{"before"}},
		{"PUT", "/v1/rules", h.replaceRules, nil},
		{"POST", "/v1/rules/reset", h.resetRules, nil},
		{"GET", "/v1/rules/{id}", h.showRule, nil},
		{"PUT", "/v1/rules/{id}", h.updateRule, nil},
		{"PATCH", "/v1/rules/{id}", h.toggleRule, nil},
		{"DELETE", "/v1/rules/{id}", h.removeRule, nil},
		{"POST", "/v1/rules/{id}/reset", h.resetRule, nil},
		{"POST", "/v1/reset", h.reset, []string{"objects"}},
		{"GET", "/v1/journal", h.journal, append([]string{"format"}, choosing...)},
		{"GET", "/v1/journal/count", h.countJournal, choosing},
		{"GET", "/v1/journal/events", h.events, []string{"history"}},
	}
}

// unrouted answers a request that no route takes, and names the methods that the path has.
func (h *Handler) unrouted(w http.ResponseWriter, r *http.Request) {
	var allowed []string
	for _, method := range []string{"GET", "POST", "PUT", "PATCH", "DELETE"} {
		other := r.Clone(r.Context())
		other.Method = method
		if _, pattern := h.mux.Handler(other); pattern != "" {
			allowed = append(allowed, method)
		}
	}
	if len(allowed) == 0 {
		refuse(w, http.StatusNotFound, "there is no such resource", problem{
			Where: "path " + r.URL.Path, Message: "unknown", Hint: "GET /openapi.yaml describes what there is",
		})
		return
	}
	w.Header().Set("Allow", strings.Join(allowed, ", "))
	refuse(w, http.StatusMethodNotAllowed, r.Method+" cannot be done to this resource", problem{
		Where: "method", Message: r.Method + ": want " + strings.Join(allowed, ", "),
		Hint: "GET /openapi.yaml describes what each does",
	})
}

type health struct {
	Status string `json:"status"`
}

func (h *Handler) health(w http.ResponseWriter, _ *http.Request) {
	switch {
	case h.proxy.Err() != nil:
		answer(w, http.StatusServiceUnavailable, health{"failed"})
	case h.open.Err() != nil:
		answer(w, http.StatusServiceUnavailable, health{"stopping"})
	default:
		answer(w, http.StatusOK, health{"ok"})
	}
}

// description is the OpenAPI file of this API.
//
//go:embed openapi.yaml
var description []byte

func (h *Handler) openAPI(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/yaml")
	_, _ = w.Write(description) // a client that went away
}

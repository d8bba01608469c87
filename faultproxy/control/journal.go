package control

import (
	"net/http"
	"strconv"
)

func (h *Handler) journal(w http.ResponseWriter, r *http.Request) {
	journal := h.proxy.Journal()
	switch format := r.URL.Query().Get("format"); format {
	case "", "ndjson":
		w.Header().Set("Content-Type", "application/x-ndjson")
		_ = journal.WriteNDJSON(w) // the only error is a client that went away
	case "har":
		w.Header().Set("Content-Type", "application/json")
		_ = journal.WriteHAR(w)
	default:
		refuse(w, http.StatusBadRequest, "unknown format of the journal", problem{
			Where: "query format", Message: strconv.Quote(format) + " is neither ndjson nor har",
			Hint: "leave it out for ndjson",
		})
	}
}

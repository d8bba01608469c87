package control

import "net/http"

// reset begins anew: the proxy, and on request the objects behind it.
func (h *Handler) reset(w http.ResponseWriter, r *http.Request) {
	objects, wrong := flag(r.URL.Query(), "objects")
	if len(wrong) > 0 {
		refuse(w, http.StatusBadRequest, "the query is not understood", wrong...)
		return
	}
	if !noBody(w, r) {
		return
	}
	if objects {
		if h.objects == nil {
			refuse(w, http.StatusUnprocessableEntity, "the objects cannot be reset", problem{
				"query objects", "this proxy is in front of an S3 that is not its own", "reset the objects there",
			})
			return
		}
		if err := h.objects(); err != nil {
			refuse(w, http.StatusUnprocessableEntity, "the objects cannot be reset",
				problem{"query objects", err.Error(), ""})
			return
		}
	}
	h.proxy.Reset()
	w.WriteHeader(http.StatusNoContent)
}

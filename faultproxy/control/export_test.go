package control

// Routes are the methods and paths that the handler knows.
func (h *Handler) Routes() []string {
	var list []string
	for _, r := range h.routes() {
		list = append(list, r.method+" "+r.path)
	}
	return list
}

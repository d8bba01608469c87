package faultproxy

import "strings"

const (
	firstTexts = 4 << 10
	mostTexts  = 32 << 10
)

// texts keeps the texts of a connection's records. They are many and small and live about as long as each other, so they
// are allocated together, in blocks that grow with the use of the connection.
type texts struct {
	block strings.Builder // never grows: what is in it stays where it is
	size  int
}

// keep returns a copy of p.
func (t *texts) keep(p []byte) string {
	if t.block.Cap()-t.block.Len() < len(p) {
		t.size = min(max(firstTexts, 2*t.size), mostTexts)
		t.block = strings.Builder{}
		t.block.Grow(max(t.size, len(p)))
	}
	n := t.block.Len()
	t.block.Write(p)
	return t.block.String()[n:]
}

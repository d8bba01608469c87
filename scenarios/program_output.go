package scenarios

import (
	"bytes"
	"fmt"
	"strings"
	"sync"

	"github.com/s3chaos/s3chaos/scenarios/internal/evidence"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// outputLimit bounds what is kept of a program's output, for each stream.
const outputLimit = 1 << 20

// bounded keeps the first outputLimit bytes written to it and counts the rest, in which it still
// finds the text that is expected.
type bounded struct {
	mu     sync.Mutex
	kept   []byte
	size   int
	sought []byte
	last   []byte // the end of what was written, where the text may have begun
	found  bool
}

// seek names the text to look for; it is called before anything is written.
func (b *bounded) seek(want *script.TextExpect) {
	if want != nil {
		b.sought = []byte(want.Contains)
		b.found = len(b.sought) == 0
	}
}

func (b *bounded) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.kept = append(b.kept, p[:min(len(p), outputLimit-len(b.kept))]...)
	b.size += len(p)
	if n := len(b.sought); n > 0 && !b.found {
		seen := append(b.last, p...)
		b.found = bytes.Contains(seen, b.sought)
		b.last = append([]byte(nil), seen[max(0, len(seen)-n+1):]...)
	}
	return len(p), nil
}

func (b *bounded) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.size == len(b.kept) {
		return string(b.kept)
	}
	return fmt.Sprintf("%s\n… %d bytes more", b.kept, b.size-len(b.kept))
}

// contains says whether the text to look for was written, among how many bytes.
func (b *bounded) contains() (found bool, among int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.found, b.size
}

// lineLimit is how many characters of a program's line a report quotes.
const lineLimit = 200

// tail is the last few lines of a program's output, fit to be printed: a terminal must not obey
// them.
func tail(text string) []string {
	text = strings.TrimRight(text, "\r\n")
	if text == "" {
		return nil
	}
	lines := strings.Split(text, "\n")
	lines = lines[max(0, len(lines)-evidence.MaxLines):]
	for i, line := range lines {
		lines[i] = printed(strings.TrimSuffix(line, "\r"))
	}
	return lines
}

func printed(line string) string {
	if cut := []rune(line); len(cut) > lineLimit {
		line = string(cut[:lineLimit]) + "…"
	}
	return evidence.Visible(line)
}

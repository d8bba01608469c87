package scenarios

import (
	"bytes"
	"fmt"
	"strings"
	"sync"

	"github.com/s3chaos/s3chaos/scenarios/internal/evidence"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// outputLimit is how many bytes of each output stream of a program are kept.
const outputLimit = 1 << 20

// bounded keeps the first outputLimit bytes written to it and counts the rest. It searches all of
// them for the expected text.
type bounded struct {
	mu     sync.Mutex
	kept   []byte
	size   int
	sought []byte
	last   []byte // the last bytes written, in which the text may have begun
	found  bool
	hide   func(text string) string // replaces secrets; nil: nothing is secret
}

// seek sets the text to search for. Call it before the first write.
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
	text := string(b.kept)
	if b.hide != nil {
		text = b.hide(text)
	}
	if b.size == len(b.kept) {
		return text
	}
	return fmt.Sprintf("%s\n… %d bytes more", text, b.size-len(b.kept))
}

// contains reports whether the text was written, and how many bytes were written in all.
func (b *bounded) contains() (found bool, among int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.found, b.size
}

// lineLimit is how many characters of one output line a report quotes.
const lineLimit = 200

// tail returns the last lines of a program's output with their control characters escaped, so that
// they cannot steer a terminal.
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

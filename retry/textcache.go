package retry

import (
	"hash/maphash"
	"sync/atomic"
)

// Most programs meet the same few texts again and again, and reading one costs a microsecond. The
// class depends on the text alone, so the latest texts are remembered with their classes. Each text
// has one slot and replaces what held the slot before; a long text is not kept.
const (
	textSlots   = 256
	longestText = 512
)

type knownText struct {
	text  string
	class Class
}

var (
	texts    [textSlots]atomic.Pointer[knownText]
	textSeed = maphash.MakeSeed()
)

// textClass is classifyText with a memory.
func textClass(text string) Class {
	if len(text) > longestText {
		return classifyText(text)
	}
	slot := &texts[maphash.String(textSeed, text)%textSlots]
	if known := slot.Load(); known != nil && known.text == text {
		return known.class
	}
	class := classifyText(text)
	slot.Store(&knownText{text, class})
	return class
}

//go:build race

package poison

// On reports whether Fill overwrites memory.
const On = true

// Fill overwrites b up to its capacity.
func Fill(b []byte) {
	b = b[:cap(b)]
	for i := range b {
		b[i] = Byte
	}
}

package poison_test

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/s3chaos/s3chaos/faultproxy/internal/poison"
)

func TestFillOverwritesOnlyUnderTheRaceDetector(t *testing.T) {
	b := append(make([]byte, 0, 8), "head"...)
	poison.Fill(b)
	want := append([]byte("head"), 0, 0, 0, 0)
	if poison.On {
		want = bytes.Repeat([]byte{poison.Byte}, 8)
	}
	assert.Equal(t, want, b[:8])
}

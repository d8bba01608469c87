package faulttest_test

import (
	"net/http"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/faultproxy/faulttest"
)

func TestLabMadeOutsideABubbleRefusesUseInside(t *testing.T) {
	lab := faulttest.NewLab(t, http.NotFoundHandler())
	synctest.Test(t, func(t *testing.T) {
		_, err := lab.HTTPClient().Get(lab.URL())
		require.ErrorIs(t, err, faulttest.ErrOtherBubble)
		_, err = lab.DialContext(t.Context(), "tcp", "s3.test:80")
		require.ErrorIs(t, err, faulttest.ErrOtherBubble)
	})
}

func TestLabMadeInsideABubbleRefusesUseOutside(t *testing.T) {
	var lab *faulttest.Lab
	synctest.Test(t, func(t *testing.T) { lab = faulttest.NewLab(t, http.NotFoundHandler()) })
	_, err := lab.HTTPClient().Get(lab.URL())
	require.ErrorIs(t, err, faulttest.ErrOtherBubble)
}

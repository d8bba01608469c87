package scenarios_test

import (
	"fmt"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

// onPurpose are the goroutines that tests of leaks, and the catalog's drill of one, have left
// behind: nothing can end them.
var onPurpose = []goleak.Option{leakOfTheCatalog}

var leakOfTheCatalog = goleak.IgnoreAnyFunction("github.com/s3chaos/s3chaos/scenarios.leakOnPurpose")

func TestMain(m *testing.M) {
	code := m.Run()
	if err := goleak.Find(onPurpose...); err != nil && code == 0 {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// leakingOnPurpose looks that nothing has leaked so far, and what it returns takes note of what has
// leaked since.
func leakingOnPurpose(t *testing.T) (done func()) {
	t.Helper()
	require.NoError(t, goleak.Find(onPurpose...))
	return func() { onPurpose = []goleak.Option{leakOfTheCatalog, goleak.IgnoreCurrent()} }
}

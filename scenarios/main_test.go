package scenarios_test

import (
	"flag"
	"fmt"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

// onPurpose are the goroutines that leak tests and the leak drill of the catalog have left behind.
// They never end.
var onPurpose = []goleak.Option{leakOfTheCatalog}

var leakOfTheCatalog = goleak.IgnoreAnyFunction("github.com/s3chaos/s3chaos/scenarios.leakOnPurpose")

// parallelTests is how many of the parallel tests run at the same time: they wait for programs most
// of the time, whatever the number of processors.
const parallelTests = "8"

func TestMain(m *testing.M) {
	if kind := os.Getenv(programVariable); kind != "" {
		os.Exit(programMain(kind))
	}
	flag.Parse()
	if err := flag.Set("test.parallel", parallelTests); err != nil {
		panic(err)
	}
	code := m.Run()
	if err := goleak.Find(onPurpose...); err != nil && code == 0 {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// leakingOnPurpose checks that nothing has leaked so far. The function that it returns records what
// has leaked since.
func leakingOnPurpose(t *testing.T) (done func()) {
	t.Helper()
	require.NoError(t, goleak.Find(onPurpose...))
	return func() { onPurpose = []goleak.Option{leakOfTheCatalog, goleak.IgnoreCurrent()} }
}

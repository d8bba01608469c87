package scenarios_test

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/scenarios"
)

// readCatalog reads the scenarios of each file of the catalog, once for all tests.
var readCatalog = sync.OnceValues(func() ([][]*scenarios.Scenario, error) {
	return scenarios.ReadCatalog(scenarios.Catalog())
})

// catalogFiles returns the scenarios of each file of the catalog: the cases of a family, or one.
func catalogFiles(t *testing.T) [][]*scenarios.Scenario {
	t.Helper()
	files, err := readCatalog()
	require.NoError(t, err)
	return files
}

// oneOfEachFile returns the middle case of each file of the catalog. The cases of a family differ
// in data, and most take the same way through the code.
func oneOfEachFile(t *testing.T) []*scenarios.Scenario {
	t.Helper()
	var list []*scenarios.Scenario
	for _, cases := range catalogFiles(t) {
		list = append(list, cases[len(cases)/2])
	}
	return list
}

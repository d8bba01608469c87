package catalog_test

import (
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/scenarios/catalog"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// This file holds what each drill must say about itself: a name in one line, why it matters, how
// much a client owes, and who says so.

// publicSource matches what a client can be held against: a section of a standard, a page of a
// vendor's documentation, or a public report.
var publicSource = regexp.MustCompile(`(RFC \d+|XML 1\.0) section \d` +
	`|^(Amazon|AWS) [\w' -]+, ["\w]` +
	`|[\w.-]+/[\w.-]+#\d+` +
	`|^googleapis/storage-testbench, `)

// readAll reads the scenarios of each file, once for all tests.
var readAll = sync.OnceValues(func() ([][]*script.Scenario, error) { return catalog.Read(catalog.All()) })

// scenariosOf returns every scenario of the catalog, of a family each case.
func scenariosOf(t *testing.T) []*script.Scenario {
	t.Helper()
	files, err := readAll()
	require.NoError(t, err)
	return slices.Concat(files...)
}

func TestEachDrillStatesItsLevelAndSource(t *testing.T) {
	for _, s := range scenariosOf(t) {
		c := s.Conformance
		if !assert.NotNil(t, c, "%s has no conformance block", s.ID) {
			continue
		}
		assert.NotContains(t, s.Name, "\n", s.ID)
		assert.GreaterOrEqual(t, len(strings.Fields(s.Description)), 8, "%s: the description must say why", s.ID)
		assert.GreaterOrEqual(t, len(strings.Fields(c.Source)), 2, "%s: the source must say what it states", s.ID)
		if c.Level != script.Own {
			assert.Regexp(t, publicSource, c.Source, "%s holds other clients against a source that is not public", s.ID)
		}
	}
}

// A drill judges the clients of others only if its own client needs no setting that they lack.
func TestADrillForOtherClientsNeedsNoneOfItsOwn(t *testing.T) {
	for _, s := range scenariosOf(t) {
		if s.Conformance == nil || s.Conformance.Level == script.Own {
			continue
		}
		assert.Nil(t, s.Client.Run, "%s has a program of its own", s.ID)
		assert.Nil(t, s.Client.Careless, "%s tests the oracle", s.ID)
		assert.Empty(t, s.Expect.Violates, "%s shows a flaw of its own client", s.ID)
		s.EachStep(func(step *script.Step) {
			assert.False(t, step.Has("cancel_after") || step.Has("deadline"),
				"%s: a program whose step is canceled is killed and owes nothing", s.ID)
		})
	}
}

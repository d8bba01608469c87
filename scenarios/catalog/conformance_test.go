package catalog_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/scenarios/catalog"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// This file holds what each drill must say about itself: a name in one line, why it matters, how
// much a client owes, and who says so.

// publicSource matches what a client can be held against: a section of an RFC, a page of a vendor's
// documentation, or a public report.
var publicSource = regexp.MustCompile(`RFC \d+ section \d` +
	`|^(Amazon|AWS) [\w' -]+, ["\w]` +
	`|[\w.-]+/[\w.-]+#\d+` +
	`|^googleapis/storage-testbench, `)

func TestEachDrillStatesItsLevelAndSource(t *testing.T) {
	for _, e := range catalog.All() {
		s, err := e.Scenario()
		require.NoError(t, err)
		c := s.Conformance
		if !assert.NotNil(t, c, "%s has no conformance block", e.ID) {
			continue
		}
		assert.NotContains(t, s.Name, "\n", e.ID)
		assert.GreaterOrEqual(t, len(strings.Fields(s.Description)), 8, "%s: the description must say why", e.ID)
		assert.GreaterOrEqual(t, len(strings.Fields(c.Source)), 2, "%s: the source must say what it states", e.ID)
		if c.Level != script.Own {
			assert.Regexp(t, publicSource, c.Source, "%s holds other clients against a source that is not public", e.ID)
		}
	}
}

// A client that only this project can configure is no measure of another.
func TestADrillForOtherClientsNeedsNoneOfItsOwn(t *testing.T) {
	for _, e := range catalog.All() {
		s, err := e.Scenario()
		require.NoError(t, err)
		if s.Conformance == nil || s.Conformance.Level == script.Own {
			continue
		}
		assert.Nil(t, s.Client.Run, "%s has a program of its own", e.ID)
		assert.Nil(t, s.Client.Careless, "%s tests the oracle", e.ID)
		assert.Empty(t, s.Expect.Violates, "%s shows a flaw of its own client", e.ID)
		s.EachStep(func(step *script.Step) {
			assert.False(t, step.Has("cancel_after") || step.Has("deadline"),
				"%s: a program whose step is canceled is killed and owes nothing", e.ID)
		})
	}
}

package catalog_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/scenarios/catalog"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

func TestCatalogIsSound(t *testing.T) {
	entries := catalog.All()
	require.NotEmpty(t, entries)
	assert.True(t, slices.IsSortedFunc(entries, func(a, b catalog.Entry) int { return strings.Compare(a.ID, b.ID) }))
	names := map[string]string{}
	files, err := readAll()
	require.NoError(t, err)
	for i, cases := range files {
		e := entries[i]
		for _, s := range cases {
			if s.Case.Name == "" {
				assert.Equal(t, e.ID, s.ID)
			} else {
				assert.Equal(t, e.ID+"@"+s.Case.Name, s.ID)
			}
			assert.NotEmpty(t, s.Description, "%s must say why it matters", s.ID)
			assert.NotEmpty(t, s.Tags, "%s has no tag to choose it by", s.ID)
			expects := s.Has("expect")
			s.EachStep(func(step *script.Step) { expects = expects || step.Has("expect") })
			assert.True(t, expects, "%s expects nothing", s.ID)
			assert.Empty(t, names[s.Name], "%s has the name of another", s.ID)
			names[s.Name] = s.ID
		}
	}
}

func TestFind(t *testing.T) {
	e, err := catalog.Find("retry/503-twice")
	require.NoError(t, err)
	assert.Equal(t, "retry/503-twice", e.ID)

	for id, want := range map[string]string{
		"retry/503-twise": "there is no scenario \"retry/503-twise\"\n  hint: did you mean \"retry/503-twice\"?",
		"503-twice":       "there is no scenario \"503-twice\"\n  hint: did you mean \"retry/503-twice\"?",
		"nothing/like/it": "there is no scenario \"nothing/like/it\"\n  hint: chaos list shows them all",
	} {
		_, err := catalog.Find(id)
		var input *script.InputError
		require.ErrorAs(t, err, &input)
		assert.EqualError(t, err, want)
	}
}

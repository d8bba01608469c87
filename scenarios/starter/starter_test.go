package starter_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/scenarios"
	"github.com/s3chaos/s3chaos/scenarios/script"
	"github.com/s3chaos/s3chaos/scenarios/starter"
)

func TestEachStarterPassesAsItStands(t *testing.T) {
	list, err := starter.All()
	require.NoError(t, err)
	require.Len(t, list, 9)
	for _, s := range list {
		t.Run(s.Kind, func(t *testing.T) {
			require.True(t, strings.HasPrefix(string(s.Text), script.SchemaLine))
			require.Contains(t, string(s.Text), "#", "a starter has comments")
			drills, err := scenarios.ReadAll(s.Kind+".yaml", strings.NewReader(string(s.Text)))
			require.NoError(t, err)
			require.Equal(t, drills[0].FamilyName(), s.Name)
			for _, drill := range drills {
				require.Empty(t, drill.Warnings)
				r := scenarios.Run(t.Context(), drill, scenarios.Options{})
				if r.Verdict == scenarios.Skip {
					require.Contains(t, r.Reasons[0].Got, "curl")
					continue
				}
				require.Equal(t, scenarios.Pass, r.Verdict, "%s: %v", drill.ID, r.Reasons)
			}
		})
	}
}

func TestUnknownKindNamesTheNearest(t *testing.T) {
	_, err := starter.Find("downloadd")
	require.EqualError(t, err, `there is no starter "downloadd": want one of copy, delete, download, family, list, `+
		"multipart, program, stream, upload\n  hint: did you mean download?")
	found, err := starter.Find("copy")
	require.NoError(t, err)
	require.Equal(t, "copy", found.Kind)
}

package script_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/faultproxy"
)

func TestMatchReadsOperationListAndBucketPattern(t *testing.T) {
	s := parse(t, minimal+`faults:
  - {match: {operation: [GetObject, HeadObject], bucket: "d*"}, timeout: {}}
  - {match: {operation: [GetObject]}, timeout: {}}
  - {match: {operation: GetObject, bucket: "*"}, timeout: {}}
`)
	both := []string{"GetObject", "HeadObject"}
	require.Equal(t, faultproxy.Match{Operations: both, Bucket: "d*"}, s.Faults[0].Rule.Match)
	require.Equal(t, faultproxy.Match{Operations: []string{"GetObject"}}, s.Faults[1].Rule.Match)
	require.Equal(t, faultproxy.Match{Operation: "GetObject", Bucket: "*"}, s.Faults[2].Rule.Match)
	for i, rule := range s.Rules() {
		back, err := faultproxy.ParseRule(rule.String())
		require.NoError(t, err)
		require.Equal(t, s.Faults[i].Rule, back, "what the file says is what the rule prints")
	}
}

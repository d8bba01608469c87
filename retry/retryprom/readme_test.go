package retryprom_test

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/retry"
	"github.com/s3chaos/s3chaos/retry/retryprom"
)

func TestTheReadmeNamesEachMetric(t *testing.T) {
	readme, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	require.NoError(t, err)
	descriptions := make(chan *prometheus.Desc, 100)
	retryprom.New(retryprom.Options{Budget: &retry.Budget{}, Breaker: &retry.Breaker{}}).Describe(descriptions)
	close(descriptions)
	names := map[string]bool{}
	for d := range descriptions {
		names[regexp.MustCompile(`fqName: "([^"]+)"`).FindStringSubmatch(d.String())[1]] = true
	}
	require.GreaterOrEqual(t, len(names), 9)
	for name := range names {
		require.Contains(t, string(readme), "`"+name)
	}
}

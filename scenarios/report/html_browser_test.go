package report_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/internal/browsertest"
	"github.com/s3chaos/s3chaos/scenarios"
	"github.com/s3chaos/s3chaos/scenarios/report"
)

// TestHTMLInBrowser uses a page in Chromium as a reader does: see testdata/page.mjs.
func TestHTMLInBrowser(t *testing.T) {
	pictures := t.ArtifactDir()
	file := filepath.Join(pictures, "report.html")
	cmd := browsertest.Command(t, "testdata/page.mjs", file, pictures)
	list := results()
	lo, hi := 80*ms, 120*ms
	list[0].Groups[0].Attempts[1].Allowed = &scenarios.Window{Min: lo, Max: &hi}
	list[0].Groups[0].Attempts[2].Allowed = &scenarios.Window{Min: 2 * lo}
	for _, r := range hostileResults() {
		r.Client = strings.Repeat("long", 20) + r.Client
		list = append(list, r)
	}
	page := written(t, "html", report.Options{Version: "v1.2.3"}, slices.Concat(played(t), list))
	require.NoError(t, os.WriteFile(file, page, 0o600))
	out, err := cmd.CombinedOutput()
	t.Logf("%s", out)
	require.NoError(t, err)
}

package report_test

import (
	"cmp"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/scenarios"
	"github.com/s3chaos/s3chaos/scenarios/report"
)

// TestHTMLInBrowser uses a page in Chromium as a reader does: see testdata/page.mjs.
func TestHTMLInBrowser(t *testing.T) {
	modules := os.Getenv("S3CHAOS_REPORT_BROWSER")
	if modules == "" {
		t.Skip("takes a browser and half a minute: make report-browser runs it")
	}
	var programs [2]string
	for i, name := range []string{"node", cmp.Or(os.Getenv("CHROMIUM"), "chromium")} {
		var err error
		if programs[i], err = exec.LookPath(name); err != nil {
			t.Skip("no browser to open it in: ", err)
		}
	}
	list := results()
	lo, hi := 80*ms, 120*ms
	list[0].Groups[0].Attempts[1].Allowed = &scenarios.Window{Min: lo, Max: &hi}
	list[0].Groups[0].Attempts[2].Allowed = &scenarios.Window{Min: 2 * lo}
	for _, r := range hostileResults() {
		r.Client = strings.Repeat("long", 20) + r.Client
		list = append(list, r)
	}
	pictures := t.ArtifactDir()
	file := filepath.Join(pictures, "report.html")
	page := written(t, "html", report.Options{Version: "v1.2.3"}, slices.Concat(played(t), list))
	require.NoError(t, os.WriteFile(file, page, 0o600))
	cmd := exec.CommandContext(t.Context(), programs[0], "testdata/page.mjs", modules, programs[1], file, pictures)
	out, err := cmd.CombinedOutput()
	t.Logf("%s", out)
	require.NoError(t, err)
}

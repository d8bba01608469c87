package guide

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/retry"
	"github.com/s3chaos/s3chaos/retry/retryprom"
)

var update = flag.Bool("update", false, "write the guide's generated parts anew")

const (
	guidePath = "../../GUIDE.md"
	plotsPath = "../../plots"
)

// TestGuideIsUpToDate makes every generated section again.
func TestGuideIsUpToDate(t *testing.T) {
	content, err := os.ReadFile(guidePath)
	require.NoError(t, err)
	want, err := fill(string(content), generated(t, string(content)))
	require.NoError(t, err)
	compare(t, guidePath, want)
}

func TestPlotsAreUpToDate(t *testing.T) {
	for _, jitter := range jitters {
		compare(t, filepath.Join(plotsPath, jitter.String()+".svg"), plot(jitter))
	}
	herds := stampedes(t)
	compare(t, filepath.Join(plotsPath, "stampede.svg"), herdPlot(herds))
}

// compare fails unless the file says want, or writes it when asked to.
func compare(t *testing.T, path, want string) {
	t.Helper()
	if *update {
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(want), 0o644))
		return
	}
	got, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, want, string(got), "%s is out of date: make docs", path)
}

// generated says what stands in each section.
func generated(t *testing.T, present string) func(name string) (string, error) {
	t.Helper()
	source, err := readSource("examples_test.go", "../../example_test.go", "../../example_clients_test.go")
	require.NoError(t, err)
	logs := t.TempDir()
	writeLogs(t, logs)
	return func(name string) (string, error) {
		kind, rest, _ := strings.Cut(name, " ")
		switch kind {
		case "code":
			return source.show(strings.Fields(rest)...)
		case "shell":
			if tool := missingTool(rest); tool != "" {
				t.Logf("recipe %s not run: no %s here", rest, tool)
				return sectionText(present, name), nil
			}
			return recipe(logs, rest)
		case "log":
			lines, err := os.ReadFile(filepath.Join(logs, rest))
			return fenced("text", firstLines(string(lines), 5)), err
		case "worked":
			return worked(), nil
		case "bounds":
			return bounds(), nil
		case "statuses":
			return statuses(), nil
		case "kinds":
			return kinds(), nil
		case "texts":
			return texts(), nil
		case "codes":
			data, err := os.ReadFile("../../../testdata/vectors/s3_errors.tsv")
			if err != nil {
				return "", err
			}
			votes, err := clientVotes(string(data))
			return codes(votes), err
		case "stampede":
			return herdTable(stampedes(t)), nil
		case "contention":
			return contentionTable(contentions(t)), nil
		case "overload":
			return overloadTable(overloads(t)), nil
		case "metrics":
			return metrics()
		}
		return "", errors.New("no generator")
	}
}

func sectionText(document, name string) string {
	for _, parts := range marker.FindAllStringSubmatch(document, -1) {
		if parts[2] == name {
			return parts[3]
		}
	}
	return ""
}

func firstLines(text string, n int) string {
	lines := strings.SplitAfterN(text, "\n", n+1)
	return strings.Join(lines[:min(n, len(lines))], "")
}

// stampedes lets a herd run with each jitter.
func stampedes(t *testing.T) map[retry.Jitter]herd {
	t.Helper()
	herds := map[retry.Jitter]herd{}
	for _, jitter := range jitters {
		synctest.Test(t, func(t *testing.T) {
			h, err := stampede(jitter)
			require.NoError(t, err)
			herds[jitter] = h
		})
	}
	return herds
}

// overloads tries every defence.
func overloads(t *testing.T) []outcome {
	t.Helper()
	var outcomes []outcome
	for _, d := range defences {
		synctest.Test(t, func(t *testing.T) {
			config, err := d.config()
			require.NoError(t, err)
			o, err := overload(config)
			require.NoError(t, err)
			outcomes = append(outcomes, o)
		})
	}
	return outcomes
}

// metrics asks the observer what it exports.
func metrics() (string, error) {
	budget, err := retry.NewBudget(retry.BudgetConfig{})
	if err != nil {
		return "", err
	}
	observer := retryprom.New(retryprom.Options{Budget: budget, Breaker: &retry.Breaker{}})
	descriptions := make(chan *prometheus.Desc, 64)
	observer.Describe(descriptions)
	close(descriptions)
	rows := [][]string{{"metric", "labels", "what it says"}}
	for d := range descriptions {
		parts := described.FindStringSubmatch(d.String())
		if parts == nil {
			return "", errors.New("cannot read " + d.String())
		}
		rows = append(rows, []string{"`" + parts[1] + "`", strings.ReplaceAll(parts[3], ",", " "), parts[2]})
	}
	return table(rows), nil
}

// described is how client_golang prints a description.
var described = regexp.MustCompile(`fqName: "([^"]*)", help: "([^"]*)".*variableLabels: \{([^}]*)\}`)

// TestGuideNamesWhatExists: every name of the engine's packages in the guide is one.
func TestGuideNamesWhatExists(t *testing.T) {
	known := exported(t, map[string]string{
		"retry": "../..", "retryhttp": "../../retryhttp", "retryprom": "../../retryprom",
		"s3client": "../../../s3client",
	})
	require.Contains(t, known, "retry.Config.MaxAttempts")
	content, err := os.ReadFile(guidePath)
	require.NoError(t, err)
	names := regexp.MustCompile(`\b(retry|retryhttp|retryprom|s3client)\.([A-Z]\w*)(?:\.([A-Z]\w*))?`).FindAllString(
		string(content), -1)
	require.Greater(t, len(names), 50)
	for _, name := range names {
		assert.Contains(t, known, name, "GUIDE.md names it")
	}
}

// TestGuideNamesWhatTheMetricsAre: every retry_… in the guide is exported.
func TestGuideNamesWhatTheMetricsAre(t *testing.T) {
	exports, err := metrics()
	require.NoError(t, err)
	content, err := os.ReadFile(guidePath)
	require.NoError(t, err)
	names := regexp.MustCompile(`\bretry_[a-z_]+`).FindAllString(string(content), -1)
	require.Greater(t, len(names), 15)
	for _, name := range names {
		name = strings.TrimSuffix(strings.TrimSuffix(strings.TrimSuffix(name, "_bucket"), "_sum"), "_count")
		assert.Contains(t, exports, "`"+name+"`", "GUIDE.md names it")
	}
}

// TestGuideLinksResolve: files and headings that the guide points to are there.
func TestGuideLinksResolve(t *testing.T) {
	content, err := os.ReadFile(guidePath)
	require.NoError(t, err)
	headings := map[string]bool{}
	for _, h := range regexp.MustCompile(`(?m)^#+ (.*)$`).FindAllStringSubmatch(string(content), -1) {
		anchor := regexp.MustCompile(`[^a-z0-9 -]`).ReplaceAllString(strings.ToLower(h[1]), "")
		headings["#"+strings.ReplaceAll(anchor, " ", "-")] = true
	}
	links := regexp.MustCompile(`\]\(([^)]+)\)`).FindAllStringSubmatch(string(content), -1)
	require.Greater(t, len(links), 10)
	for _, link := range links {
		switch {
		case strings.HasPrefix(link[1], "http"):
		case strings.HasPrefix(link[1], "#"):
			assert.True(t, headings[link[1]], "no heading for %s", link[1])
		default:
			_, err := os.Stat(filepath.Join(filepath.Dir(guidePath), link[1]))
			assert.NoError(t, err)
		}
	}
}

func TestFillRefusesWhatItDoesNotKnow(t *testing.T) {
	known := func(name string) (string, error) {
		if name != "a" {
			return "", errors.New("no generator")
		}
		return "new\n", nil
	}
	got, err := fill("x\n<!-- generated: a -->\nold\n<!-- /generated -->\ny\n", known)
	require.NoError(t, err)
	assert.Equal(t, "x\n<!-- generated: a -->\nnew\n<!-- /generated -->\ny\n", got)
	_, err = fill("<!-- generated: b -->\n<!-- /generated -->\n", known)
	require.ErrorContains(t, err, `section "b": no generator`)
	_, err = fill("<!-- generated: a -->\n", known)
	require.ErrorContains(t, err, "1 sections are opened, 0 closed")
}

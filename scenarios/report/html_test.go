package report_test

import (
	"bytes"
	"fmt"
	"html"
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/scenarios"
	"github.com/s3chaos/s3chaos/scenarios/report"
)

// hostile is a text that leaves its place in a page that does not escape it.
const hostile = `</script></style><script>alert(1)</script><img src=x onerror=alert(1)>"'` + "`\u202e"

func hostileResults() []*scenarios.Result {
	list := results()
	for _, r := range list {
		r.Name, r.File, r.Client, r.Replay = hostile, hostile, hostile, hostile
		r.ClientVersion, r.Stdout, r.Stderr, r.Level = hostile, hostile, hostile, "must"
		r.ID += hostile
		for i := range r.Reasons {
			reason := &r.Reasons[i]
			reason.Kind, reason.Expected, reason.Got, reason.Evidence = hostile, hostile, hostile, []string{hostile}
		}
		for i := range r.Groups {
			r.Groups[i].Key = hostile
			for _, a := range r.Groups[i].Attempts {
				a.Records[0].Fault, a.Records[0].ErrorCode, a.Records[0].Ended = hostile, hostile, hostile
			}
		}
		r.Quoted = []scenarios.QuotedLine{{Line: 21, Text: hostile}}
		r.Events = []scenarios.Event{{Text: hostile}}
	}
	return list
}

var (
	element   = regexp.MustCompile(`<([a-zA-Z0-9]+)((?: [a-zA-Z0-9-]+(?:="[^"]*")?)*)/?>`)
	attribute = regexp.MustCompile(`([a-z0-9-]+)="([^"]*)"`)
	closing   = regexp.MustCompile(`</[a-zA-Z0-9]+>`)
	embedded  = regexp.MustCompile(`(?s)(<(?:script|style)>).*?(</)`)
)

// walk calls each with every element of a page. It fails if there is a `<` that starts no element.
func walk(t *testing.T, page []byte, each func(name string, attributes map[string]string)) {
	t.Helper()
	page = embedded.ReplaceAll(page, []byte("$1$2"))
	elements := element.FindAllSubmatch(page, -1)
	require.Equal(t, bytes.Count(page, []byte("<")), len(elements)+len(closing.FindAll(page, -1))+1, "and the doctype")
	for _, e := range elements {
		attributes := map[string]string{}
		for _, a := range attribute.FindAllSubmatch(e[2], -1) {
			attributes[string(a[1])] = html.UnescapeString(string(a[2]))
		}
		each(string(e[1]), attributes)
	}
}

func TestHTMLEscapesEveryText(t *testing.T) {
	page := written(t, "html", report.Options{Version: hostile, Host: hostile}, hostileResults())
	require.NotContains(t, string(page), "\u202e", "a character that turns the direction of text")
	scripts := 0
	walk(t, page, func(element string, attributes map[string]string) {
		require.NotEqual(t, "img", element)
		for name := range attributes {
			require.False(t, strings.HasPrefix(name, "on"), "%s %s", element, name)
		}
		if element == "script" {
			scripts++
		}
	})
	require.Equal(t, 1, scripts, "the page's own")
}

func TestHTMLNeedsNoOtherFile(t *testing.T) {
	page := written(t, "html", report.Options{}, results())
	walk(t, page, func(_ string, attributes map[string]string) {
		require.Empty(t, attributes["src"])
		if href := attributes["href"]; href != "" && href != "data:," {
			require.True(t, strings.HasPrefix(href, "#"), href)
		}
	})
	require.NotContains(t, string(page), "@import")
	require.NotContains(t, string(page), "url(")
}

func TestHTMLLinksLeadToPanelsAndBack(t *testing.T) {
	list := results()
	again := *list[1]
	again.Seed = 8
	page := written(t, "html", report.Options{}, append(list, &again))
	ids, links := map[string]bool{}, []string{}
	walk(t, page, func(element string, attributes map[string]string) {
		if id := attributes["id"]; id != "" {
			require.False(t, ids[id], "two elements have the id %s", id)
			require.NotContains(t, id, " ")
			ids[id] = true
		}
		if href := strings.TrimPrefix(attributes["href"], "#"); element == "a" {
			links = append(links, href)
		}
	})
	require.Greater(t, len(links), 15)
	for _, link := range links {
		require.True(t, ids[link], link)
	}
	for _, id := range []string{"retry/503-twice", "retry/503-twice~builtin", "drills/own__one~builtin~8"} {
		require.True(t, ids[id], "%s: %v", id, ids)
	}
	require.Contains(t, string(page), `aria-label="fail: drills/own, one with builtin, 0 of 2 passed"`)
}

func TestHTMLShowsExpectationsAndTimes(t *testing.T) {
	list := results()[:2]
	hi := 120 * ms
	list[0].Groups[0].Attempts[1].Allowed = &scenarios.Window{Min: 80 * ms, Max: &hi}
	list[1].Quoted = []scenarios.QuotedLine{{Line: 20, Text: "expect:"}, {Line: 21, Text: "  attempts: 2"}}
	page := string(written(t, "html", report.Options{
		Version: "v1", Host: "h", Started: time.Date(2026, 11, 29, 1, 2, 0, 0, time.UTC),
	}, list))
	for _, want := range []string{
		"1 of 2 drills failed", "2026-11-29 01:02 UTC", "<dt>seed</dt><dd>7</dd>", "<dt>chaos</dt><dd>v1</dd>",
		`<li class="miss" value="21"><code>  attempts: 2</code><p class="got"><b>attempts</b> expected <em>2</em>, got <em>3</em>`,
		"302ms → 303ms  GetObject demo/a.bin  200", "allowed 80ms to 120ms", `<rect class="window" x="26.73%"`,
		`<path class="hit"`, ">2 · 101ms</text>", "chaos run retry/503-twice --seed 7", "lost-write",
	} {
		require.Contains(t, page, want)
	}
}

func TestHTMLOfAThousandDrillsIsSmall(t *testing.T) {
	for name, list := range map[string][]*scenarios.Result{"played": played(t), "all fail": results()[1:2]} {
		var many []*scenarios.Result
		for i := range 1000 {
			r := *list[i%len(list)]
			r.ID, r.Seed = fmt.Sprintf("folder-%d/%d", i%20, i), uint64(i)
			r.Stderr = strings.Repeat("a line of the program's output\n", 500)
			many = append(many, &r)
		}
		page := written(t, "html", report.Options{}, many)
		require.Less(t, len(page), 5_000_000, name)
		require.Equal(t, 1000, bytes.Count(page, []byte(`<article class="drill`)), name)
	}
}

// The words of every colour are readable on every ground that they stand on: WCAG 2.2, 1.4.3.
func TestColoursOfThePageHaveContrast(t *testing.T) {
	page := string(written(t, "html", report.Options{}, nil))
	themes := regexp.MustCompile(`(?s):root \{(.*?)\}`).FindAllStringSubmatch(page, -1)
	require.Len(t, themes, 2, "light and dark")
	for i, theme := range themes {
		colours := map[string]float64{}
		for _, m := range regexp.MustCompile(`--([a-z-]+): #([0-9a-f]{6})`).FindAllStringSubmatch(theme[1], -1) {
			colours[m[1]] = luminance(t, m[2])
		}
		require.Len(t, colours, 17)
		pairs := map[string][]string{"code": {"ink", "soft", "pass", "fail", "vacuous"}}
		for _, ground := range []string{"paper", "panel"} {
			pairs[ground] = []string{"ink", "soft", "link", "pass", "fail", "error", "vacuous", "skip"}
		}
		for _, word := range []string{"pass", "fail", "error", "vacuous", "skip"} {
			pairs[word+"-bg"] = []string{word}
		}
		for ground, words := range pairs {
			for _, word := range words {
				hi, lo := max(colours[word], colours[ground]), min(colours[word], colours[ground])
				require.GreaterOrEqual(t, (hi+0.05)/(lo+0.05), 4.5, "theme %d: %s on %s", i, word, ground)
			}
		}
	}
}

// luminance returns the relative luminance of a colour as WCAG defines it.
func luminance(t *testing.T, hex string) float64 {
	sum := 0.0
	for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
		n, err := strconv.ParseUint(hex[2*i:2*i+2], 16, 8)
		require.NoError(t, err)
		c := float64(n) / 255
		if c <= 0.04045 {
			c /= 12.92
		} else {
			c = math.Pow((c+0.055)/1.055, 2.4)
		}
		sum += weight * c
	}
	return sum
}

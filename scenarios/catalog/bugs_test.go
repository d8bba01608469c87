package catalog_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/scenarios/catalog"
)

// This file holds the catalog against a list of bugs of real S3 clients.

// drillsOf names the drills that a client with the bug fails, by the bug's name in bugs.tsv.
var drillsOf = map[string][]string{
	"unseekable body retried or not":                   {"stream/cannot-seek"},
	"200 OK with <Error> body":                         {"multipart/complete-200-with-error"},
	"200 OK with empty or preamble-only body":          {"multipart/complete-200-and-nothing"},
	"ambiguous commit + If-None-Match":                 {"ambiguous/conditional-put-answer-lost"},
	"409 ConditionalRequestConflict should be retried": {"conditional/409-conflict"},
	"orphan multipart parts":                           {"multipart/no-orphans", "multipart/canceled-no-orphans"},
	"late part lands after Abort":                      {"multipart/part-after-the-abort"},
	"object changes during resumed/ranged download":    {"resume/object-changed-midway"},
	"short body undetected":                            {"truncate/with-length"},
	"connection reset / closed pooled connection":      {"reset/every-phase", "pool/dead-pool"},
	"ctx cancellation vs retry":                        {"deadline/cancel"},
	"useless sleep after last attempt":                 {"retry/exhausted"},
	"Expect: 100-continue":                             {"continue/withheld"},
	"clock skew":                                       {"clock/corrected-and-back", "clock/refused-head"},
	"checksum trailer on retry":                        {"corrupt/checksum-on-a-retry"},
	"nested retry amplification":                       {"storm/one-loop"},
	"SlowDown not retried / too-fast backoff":          {"hint/503-slow-down"},
}

// reference matches an issue of a repository in bugs.tsv.
var reference = regexp.MustCompile(`[\w-]+/([\w.-]+)((?:[#,]+\d+)+)`)

func TestEachKnownBugHasADrillThatNamesItsSource(t *testing.T) {
	table, err := os.ReadFile("../../testdata/vectors/bugs.tsv")
	require.NoError(t, err)
	rows := strings.Split(strings.TrimSpace(string(table)), "\n")[1:]
	require.Len(t, rows, len(drillsOf))
	for _, row := range rows {
		fields := strings.Split(row, "\t")
		require.Len(t, fields, 3, row)
		ids := drillsOf[fields[0]]
		require.NotEmpty(t, ids, "%s has no drill", fields[0])
		var why strings.Builder
		for _, id := range ids {
			entry, err := catalog.Find(id)
			require.NoError(t, err, "%s", fields[0])
			s, err := entry.Scenario()
			require.NoError(t, err)
			why.WriteString(s.Description)
		}
		require.True(t, namesSource(why.String(), fields[1]), "%s: %v name none of %s", fields[0], ids, fields[1])
	}
}

// namesSource reports whether text names one of the issues in refs, as "repository #number".
func namesSource(text, refs string) bool {
	text = strings.ToLower(strings.Join(strings.Fields(text), " "))
	for _, match := range reference.FindAllStringSubmatch(refs, -1) {
		for number := range strings.FieldsFuncSeq(match[2], func(r rune) bool { return r == '#' || r == ',' }) {
			if strings.Contains(text, strings.ToLower(match[1])+" #"+number) {
				return true
			}
		}
	}
	return false
}

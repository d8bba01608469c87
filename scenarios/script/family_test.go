package script_test

import (
	"crypto/sha256"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/faultproxy"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

const family = `version: 1
name: a family
seed: 9
matrix:
  fault:
    slow-down: {respond: {status: 503, code: SlowDown}}
    silence: {timeout: {}}
  call:
    get: {operation: GetObject, step: {download: {bucket: demo, key: "${workdir}"}}, attempts: 3}
    head: {operation: HeadObject, step: {exists: {bucket: demo, key: "$${call}"}}, attempts: 2}
  size: [1, 4]
  exclude:
    - {fault: silence, call: head}
    - {call: get, size: [4]}
client: {builtin: {}}
objects:
  - {bucket: demo, key: "${size}.bin", size: "${size}KiB"}
steps:
  - ${call.step}
faults:
  - match: {operation: "${call.operation}"}
    times: 1
    <<: ${fault}
expect:
  attempts: ${call.attempts}
`

func familyOf(t *testing.T) []*script.Scenario {
	t.Helper()
	all, err := script.ParseAll("drills/f.yaml", []byte(family))
	require.NoError(t, err)
	return all
}

func TestFamilyHasOneScenarioForEachCase(t *testing.T) {
	var ids []string
	for i, s := range familyOf(t) {
		ids = append(ids, s.ID)
		assert.Equal(t, script.Case{Name: s.Case.Name, Words: s.Case.Words, Number: i + 1, Of: 4},
			script.Case{Name: s.Case.Name, Words: s.Case.Words, Number: s.Case.Number, Of: s.Case.Of})
		assert.Equal(t, "drills/f.yaml", s.File)
		assert.Equal(t, "drills/f", s.Family())
		assert.Equal(t, "a family", s.FamilyName())
	}
	assert.Equal(t, []string{
		"drills/f@slow-down.get.1", "drills/f@slow-down.head.1", "drills/f@slow-down.head.4", "drills/f@silence.get.1",
	}, ids, "the last axis changes first")
}

func TestCaseHasTheValuesOfItsWords(t *testing.T) {
	all := familyOf(t)
	get, head := all[0], all[2]
	assert.Equal(t, "a family (slow-down, get, 1)", get.Name)
	assert.Equal(t, script.Size(1<<10), get.Objects[0].Size)
	assert.Equal(t, "1.bin", get.Objects[0].Key)
	assert.Equal(t, "GetObject", get.Faults[0].Rule.Match.Operation)
	assert.Equal(t, faultproxy.Respond(503, "SlowDown"), get.Faults[0].Rule.Fault)
	assert.True(t, get.Expect.Attempts[0].Contains(3))
	assert.Equal(t, "${workdir}", get.Steps[0].Download.Key, "the placeholders of every file stay")

	assert.Equal(t, script.Size(4<<10), head.Objects[0].Size)
	assert.Equal(t, "$${call}", head.Steps[0].Exists.Key, "an escaped placeholder stays")
	assert.True(t, head.Expect.Attempts[0].Contains(2))
	assert.Equal(t, "timeout", all[3].Faults[0].Rule.Fault.Kind())
}

// A failed expectation names the line of the family's file.
func TestCaseKeepsThePlacesOfTheFile(t *testing.T) {
	get := familyOf(t)[0]
	assert.Equal(t, 25, get.Expect.At("attempts").Line)
	assert.Equal(t, 9, get.Steps[0].Line, "the step stands in the matrix")
	assert.Equal(t, 21, get.Faults[0].Line)
}

func TestSeedOfACaseComesFromTheFileAndItsName(t *testing.T) {
	for _, s := range familyOf(t) {
		sum := sha256.Sum256([]byte("9@" + s.Case.Name))
		want, err := strconv.ParseUint(fmt.Sprintf("%x", sum)[:8], 16, 64)
		require.NoError(t, err)
		assert.Equal(t, want, s.Seed)
	}
}

func TestPlainCaseIsTheSameScenario(t *testing.T) {
	for _, s := range familyOf(t) {
		text, err := s.Plain()
		require.NoError(t, err)
		plain, err := script.Parse("plain.yaml", text)
		require.NoError(t, err, "%s", text)
		assert.Equal(t, s.Name, plain.Name)
		assert.Equal(t, s.Seed, plain.Seed)
		assert.Equal(t, s.Objects[0].Key, plain.Objects[0].Key)
		assert.Equal(t, s.Steps[0].Label(), plain.Steps[0].Label())
		assert.Equal(t, s.Faults[0].Rule.String(), plain.Faults[0].Rule.String())
		assert.Equal(t, s.Expect.Attempts[0].String(), plain.Expect.Attempts[0].String())
		assert.Empty(t, plain.Case.Name)
	}
	one := parse(t, minimal)
	text, err := one.Plain()
	require.NoError(t, err)
	assert.Equal(t, minimal, string(text))
}

func TestMistakeOfSomeCasesNamesOne(t *testing.T) {
	_, err := script.ParseAll("f.yaml", []byte(strings.Replace(family, "timeout: {}", "timeout: soon", 1)))
	require.ErrorContains(t, err, "f.yaml:7:24: ")
	require.ErrorContains(t, err, "(case silence.get.1)")
	_, err = script.ParseAll("f.yaml", []byte(strings.Replace(family, "  times: 1", "  tims: 1", 1)))
	require.Equal(t, 1, strings.Count(err.Error(), "tims\""), "a mistake of all cases stands there once: %v", err)
}

func TestParseRefusesAFamily(t *testing.T) {
	_, err := script.Parse("f.yaml", []byte(family))
	require.ErrorContains(t, err, "f.yaml:5:3: matrix: want one scenario, got a family of 4 cases")
	require.ErrorContains(t, err, "hint: name a case, as in f.yaml@slow-down.get.1")
}

func TestValuesCannotBlowUpACase(t *testing.T) {
	big := "version: 1\nname: a family\nmatrix:\n  text: {big: " + strings.Repeat("x", 1<<19) +
		"}\nclient: {builtin: {}}\ntags: [" + strings.Repeat("\"${text}\", ", 50) + "]\n"
	_, err := script.ParseAll("f.yaml", []byte(big))
	require.ErrorContains(t, err, "the values of the matrix make the case larger than 1MiB")
}

package suite_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/scenarios"
	"github.com/s3chaos/s3chaos/scenarios/script"
	"github.com/s3chaos/s3chaos/scenarios/suite"
)

func scenario(id string, tags ...string) *script.Scenario {
	return &script.Scenario{ID: id, Source: []byte(id), Tags: tags, Seed: 1}
}

func ofThree() *suite.Suite {
	return &suite.Suite{
		Scenarios: []*script.Scenario{scenario("a"), scenario("b"), scenario("c")},
		Clients:   []string{"builtin", "sdk"},
		Seeds:     suite.Seeds{First: 5, Last: 6},
	}
}

// played lists the drills of a shard as "number client scenario seed".
func played(s *suite.Suite, shard suite.Shard) []string {
	var list []string
	for _, part := range s.Parts(shard) {
		for i := range part.Len {
			d := part.Drill(i)
			list = append(list, fmt.Sprintf("%02d %s %s %d", part.Number(i), part.Client, d.Scenario.ID, *d.Seed))
		}
	}
	return list
}

func TestASuiteIsScenariosTimesClientsTimesSeeds(t *testing.T) {
	require.Equal(t, []string{
		"00 builtin a 5", "01 builtin a 6", "02 builtin b 5", "03 builtin b 6", "04 builtin c 5", "05 builtin c 6",
		"06 sdk a 5", "07 sdk a 6", "08 sdk b 5", "09 sdk b 6", "10 sdk c 5", "11 sdk c 6",
	}, played(ofThree(), suite.Shard{}))
	require.Equal(t, 12, ofThree().Len())
}

func TestShardsTogetherAreTheSuite(t *testing.T) {
	some := ofThree()
	some.Keep(func(client string, d scenarios.Drill) bool { return d.Scenario.ID != "b" || client == "sdk" })
	for name, s := range map[string]*suite.Suite{"all": ofThree(), "some": some, "none": {Clients: []string{"sdk"}}} {
		for of := 1; of <= 15; of++ {
			var together []string
			for i := 1; i <= of; i++ {
				own := played(s, suite.Shard{Index: i, Of: of})
				require.LessOrEqual(t, len(own), s.Len()/of+1, "%s: the shards have the same size", name)
				together = append(together, own...)
			}
			slices.Sort(together)
			require.Equal(t, played(s, suite.Shard{}), together, "%s in %d shards", name, of)
		}
	}
	require.Equal(t, "04 sdk a 5", played(some, suite.Shard{})[4], "numbers have no gap")
}

func TestADigestTellsSuitesApart(t *testing.T) {
	digests := map[string]string{}
	for name, s := range map[string]func(s *suite.Suite){
		"same":     func(*suite.Suite) {},
		"text":     func(s *suite.Suite) { s.Scenarios[0].Source = []byte("other") },
		"scenario": func(s *suite.Suite) { s.Scenarios = s.Scenarios[1:] },
		"client":   func(s *suite.Suite) { s.Clients = s.Clients[:1] },
		"seeds":    func(s *suite.Suite) { s.Seeds.Last++ },
		"only":     func(s *suite.Suite) { s.Only = []int{1} },
	} {
		one := ofThree()
		s(one)
		digests[one.Digest()] = name
	}
	digests[ofThree().Digest("--timeout 5s")] = "timeout"
	require.Len(t, digests, 7)
	require.Equal(t, ofThree().Digest(), ofThree().Digest())
}

func TestSeedsAreReadAndWritten(t *testing.T) {
	for text, want := range map[string]suite.Seeds{"1..100": {First: 1, Last: 100}, "7": {First: 7, Last: 7}} {
		got, err := suite.ParseSeeds(text)
		require.NoError(t, err)
		require.Equal(t, want, got)
		require.Equal(t, want.First, got.At(0))
		require.Equal(t, want.Last, got.At(got.Count()-1))
	}
	for text, want := range map[string]string{
		"":                         `"": want A..B with whole numbers from 1, as in 1..100`,
		"1..":                      `"1..": want A..B`,
		"0..4":                     `"0..4": want A..B`,
		"-1..4":                    `"-1..4": want A..B`,
		"9..4":                     `"9..4": the last seed is below the first`,
		"1..18446744073709551615":  `want at most 1073741824 seeds`,
		"1..99999999999999999999 ": `want A..B`,
	} {
		_, err := suite.ParseSeeds(text)
		require.ErrorContains(t, err, want)
	}
	require.Equal(t, "3, 4, 17, 20..25", suite.FormatSeeds([]uint64{17, 3, 4, 20, 21, 22, 23, 24, 25, 3}))
}

func TestAShardIsReadFromItsTextOrTheMachine(t *testing.T) {
	for _, c := range []struct {
		text string
		env  map[string]string
		want string
		err  string
	}{
		{text: "", want: ""},
		{text: "2/4", want: "2/4"},
		{text: "auto", env: map[string]string{"JOB_COMPLETION_INDEX": "0", "JOB_COMPLETIONS": "4"}, want: "1/4"},
		{text: "auto", env: map[string]string{"STRATEGY_JOB_INDEX": "3", "STRATEGY_JOB_TOTAL": "4"}, want: "4/4"},
		{text: "auto", env: map[string]string{"CI_NODE_INDEX": "3", "CI_NODE_TOTAL": "4"}, want: "3/4"},
		{text: "0/4", err: `"0/4": want i/n with 1 <= i <= n`},
		{text: "5/4", err: `"5/4": want i/n`},
		{text: "1", err: `"1": want i/n`},
		{text: "auto", err: "no variable says which shard this is"},
		{
			text: "auto", env: map[string]string{"JOB_COMPLETION_INDEX": "0"},
			err: "auto: JOB_COMPLETION_INDEX is set, but JOB_COMPLETIONS is not",
		},
		{
			text: "auto", env: map[string]string{"JOB_COMPLETION_INDEX": "4", "JOB_COMPLETIONS": "4"},
			err: `auto: JOB_COMPLETION_INDEX="4" and JOB_COMPLETIONS="4": want whole numbers, the index from 0`,
		},
	} {
		got, err := suite.ParseShard(c.text, func(name string) (string, bool) { v, ok := c.env[name]; return v, ok })
		if c.err != "" {
			require.ErrorContains(t, err, c.err)
			continue
		}
		require.NoError(t, err)
		require.Equal(t, c.want, got.String())
	}
}

func TestAFilterSelectsByTagAndLevel(t *testing.T) {
	must := scenario("must", "retry")
	must.Conformance = &script.Conformance{Level: script.Must}
	list := []*script.Scenario{scenario("a", "retry", "slow"), scenario("b", "slow"), must, scenario("plain")}
	for _, c := range []struct {
		filter suite.Filter
		want   []string
	}{
		{suite.Filter{}, []string{"a", "b", "must", "plain"}},
		{suite.Filter{Tags: []string{"retry"}}, []string{"a", "must"}},
		{suite.Filter{Tags: []string{"retry", "slow"}}, []string{"a", "b", "must"}},
		{suite.Filter{Tags: []string{"!slow"}}, []string{"must", "plain"}},
		{suite.Filter{Tags: []string{"retry", "!slow"}}, []string{"must"}},
		{suite.Filter{Levels: []string{"must", "info"}}, []string{"must"}},
	} {
		got, err := c.filter.Apply(list)
		require.NoError(t, err)
		var ids []string
		for _, s := range got {
			ids = append(ids, s.ID)
		}
		require.Equal(t, c.want, ids)
	}
	for want, filter := range map[string]suite.Filter{
		`unknown tag "rety"`:   {Tags: []string{"rety"}},
		`unknown level "high"`: {Levels: []string{"high"}},
		`no scenario is left`:  {Levels: []string{"own"}},
	} {
		_, err := filter.Apply(list)
		require.ErrorContains(t, err, want)
	}
}

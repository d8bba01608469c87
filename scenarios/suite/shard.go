package suite

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// A Shard is one of the parts into which several machines divide a suite. The zero value is the
// whole suite.
type Shard struct {
	Index, Of int // from 1
}

// String returns "2/4", or "" for the whole suite.
func (s Shard) String() string {
	if s.Of == 0 {
		return ""
	}
	return fmt.Sprintf("%d/%d", s.Index, s.Of)
}

// indexed are the variables from which the shard "auto" is read: the index of a machine, the number
// of machines, and the index of the first machine.
var indexed = []struct {
	index, of string
	first     int
	source    string
}{
	{"JOB_COMPLETION_INDEX", "JOB_COMPLETIONS", 0, "a Kubernetes Indexed Job"},
	{"STRATEGY_JOB_INDEX", "STRATEGY_JOB_TOTAL", 0, "strategy.job-index and strategy.job-total of GitHub Actions"},
	{"CI_NODE_INDEX", "CI_NODE_TOTAL", 1, "parallel of GitLab CI"},
}

// ParseShard reads "i/n" with 1 <= i <= n, or "auto": then lookup, such as os.LookupEnv, reads the
// variables of a Kubernetes Indexed Job (JOB_COMPLETION_INDEX, JOB_COMPLETIONS), of a GitHub
// Actions matrix (STRATEGY_JOB_INDEX, STRATEGY_JOB_TOTAL) or of GitLab CI (CI_NODE_INDEX,
// CI_NODE_TOTAL). Empty is the whole suite.
func ParseShard(text string, lookup func(name string) (string, bool)) (Shard, error) {
	switch text {
	case "":
		return Shard{}, nil
	case "auto":
		return automatic(lookup)
	}
	index, of, _ := strings.Cut(text, "/")
	s, ok := shardOf(index, of, 1)
	if !ok {
		return Shard{}, fmt.Errorf("%q: want i/n with 1 <= i <= n, as in 2/4, or auto", text)
	}
	return s, nil
}

func automatic(lookup func(string) (string, bool)) (Shard, error) {
	var names []string
	for _, v := range indexed {
		names = append(names, v.index+" and "+v.of+" ("+v.source+")")
		index, found := lookup(v.index)
		if !found {
			continue
		}
		of, found := lookup(v.of)
		if !found {
			return Shard{}, fmt.Errorf("auto: %s is set, but %s is not: want both", v.index, v.of)
		}
		s, ok := shardOf(index, of, v.first)
		if !ok {
			return Shard{}, fmt.Errorf("auto: %s=%q and %s=%q: want whole numbers, the index from %d",
				v.index, index, v.of, of, v.first)
		}
		return s, nil
	}
	return Shard{}, errors.New("auto: no variable says which shard this is\n  hint: set " +
		strings.Join(names, ",\n        or ") + ", or write i/n")
}

// shardOf returns the shard with an index that counts from first.
func shardOf(index, of string, first int) (Shard, bool) {
	i, errIndex := strconv.Atoi(index)
	n, errOf := strconv.Atoi(of)
	s := Shard{i + 1 - first, n}
	return s, errIndex == nil && errOf == nil && 1 <= s.Index && s.Index <= n
}

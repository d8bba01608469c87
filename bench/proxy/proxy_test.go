package proxy

import (
	"bytes"
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/s3chaos/s3chaos/faultproxy"
)

func TestMain(m *testing.M) {
	Main()
	os.Exit(m.Run())
}

// BenchmarkProxy has a case for every workload and contender, one after another. For ratios use
// proxybench, which alternates the contenders.
func BenchmarkProxy(b *testing.B) {
	f, err := startField(b.Context(), Contenders)
	if err != nil {
		b.Fatal(err)
	}
	defer f.stop()
	for _, w := range Workloads {
		for _, name := range Contenders {
			b.Run("op="+w.Name+"/via="+name, func(b *testing.B) {
				out, err := w.play(f.proxies[name].addr, 0, b.N, func() error { b.ResetTimer(); return nil })
				if err != nil {
					b.Fatal(err)
				}
				b.StopTimer()
				if w.Bulk() {
					b.SetBytes(int64(w.Size))
					return
				}
				b.ReportMetric(out.Rate(w), "req/s")
				b.ReportMetric(micros(out.P50), "p50-µs")
				b.ReportMetric(micros(out.P99), "p99-µs")
			})
		}
	}
}

func TestEveryContenderServesEveryWorkload(t *testing.T) {
	var raw, table bytes.Buffer
	results, err := Run(t.Context(), Options{Rounds: 2, Raw: &raw})
	if err != nil {
		t.Fatal(err)
	}
	if err := results.Report(&table); err != nil {
		t.Fatal(err)
	}
	if want, got := 2*len(Contenders)*len(Workloads), strings.Count(raw.String(), "\n"); got != want {
		t.Errorf("%d raw lines, want %d", got, want)
	}
	for _, w := range Workloads {
		for _, name := range Contenders {
			if results.Rate(w, name) <= 0 {
				t.Errorf("%s: %s has no rate", w.Name, name)
			}
		}
		if !strings.Contains(table.String(), w.Name) {
			t.Errorf("%s is not in the table", w.Name)
		}
	}
}

func TestRatioComparesWithinARound(t *testing.T) {
	w := Workload{Name: "w"}
	outcome := func(rate int) Outcome { return Outcome{Requests: rate, Elapsed: time.Second} }
	r := &Results{outcomes: map[string]map[string][]Outcome{"w": {
		"a": {outcome(10), outcome(200), outcome(3000)}, // a slow machine that becomes fast
		"b": {outcome(5), outcome(100), outcome(1000)},
	}}}
	if got := r.Ratio(w, "a", "b"); got != 2 {
		t.Errorf("ratio %v, want 2: the median of 2, 2 and 3", got)
	}
	if got := r.Rate(w, "a"); got != 200 {
		t.Errorf("rate %v, want the median 200", got)
	}
}

func TestOrderStartsWithEachContender(t *testing.T) {
	first := map[string]int{}
	for round := range 2 * len(Contenders) {
		first[order(Contenders, round)[0]]++
	}
	if len(first) != len(Contenders) {
		t.Errorf("only these contenders start a round: %v", first)
	}
}

func TestLoadMatchesNoRule(t *testing.T) {
	up, err := startUpstream("")
	if err != nil {
		t.Fatal(err)
	}
	rules, err := unmatched(100)
	if err != nil {
		t.Fatal(err)
	}
	if len(faultproxy.Shadowed(rules)) > 0 {
		t.Errorf("shadowed rules cost nothing, want rules that are checked: %v", faultproxy.Shadowed(rules))
	}
	p, err := faultproxy.New(faultproxy.Config{Upstream: up, Rules: rules})
	if err != nil {
		t.Fatal(err)
	}
	addr, err := serveListener(p.Serve)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	for _, w := range Workloads {
		if _, err := w.play(addr, 0, w.Conns, nil); err != nil {
			t.Fatal(err)
		}
	}
	for _, st := range p.Rules().List() {
		if st.Matched > 0 {
			t.Errorf("%s matches", st.Rule)
		}
	}
	for _, operation := range []string{"GetObject", "PutObject"} {
		if p.Journal().Count(operation) == 0 {
			t.Errorf("no %s arrived", operation)
		}
	}
}

func TestRunFailsOnWrongResponse(t *testing.T) {
	addr, err := startFaultproxy(faultproxy.Config{Upstream: "127.0.0.1:1"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Workloads[0].play(addr, 0, 1, nil); err == nil {
		t.Error("play took a 502 for a measurement")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Run(ctx, Options{}); err == nil {
		t.Error("a canceled run returned results")
	}
}

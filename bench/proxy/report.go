package proxy

// The results as tables.

import (
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
	"time"
)

// Rate returns requests per second, or MiB per second for a bulk workload.
func (o Outcome) Rate(w Workload) float64 {
	n := float64(o.Requests)
	if w.Bulk() {
		n *= float64(w.Size) / (1 << 20)
	}
	return n / o.Elapsed.Seconds()
}

// Rate returns the contender's median rate.
func (r *Results) Rate(w Workload, contender string) float64 {
	return r.median(w, contender, func(o Outcome) float64 { return o.Rate(w) })
}

// Ratio divides a's rate by b's rate in each round, and returns the median of these ratios.
func (r *Results) Ratio(w Workload, a, b string) float64 {
	return r.ratio(w, a, b, func(o Outcome) float64 { return o.Rate(w) })
}

func (r *Results) median(w Workload, contender string, of func(Outcome) float64) float64 {
	var values []float64
	for _, o := range r.outcomes[w.Name][contender] {
		values = append(values, of(o))
	}
	return median(values)
}

func (r *Results) ratio(w Workload, a, b string, of func(Outcome) float64) float64 {
	as, bs := r.outcomes[w.Name][a], r.outcomes[w.Name][b]
	var values []float64
	for i := range min(len(as), len(bs)) {
		if d := of(bs[i]); d > 0 {
			values = append(values, of(as[i])/d)
		}
	}
	return median(values)
}

func median(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	slices.Sort(values)
	mid := len(values) / 2
	if len(values)%2 == 1 {
		return values[mid]
	}
	return (values[mid-1] + values[mid]) / 2
}

// cpuPerUnit returns the processor time in microseconds that the process used for a request, or for
// a MiB.
func cpuPerUnit(w Workload) func(Outcome) float64 {
	return func(o Outcome) float64 {
		n := float64(o.Requests)
		if w.Bulk() {
			n *= float64(w.Size) / (1 << 20)
		}
		return float64(o.CPU.Microseconds()) / n
	}
}

// Report writes a table for each workload, and then which goals are met.
func (r *Results) Report(out io.Writer) error {
	tw := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	for _, w := range r.Workloads {
		unit := "req"
		if w.Bulk() {
			unit = "MiB"
		}
		fmt.Fprintf(tw, "%s\t%s/s\tp50 µs\tp99 µs\tcpu µs/%s\tx toxiproxy\tx tcp-relay\tx faultproxy\t\n",
			w.Name, unit, unit)
		for _, name := range r.Contenders {
			p50 := r.median(w, name, func(o Outcome) float64 { return micros(o.P50) })
			p99 := r.median(w, name, func(o Outcome) float64 { return micros(o.P99) })
			cpu := r.median(w, name, cpuPerUnit(w))
			fmt.Fprintf(tw, "%s\t%.0f\t%.0f\t%.0f\t%.1f", name, r.Rate(w, name), p50, p99, cpu)
			for _, other := range []string{Toxiproxy, Relay, Faultproxy} {
				fmt.Fprintf(tw, "\t%.3f", r.Ratio(w, name, other))
			}
			fmt.Fprintln(tw, "\t")
		}
		fmt.Fprintln(tw, "\t")
	}
	if err := tw.Flush(); err != nil {
		return err
	}
	return r.reportGoals(out)
}

func micros(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1e3 }

// goal is a ratio of rates, a to b, that a should reach.
type goal struct {
	a, b  string
	bulk  bool
	least float64
}

var goals = []goal{
	{Faultproxy, Toxiproxy, false, 1.05},
	{Faultproxy, Relay, false, 0.97},
	{Faultproxy, Toxiproxy, true, 2},
	{Rules, Faultproxy, false, 0.97},
}

func (r *Results) reportGoals(out io.Writer) error {
	tw := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tw, "goal\tworkload\tat least\tmeasured\t\tprocessor time\t")
	for _, g := range goals {
		for _, w := range r.Workloads {
			if w.Bulk() != g.bulk || !slices.Contains(r.Contenders, g.a) || !slices.Contains(r.Contenders, g.b) {
				continue
			}
			got, mark := r.Ratio(w, g.a, g.b), "met"
			if got < g.least {
				mark = "missed"
			}
			cpu := r.ratio(w, g.a, g.b, cpuPerUnit(w))
			fmt.Fprintf(tw, "%s / %s\t%s\t%.2f\t%.3f\t%s\tx %.3f\t\n", g.a, g.b, w.Name, g.least, got, mark, cpu)
		}
	}
	return tw.Flush()
}

// writeRaw writes an outcome as a line that benchstat reads.
func writeRaw(out io.Writer, w Workload, contender string, o Outcome) {
	unit := "req/s"
	if w.Bulk() {
		unit = "MiB/s"
	}
	perRequest := float64(o.Elapsed.Nanoseconds()) / float64(max(1, o.Requests))
	fmt.Fprintf(out, "BenchmarkProxy/op=%s/via=%s %d %.0f ns/op %.1f %s %.1f p50-µs %.1f p99-µs %.2f cpu-µs\n",
		w.Name, contender, o.Requests, perRequest, o.Rate(w), unit, micros(o.P50), micros(o.P99), cpuPerUnit(w)(o))
}

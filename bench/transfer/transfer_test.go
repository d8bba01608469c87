package transfer

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"runtime/metrics"
	"testing"
	"time"
)

var (
	onlyClient    = flag.String("client", "", "run this client only, for a profile")
	onlyOperation = flag.String("operation", "", "run this operation only, for a profile")
)

// A use holds what the counted runs of an operation of a side took, a value for each run.
type use struct{ seconds, cpu, heap []float64 }

// TestTransfers runs each operation with each side in turns, and compares the medians.
func TestTransfers(t *testing.T) {
	if *rounds == 0 {
		t.Skip("run make transfers to compare")
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "content")
	if err := os.WriteFile(path, bytes.Repeat([]byte("0123456789abcdef"), objectSize/16), 0o600); err != nil {
		t.Fatal(err)
	}
	content := make([]byte, smallSize)
	all := sides(t, startServer(t))
	out := t.Output()
	fmt.Fprintln(out, "| operation | client | ms | cpu ms | peak heap MiB |\n|---|---|---|---|---|")
	for _, operation := range []struct {
		name string
		of   func(side) func() error
	}{
		{"upload a file of 256 MiB", func(s side) func() error { return with(s.upload, path) }},
		{"upload a stream of 256 MiB", func(s side) func() error { return streaming(s.stream) }},
		{"download 256 MiB to a file, one request", func(s side) func() error {
			return with(s.fetch, filepath.Join(dir, "out"))
		}},
		{"put 1 KiB, 500 times", func(s side) func() error { return often(s.put, content) }},
		{"get 1 KiB, 500 times", func(s side) func() error { return reading(s.get) }},
	} {
		uses := make([]use, len(all))
		for round := range *rounds + 1 {
			for turn := range all {
				i := (round + turn) % len(all) // each side begins in its turn
				skip := *onlyClient != "" && *onlyClient != all[i].name ||
					*onlyOperation != "" && *onlyOperation != operation.name
				if run := operation.of(all[i]); run != nil && !skip {
					uses[i].add(t, run, round > 0) // the first round opens the connections
				}
			}
		}
		name := operation.name
		for i, u := range uses {
			if len(u.seconds) > 0 {
				fmt.Fprintf(out, "| %s | %s | %.0f | %.0f | %.1f |\n", name, all[i].name,
					median(u.seconds)*1000, median(u.cpu)*1000, median(u.heap)/(1<<20))
				name = "" // the rows below are of the same operation
			}
		}
	}
}

// add runs the operation once, and keeps what it used if counted is set.
func (u *use) add(t *testing.T, run func() error, counted bool) {
	t.Helper()
	runtime.GC()
	peak := watchHeap()
	cpu, start := cpuTime(), time.Now()
	err := run()
	took, used := time.Since(start), cpuTime()-cpu
	most := peak()
	if err != nil {
		t.Fatal(err)
	}
	if counted {
		u.seconds, u.cpu = append(u.seconds, took.Seconds()), append(u.cpu, used.Seconds())
		u.heap = append(u.heap, most)
	}
}

// watchHeap measures the heap until the function that it returns is called, which returns the peak
// in bytes. It counts objects that are garbage and not yet freed.
func watchHeap() func() float64 {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	stop, peak := make(chan struct{}), make(chan float64)
	go func() {
		most, ticks := uint64(0), time.NewTicker(2*time.Millisecond)
		defer ticks.Stop()
		for {
			metrics.Read(sample)
			most = max(most, sample[0].Value.Uint64())
			select {
			case <-ticks.C:
			case <-stop:
				peak <- float64(most)
				return
			}
		}
	}()
	return func() float64 {
		close(stop)
		return <-peak
	}
}

func with(operation func(string) error, path string) func() error {
	if operation == nil {
		return nil
	}
	return func() error { return operation(path) }
}

func streaming(operation func(io.Reader) error) func() error {
	if operation == nil {
		return nil
	}
	return func() error { return operation(io.LimitReader(zeros{}, objectSize)) }
}

// times is how often one run repeats an operation on a small object.
const times = 500

func often(operation func([]byte) error, content []byte) func() error {
	if operation == nil {
		return nil
	}
	return func() error {
		for range times {
			if err := operation(content); err != nil {
				return err
			}
		}
		return nil
	}
}

func reading(operation func() ([]byte, error)) func() error {
	if operation == nil {
		return nil
	}
	return func() error {
		for range times {
			content, err := operation()
			if err != nil {
				return err
			}
			if len(content) != smallSize {
				return errors.New("short object")
			}
		}
		return nil
	}
}

// zeros is an endless stream.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// TestStreamOfAGibibyte uploads 1 GiB from a stream and checks the memory of the process.
func TestStreamOfAGibibyte(t *testing.T) {
	if *rounds == 0 {
		t.Skip("run make stream to measure")
	}
	client := ours(t, startServer(t))
	runtime.GC()
	peak := watchHeap()
	err := client.stream(io.LimitReader(zeros{}, 1<<30))
	most := peak() / (1 << 20)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("1 GiB: peak heap %.1f MiB", most)
	if most >= 64 {
		t.Fatalf("peak heap %.1f MiB: want less than 64 MiB", most)
	}
}

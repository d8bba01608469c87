package transfer

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/aws/aws-sdk-go-v2/feature/s3/transfermanager"
	tmtypes "github.com/aws/aws-sdk-go-v2/feature/s3/transfermanager/types"

	"github.com/s3chaos/s3chaos/s3client"
)

var rounds = flag.Int("rounds", 0, "compare the clients in so many rounds; 0 skips the comparison")

const (
	concurrency = 8
	partSize    = 8 << 20
)

// download stores the object key as a file.
type download func(key, path string) error

// clients are both sides, with the same ranges and the same connections.
func clients(t *testing.T, url string) (ours, theirs download) {
	t.Helper()
	ctx := context.Background()
	client := newClient(t, url)
	ours = func(key, path string) error {
		return client.Download(ctx, key, path,
			&s3client.DownloadOptions{Concurrency: concurrency, PartSize: partSize})
	}
	manager := transfermanager.New(newSDK(url), func(o *transfermanager.Options) {
		o.Concurrency, o.PartSizeBytes, o.GetObjectType = concurrency, partSize, tmtypes.GetObjectRanges
	})
	theirs = func(key, path string) error { return fetch(ctx, manager, key, path) }
	return ours, theirs
}

// TestRanges downloads one object by eight ranges at once, with both clients in turns, and compares
// the medians.
func TestRanges(t *testing.T) {
	if *rounds == 0 {
		t.Skip("run make ranges to compare")
	}
	ours, theirs := clients(t, startServer(t))
	out := tabwriter.NewWriter(t.Output(), 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(out, "s3client ms\ttransfermanager ms\tspeed\tcpu\t  checksum")
	dir := t.TempDir()
	for _, key := range []string{"crc32", "crc64nvme"} {
		var took, cpu [2][]float64
		for round := range *rounds + 1 {
			for turn := range 2 {
				i := (round + turn) % 2 // each side begins every other round
				side := [2]download{ours, theirs}[i]
				path := filepath.Join(dir, fmt.Sprint(i))
				used, start := cpuTime(), time.Now()
				if err := side(key, path); err != nil {
					t.Fatal(err)
				}
				if round > 0 { // the first one opens the connections
					took[i] = append(took[i], time.Since(start).Seconds()*1000)
					cpu[i] = append(cpu[i], (cpuTime() - used).Seconds())
				}
				if info, err := os.Stat(path); err != nil || info.Size() != objectSize {
					t.Fatal(err, info)
				}
				if err := os.Remove(path); err != nil {
					t.Fatal(err)
				}
			}
		}
		fmt.Fprintf(out, "%.0f\t%.0f\t%.2f\t%.2f\t  %s\n", median(took[0]), median(took[1]),
			median(took[1])/median(took[0]), median(cpu[0])/median(cpu[1]), key)
	}
	if err := out.Flush(); err != nil {
		t.Fatal(err)
	}
}

func median(values []float64) float64 {
	slices.Sort(values)
	return values[len(values)/2]
}

package script

import (
	"crypto/sha256"
	"encoding/binary"
	"math"
	"math/rand/v2"
	"time"

	"github.com/s3chaos/s3chaos/internal/strictyaml"
)

// Workload lets workers take the same steps again and again, at the same time. Each worker takes
// turns. A turn takes all steps, one after another, or, if Order is Drawn, one of them.
type Workload struct {
	strictyaml.Block `yaml:"-"`
	Workers          int           `yaml:"workers,required,positive"`
	For              time.Duration `yaml:"for,positive"`   // no turn starts later; zero: Turns bounds the load
	Turns            int           `yaml:"turns,positive"` // of each worker at most; zero: For bounds the load
	Every            time.Duration `yaml:"every,positive"` // from the start of a turn to the next; default 1 s
	Sizes            *Draw         `yaml:"sizes"`          // of uploads without a size
	Order            LoadOrder     `yaml:"order"`          // default InTurn
	Steps            []Step        `yaml:"steps"`
	Step             *Step         `yaml:"step"` // in place of Steps with one step
}

// LoadOrder says which steps a turn takes.
type LoadOrder string

// The orders: all steps one after another, or one that is drawn.
const (
	InTurn LoadOrder = "in_turn"
	Drawn  LoadOrder = "drawn"
)

// DefaultEvery is how long after the start of a turn a worker of a load starts the next one.
const DefaultEvery = time.Second

// All returns the steps of the load.
func (l *Workload) All() []Step {
	if l.Step != nil {
		return []Step{*l.Step}
	}
	return l.Steps
}

// Interval returns how long after the start of a turn a worker starts the next one: Every, or the
// default for a load that was built in Go.
func (l *Workload) Interval() time.Duration {
	if l.Every <= 0 {
		return DefaultEvery
	}
	return l.Every
}

// timesEach estimates how often all workers together take each step. It is at least 1.
func (l *Workload) timesEach() int { return max(1, l.planned()/max(1, len(l.All()))) }

// planned returns how many steps all workers take at most.
func (l *Workload) planned() int {
	turns := l.Turns
	if l.For > 0 {
		every := l.Interval()
		most := int(min(int64((l.For+every-1)/every), maxSteps+1))
		if turns == 0 || most < turns {
			turns = most
		}
	}
	steps := max(1, len(l.All()))
	if l.Order == Drawn {
		steps = 1
	}
	sum := 1
	for _, n := range []int{l.Workers, turns, steps} {
		sum = min(sum*min(n, maxSteps+1), maxSteps+1)
	}
	return sum
}

// Planned returns how many steps the workers take at most, and how many bytes one of their uploads
// has at most.
func (l *Workload) Planned() (steps int, largest Size) {
	if l.Sizes != nil {
		largest = l.Sizes.Largest()
	}
	for _, s := range l.All() {
		if s.Upload != nil {
			largest = max(largest, s.Upload.Size)
		}
		if s.UploadStream != nil {
			largest = max(largest, s.UploadStream.Size)
		}
	}
	return l.planned(), largest
}

// A Draw is a size that is drawn for each use: one of a list, or between two ends, both inclusive.
// It is drawn evenly on a logarithmic scale, as sizes of real objects spread: as many sizes lie
// between 1 KiB and 2 KiB as between 512 KiB and 1 MiB.
type Draw struct {
	strictyaml.Place
	OneOf    []Size
	Min, Max Size
}

// A Drawer draws for one worker of a load. What it draws depends on the seed, the step and the
// worker only.
type Drawer struct{ source *rand.Rand }

// Drawer returns the drawer of a worker of the step with that ID. Workers count from 1.
func (l *Workload) Drawer(seed uint64, step string, worker int) Drawer {
	text := binary.BigEndian.AppendUint64(nil, seed)
	text = binary.BigEndian.AppendUint64(text, uint64(worker))
	return Drawer{rand.New(rand.NewChaCha8(sha256.Sum256(append(text, step...))))}
}

// SizeOf returns the size of an upload of a turn: its own, or a drawn one.
func (l *Workload) SizeOf(d Drawer, upload *strictyaml.Block, size Size) Size {
	if l.Sizes == nil || upload.Has("size") || size > 0 {
		return size
	}
	return d.Size(l.Sizes)
}

// Below returns a number from 0 up to but not including n.
func (d Drawer) Below(n int64) int64 { return d.source.Int64N(n) }

// logMean returns the mean of sizes that are drawn evenly on a logarithmic scale.
func logMean(lo, hi Size) Size {
	width := math.Log1p(float64(hi)) - math.Log1p(float64(lo))
	if width == 0 {
		return lo
	}
	return Size(float64(hi-lo) / width)
}

// Size draws a size.
func (d Drawer) Size(of *Draw) Size {
	if len(of.OneOf) > 0 {
		return of.OneOf[d.Below(int64(len(of.OneOf)))]
	}
	lo, hi := math.Log1p(float64(of.Min)), math.Log1p(float64(of.Max))
	size := Size(math.Round(math.Expm1(lo + (hi-lo)*d.source.Float64())))
	return min(max(size, of.Min), of.Max)
}

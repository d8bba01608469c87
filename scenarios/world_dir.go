package scenarios

import (
	"os"

	"github.com/s3chaos/s3chaos/scenarios/script"
)

// A drill of at most so much content has its work directory in memory: making files on a disk takes
// longer than all the rest of a small drill.
const (
	memoryDir   = "/dev/shm"
	memoryLimit = 4 << 20
)

// makeWorkdir makes the drill's work directory.
func (o *Options) makeWorkdir(s *script.Scenario) (string, error) {
	if o.Workdir == "" && contentSize(s) <= memoryLimit {
		if dir, err := os.MkdirTemp(memoryDir, "s3chaos-"); err == nil {
			return dir, nil
		}
	}
	return os.MkdirTemp(o.Workdir, "s3chaos-")
}

// contentSize is how much the drill may write to its files, more or less.
func contentSize(s *script.Scenario) script.Size {
	if s.Client.Run != nil {
		return memoryLimit + 1 // a program may write anything
	}
	sum := script.Size(0)
	for _, f := range s.Files {
		sum += f.Size
	}
	largest := script.Size(0)
	for _, o := range s.Objects {
		largest = max(largest, o.Size)
	}
	return sum + stepsSize(s.Steps, largest)
}

func stepsSize(steps []script.Step, object script.Size) script.Size {
	sum := script.Size(0)
	for i := range steps {
		switch s := &steps[i]; {
		case s.Upload != nil:
			sum += s.Upload.Size
		case s.UploadStream != nil:
			sum += s.UploadStream.Size
		case s.Download != nil:
			sum += max(object, sum)
		case s.Parallel != nil:
			sum += stepsSize(s.Parallel, object)
		case s.Repeat != nil:
			sum += script.Size(s.Repeat.Times) * stepsSize([]script.Step{s.Repeat.Step}, object)
		}
	}
	return sum
}

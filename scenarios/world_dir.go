package scenarios

import (
	"os"

	"github.com/s3chaos/s3chaos/scenarios/script"
)

// The largest content of a drill whose work directory is in memory. Creating files on a disk takes
// longer than all other work of a small drill.
const (
	memoryDir   = "/dev/shm"
	memoryLimit = 4 << 20
)

// makeWorkdir creates the drill's work directory and returns its path.
func (o *Options) makeWorkdir(s *script.Scenario) (string, error) {
	if o.Workdir == "" && contentSize(s) <= memoryLimit {
		if dir, err := os.MkdirTemp(memoryDir, "s3chaos-"); err == nil {
			return dir, nil
		}
	}
	return os.MkdirTemp(o.Workdir, "s3chaos-")
}

// contentSize estimates how many bytes the drill may write to its files.
func contentSize(s *script.Scenario) script.Size {
	if s.Client.Run != nil {
		return memoryLimit + 1 // a program may write any amount
	}
	sum := script.Size(0)
	for _, f := range s.Files {
		sum += f.Size
	}
	largest := script.Size(0)
	for _, o := range s.Objects {
		largest = max(largest, o.Size)
		for _, v := range o.Versions {
			largest = max(largest, v.Size)
		}
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
		case s.Download != nil, s.DownloadDir != nil:
			sum += max(object, sum)
		case s.Parallel != nil:
			sum += stepsSize(s.Parallel, object)
		case s.Load != nil:
			_, largest := s.Load.Planned() // a worker removes its file after each step
			sum += script.Size(s.Load.Workers) * max(largest, object)
		case s.Repeat != nil:
			sum += script.Size(s.Repeat.Times) * stepsSize([]script.Step{s.Repeat.Step}, object)
		}
	}
	return sum
}

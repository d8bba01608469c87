package script

import (
	"time"

	"github.com/s3chaos/s3chaos/internal/strictyaml"
)

// Scenario is one drill as written. After [Parse], values that the file leaves out hold their
// defaults.
type Scenario struct {
	strictyaml.Block `yaml:"-"`

	// ID names the scenario in reports: the id of a built-in scenario, or the path of the file
	// without its extension.
	ID string `yaml:"-"`
	// File is the filename given to Parse, and Source is the text given to it.
	File   string `yaml:"-"`
	Source []byte `yaml:"-"`
	// Warnings are places of the file that are valid but probably unintended, such as rules that
	// can never fire and make the drill vacuous.
	Warnings []strictyaml.Problem `yaml:"-"`

	Version     int           `yaml:"version,required"`
	Name        string        `yaml:"name,required"`
	Description string        `yaml:"description"`
	Tags        []string      `yaml:"tags"`
	Seed        uint64        `yaml:"seed"`             // default 1
	Clock       Clock         `yaml:"clock"`            // default virtual; real for a run client
	Timeout     time.Duration `yaml:"timeout,positive"` // scenario time; default 10 minutes
	Requires    []string      `yaml:"requires"`         // programs that must be on PATH

	// Case says which case of a family this is. A file with a matrix has one scenario for each
	// case, and File, Source and all places are those of that file.
	Case Case `yaml:"matrix"`

	// StartTimeout bounds the real time until a program's first request. Timeout counts from that
	// request. Default 60 seconds.
	StartTimeout time.Duration `yaml:"start_timeout,positive"`

	// Buckets are the names of BucketSettings.
	Buckets        []string `yaml:"-"`
	BucketSettings []Bucket `yaml:"buckets"` // default: the buckets that objects and steps name
	Objects        []Object `yaml:"objects"`
	Files          []File   `yaml:"files"`

	Server Server        `yaml:"server"`
	Proxy  ProxySettings `yaml:"proxy"`
	Client ClientSpec    `yaml:"client,required"`
	Disk   *Disk         `yaml:"disk"`   // nil: the work directory has all the space of its disk
	Signal Signals       `yaml:"signal"` // only for run clients
	Steps  []Step        `yaml:"steps"`
	// ChangeFile are changes of declared files while the client works.
	ChangeFile FileChanges `yaml:"change_file"`
	Intent     []Intent    `yaml:"intent"` // only for programs
	Faults     []Fault     `yaml:"faults"`
	Expect     Expect      `yaml:"expect"`

	Conformance *Conformance `yaml:"conformance"` // nil: the drill tests only its own client
}

// Disk is the disk of the work directory.
type Disk struct {
	strictyaml.Block `yaml:"-"`
	Size             Size `yaml:"size,required,positive"`
}

// Clock says in which time a drill runs.
type Clock string

// The clocks: virtual time over a network in memory, or real time over TCP on loopback.
const (
	Virtual Clock = "virtual"
	Real    Clock = "real"
)

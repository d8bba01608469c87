package script

import (
	"time"

	"github.com/s3chaos/s3chaos/internal/strictyaml"
)

// Scenario is one drill as written. Values that the file leaves out hold their defaults once
// [Parse] has returned.
type Scenario struct {
	strictyaml.Block `yaml:"-"`

	// ID names the scenario in reports: the id of a built-in one, the path without its extension of
	// any other.
	ID string `yaml:"-"`
	// File is the name given to Parse, and Source the text it was given.
	File   string `yaml:"-"`
	Source []byte `yaml:"-"`
	// Warnings are places of the file that are no mistakes and yet hardly meant: rules that can
	// never fire, so that the drill will be vacuous.
	Warnings []strictyaml.Problem `yaml:"-"`

	Version     int           `yaml:"version,required"`
	Name        string        `yaml:"name,required"`
	Description string        `yaml:"description"`
	Tags        []string      `yaml:"tags"`
	Seed        uint64        `yaml:"seed"`             // default 1
	Clock       Clock         `yaml:"clock"`            // default virtual, and real where the client is Run
	Timeout     time.Duration `yaml:"timeout,positive"` // scenario time; default 10 minutes
	Requires    []string      `yaml:"requires"`         // programs that must be on PATH

	// StartTimeout bounds the time until a program's first request, in real time; default 60
	// seconds. Timeout counts from that request on.
	StartTimeout time.Duration `yaml:"start_timeout,positive"`

	Buckets []string `yaml:"buckets"` // default: those named by objects and steps, in that order
	Objects []Object `yaml:"objects"`
	Files   []File   `yaml:"files"`

	Client ClientSpec `yaml:"client,required"`
	Steps  []Step     `yaml:"steps"`
	Intent []Intent   `yaml:"intent"` // of a program
	Faults []Fault    `yaml:"faults"`
	Expect Expect     `yaml:"expect"`
}

// Clock says whose time a drill runs in.
type Clock string

// The clocks: a bubble of virtual time over a network in memory, or the machine's own time over TCP
// on loopback.
const (
	Virtual Clock = "virtual"
	Real    Clock = "real"
)

// Object is in its bucket before the drill begins. Content is nil where the content is drawn, Size
// bytes of it, from the seed and the key.
type Object struct {
	strictyaml.Block `yaml:"-"`
	Bucket           string  `yaml:"bucket,required"`
	Key              string  `yaml:"key,required"`
	Size             Size    `yaml:"size"`
	Content          *string `yaml:"content"`
}

// File is in the work directory before the drill begins. Path is relative to it and stays below it;
// Content is nil where Size bytes are drawn.
type File struct {
	strictyaml.Block `yaml:"-"`
	Path             string  `yaml:"path,required"`
	Size             Size    `yaml:"size"`
	Content          *string `yaml:"content"`
}

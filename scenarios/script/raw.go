package script

import (
	"reflect"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/s3chaos/s3chaos/internal/strictyaml"
)

// Raw opens a connection of its own to the proxy and sends bytes exactly as the file has them, also
// bytes that no HTTP library would send. The client has no part in it. The step reads all that
// comes back, until the connection ends or is idle.
type Raw struct {
	strictyaml.Block `yaml:"-"`

	Send   []RawPiece    `yaml:"send"`           // in order; empty: the connection sends nothing
	TLS    *bool         `yaml:"tls"`            // nil: as the endpoint of the drill
	Verify *bool         `yaml:"verify"`         // nil: true; false: with TLS it takes any certificate
	Piece  Size          `yaml:"piece,positive"` // most bytes of one write; zero: one write for each text
	Pause  time.Duration `yaml:"pause,positive"` // between two writes; zero: none
	Reads  *bool         `yaml:"reads"`          // nil: true; false: it reads nothing and stays for Hold
	Idle   time.Duration `yaml:"idle,positive"`  // how long it waits for another byte; zero: DefaultRawIdle
	Hold   time.Duration `yaml:"hold,positive"`  // from the last byte sent until Then; zero: at once
	Then   RawEnd        `yaml:"then"`           // empty: the sending side stays open
}

// Receives reports whether the step reads what comes back.
func (r *Raw) Receives() bool { return r.Reads == nil || *r.Reads }

// DefaultRawIdle is how long a raw step waits for another byte.
const DefaultRawIdle = 10 * time.Second

// largestRaw is the most that a raw step sends, because a piece is held in memory.
const largestRaw = 64 << 20

// RawPiece is a text that a raw step sends Times times, after a rest.
type RawPiece struct {
	strictyaml.Block `yaml:"-"`
	Text             string        `yaml:"text,required"`
	Times            int           `yaml:"times,positive"` // zero: once
	After            time.Duration `yaml:"after,positive"` // how long it rests before; zero: Raw.Pause
}

// decodeNode decodes a text, or a mapping.
func (p *RawPiece) decodeNode(d *strictyaml.Decoder, n *yaml.Node, path string) bool {
	if n.Kind == yaml.ScalarNode {
		p.Place = strictyaml.PlaceOf(n)
		return d.Scalar(n, reflect.ValueOf(&p.Text).Elem(), path)
	}
	return d.Mapping(n, reflect.ValueOf(p).Elem(), path, nil)
}

// size returns how many bytes the piece sends, and more than [largestRaw] if these are too many.
func (p *RawPiece) size() Size {
	size, times := Size(len(p.Text)), Size(max(1, p.Times))
	if size > 0 && times > largestRaw/size {
		return largestRaw + 1
	}
	return size * times
}

// Bytes returns what the piece sends.
func (p *RawPiece) Bytes() []byte { return []byte(strings.Repeat(p.Text, max(1, p.Times))) }

// RawEnd is how a raw step ends its connection.
type RawEnd string

// The ends of a connection: its sending side is closed and it goes on reading, both are closed, or
// it is reset.
const (
	RawCloseWrite RawEnd = "close_write"
	RawClose      RawEnd = "close"
	RawReset      RawEnd = "reset"
)

// RawExpect is what comes back on the connection of a raw step. An empty field is not checked.
type RawExpect struct {
	strictyaml.Block `yaml:"-"`
	Received         *string   `yaml:"received"`  // a pattern of all bytes
	Lacks            []string  `yaml:"lacks"`     // patterns that do not match all bytes
	Responses        *IntBound `yaml:"responses"` // how many status lines there are
	Ended            RawEnding `yaml:"ended"`
}

// RawEnding says how the connection of a raw step ended.
type RawEnding string

// The endings. Left means that the proxy did not end the connection: the step did.
const (
	RawClosed    RawEnding = "closed"    // by the proxy, in an orderly way
	RawWasReset  RawEnding = "reset"     // by the proxy
	RawLeft      RawEnding = "left"      // by the step
	RawRefused   RawEnding = "refused"   // there was no connection
	RawHandshake RawEnding = "handshake" // the TLS handshake failed
)

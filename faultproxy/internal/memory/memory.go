// Package memory knows objects as they were, for the fault that answers with an older state:
// [Memory] follows each exchange of a proxy, and a [History] returns snapshots.
//
// An exchange makes three calls. [Exchange.Before] reads the objects that the request may change,
// before the upstream gets the request. [Exchange.Answered] adds their snapshots to all histories,
// as far as the upstream's response says that they changed. [Exchange.Over] stores what the
// exchange itself has shown of its object. Between the calls, the proxy copies bodies to where
// [Exchange.Copy] says.
//
// A snapshot comes from an unsigned GET to the upstream. An upstream that refuses such a request
// leaves the last state that passed through the proxy: an object that was written by PutObject or
// read whole. If neither is known, Memory logs a warning and the histories miss the change.
//
// The package reads HTTP with package wire and knows no rules, no faults and no journal.
package memory

import (
	"context"
	"log/slog"
	"net"
	"sync/atomic"
	"time"
)

const (
	maxObject = 64 << 20  // largest object whose content is kept, in bytes
	maxTotal  = 256 << 20 // most that a history, or all recalled objects, may take, in bytes
)

// Config is what a Memory needs of its proxy. Every field is required.
type Config struct {
	// Dial opens a connection to the upstream.
	Dial func(ctx context.Context) (net.Conn, error)
	// Histories returns the histories of the present stale rules, which the Memory fills.
	Histories func() []*History
	// Now returns the scenario time.
	Now func() time.Duration
	// Logger gets a warning for each change before which the object is unknown.
	Logger *slog.Logger
}

// Memory fills histories with the objects that the exchanges of one proxy change, as they were
// before. Its methods may be called from any goroutine.
type Memory struct {
	cfg  Config
	seen *lastSeen
	held atomic.Int64 // bytes of snapshots whose exchange still waits for the upstream's response
}

// New returns a Memory that has followed no exchange yet.
func New(cfg Config) *Memory { return &Memory{cfg: cfg, seen: newLastSeen()} }

// Request is what a Memory must know of a request.
type Request struct {
	Operation   string // S3 API name
	Bucket, Key string // decoded
	Path        string // as in the request line, without query
	Host        string // as sent
	Hosted      bool   // the host names the bucket; else the path does
	VersionID   string // of the object; "": the newest
	RenamedFrom string // of a RenameObject: the key that it moves
	Partial     bool   // of a GetObject: it reads not the whole newest object
	Header      string // header lines, each ended by CRLF
}

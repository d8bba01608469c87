// Package found turns a finding into the smallest script that shows it, and into files.
//
//	f := &found.Finder{Player: player}
//	small, s, err := f.Smallest(ctx, scenario, finding)
//	err = f.State(ctx, small, s)
//
// [Finder.Smallest] shrinks the script, and [Finder.State] writes what the client does wrong into
// it, so that `chaos run` passes as long as the client has the flaw. [Write] stores the script and
// a Go test.
package found

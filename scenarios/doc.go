// Package scenarios drills an S3 client from a script: [Load] or [Parse] reads one, [Run] plays it
// and returns its verdict.
//
// A [Scenario] is a YAML file: objects in a fake S3, a client, the steps the client takes, the
// faults it meets, and what must come of it. Decoding is strict. Every mistake of a file is
// reported at once, each with its place, and nothing runs that was not understood whole:
//
//	s, err := scenarios.Load("drill.yaml")
//	if err != nil {
//		fmt.Fprintln(os.Stderr, err) // file:line:column, the line, a caret, a hint
//		os.Exit(2)
//	}
//
// The built-in scenarios are embedded: [Catalog] lists them, [Find] gets one by its id.
package scenarios

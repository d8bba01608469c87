// Package scenarios drills an S3 client from a script: [Load] or [Parse] reads one, [Run] plays it
// and returns its verdict. A [Scenario] is a YAML file: objects in a fake S3, a client, the
// client's steps, the faults, and the expected results. Decoding is strict: [Load] reports all
// mistakes of a file at once, each with its place, and a file with a mistake does not run:
//
//	s, err := scenarios.Load("drill.yaml")
//	if err != nil {
//		fmt.Fprintln(os.Stderr, err) // file:line:column, the line, a caret, a hint
//		os.Exit(2)
//	}
//
// The built-in scenarios are embedded: [Catalog] lists them, [Find] gets one by its id.
package scenarios

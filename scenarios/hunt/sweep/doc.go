// Package sweep puts every fault at every exchange of a workload, and tells what the client does.
//
// [Run] plays each [Workload] once without faults to learn its exchanges. Then it plays one drill
// for each exchange and each [Variant] of a fault, and, if asked, drills with a second fault at the
// exchanges of the retry. The [Report] is a map of operations and faults; a drill with a finding
// also gives a scenario file.
package sweep

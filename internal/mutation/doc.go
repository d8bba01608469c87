// Package mutation changes Go packages in small ways, to see whether tests notice: [Load] finds the
// mutants of packages, [Overlay] writes all of them into a copy that is built once, and [Run] runs
// a program with one of them.
//
// A mutant is one change of an operator or a statement. All mutants of a package stand in one copy
// of its source, and each acts only if the environment names its number, see package active. So
// mutants cost one process each, and no build.
package mutation

// Package guide makes what is generated in retry/GUIDE.md: the code, taken from examples that run;
// the tables, taken from the engine's own data; the plots of the schedules; and what a storm of
// clients does to a server, simulated. Its tests fail when the guide is not up to date:
//
//	go test ./retry/internal/guide -update
//
// or `make docs` writes it anew.
package guide

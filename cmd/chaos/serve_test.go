package main

// The scripts of serve, and the list of their commands.

import (
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/s3chaos/s3chaos/internal/racing"
)

// The scripts of serve have commands for servers that run beside the script. Each server has a
// NAME:
//
//	serve NAME ARG...          start `chaos serve` and wait until it prints its address. Sets
//	                           $NAME_url, $NAME_addr, $NAME_ca, $NAME_control, $NAME_token
//	line NAME REGEXP           wait for a matching line on its standard output, after those seen
//	errline NAME REGEXP        the same for standard error
//	signal NAME INT|TERM       send it a signal
//	ended NAME CODE            wait for its exit; its output becomes stdout and stderr
//	http METHOD URL [OPTION]   send a request; the status and body become stdout. Options: -d BODY,
//	                           -H 'NAME: VALUE', -token TOKEN, -ca FILE,
//	                           -bg NAME (do not wait for the response),
//	                           -until REGEXP (repeat until the response matches)
//	answer NAME                wait for the response to http -bg NAME
//	events NAME URL TOKEN      follow a stream of events, line by line, as NAME
//	s3 NAME upload KEY CONTENT
//	s3 NAME download KEY       use this module's client, with the printed environment
func TestServe(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/serve",
		Setup: func(env *testscript.Env) error {
			env.Values[stageKey{}] = newStage()
			env.Setenv(racing.Variable, racing.Value)
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits":   exits,
			"serve":   serveCommand,
			"line":    lineCommand(func(p *process) *lines { return p.stdout }),
			"errline": lineCommand(func(p *process) *lines { return p.stderr }),
			"signal":  signalCommand,
			"ended":   endedCommand,
			"http":    httpCommand,
			"answer":  answerCommand,
			"events":  eventsCommand,
			"s3":      s3Command,
		},
		UpdateScripts:       *update,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
	})
}

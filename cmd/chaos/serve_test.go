package main

import (
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// The scripts of serve have commands for programs that go on while the script does; each server has a NAME:
//
//	serve NAME ARG...          start `chaos serve`, until it says where it is: $NAME_url, and $NAME_ca, $NAME_control, $NAME_token
//	line NAME REGEXP           wait for such a line on its standard output, after those already seen
//	errline NAME REGEXP        the same for standard error
//	signal NAME INT|TERM       send it a signal
//	ended NAME CODE            wait for its end; what it printed is then stdout and stderr
//	http METHOD URL [OPTION]   send a request: its status and body are then stdout. Options: -d BODY, -H 'NAME: VALUE', -token TOKEN,
//	                           -ca FILE, -bg NAME (do not wait for the answer), -until REGEXP (again, until the answer is such)
//	answer NAME                wait for the answer of http -bg NAME
//	events NAME URL TOKEN      follow a stream of events, line by line, as NAME
//	s3 NAME upload KEY CONTENT
//	s3 NAME download KEY       the client of this module, with the printed environment
func TestServe(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/serve",
		Setup: func(env *testscript.Env) error {
			env.Values[stageKey{}] = newStage()
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

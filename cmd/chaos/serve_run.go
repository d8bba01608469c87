package main

// Serving and stopping: from the open ports to the last line.

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/s3chaos/s3chaos/faultproxy"
)

// serve serves until the context ends, and then stops. The error is about serving or printing,
// never about a client's request.
func (s *server) serve(ctx context.Context, stdout io.Writer) error {
	stderr := s.stderr
	for _, w := range s.plan.warnings {
		say(stderr, "%s\n", w)
	}
	out := newServeOutput(s, stdout)
	follower := s.proxy.Journal().Follow()
	defer follower.Close()
	following, enough := context.WithCancel(context.Background())
	defer enough()
	printed := make(chan struct{})
	if s.api != nil {
		s.announceControl(stderr)
	}
	served := s.run()
	broken := s.announceFiles()
	out.begin()
	go func() {
		defer close(printed)
		out.follow(following, follower)
	}()

	if broken == nil {
		select {
		case <-ctx.Done():
		case broken = <-served:
		}
	}
	again, release := secondSignal()
	defer release()
	cut := s.drain(again, stderr)
	enough()
	<-printed
	broken = errors.Join(broken, out.end(cut), s.stop())
	s.warnings.flush()
	say(stderr, "chaos: stopped after %s\n", out.summary(cut))
	return broken
}

// run serves on all ports in the background. The channel receives an error when a port fails.
func (s *server) run() <-chan error {
	broken := make(chan error, 2)
	done := make(chan struct{}, 2)
	running := 1
	go func() {
		if err := s.proxy.Serve(s.listener); !errors.Is(err, faultproxy.ErrClosed) {
			broken <- fmt.Errorf("serve: %w", err)
		}
		done <- struct{}{}
	}()
	if s.api != nil {
		running++
		go func() {
			if err := s.apiServer.Serve(s.apiListener); !errors.Is(err, http.ErrServerClosed) {
				broken <- fmt.Errorf("serve control API: %w", err)
			}
			done <- struct{}{}
		}()
	}
	s.closers = append([]func() error{func() error {
		for range running {
			<-done
		}
		return nil
	}}, s.closers...)
	return broken
}

// drain waits until the requests in flight are complete, at most for the grace or until another
// signal comes. It returns the number of requests whose connection it then closed.
func (s *server) drain(again <-chan os.Signal, stderr io.Writer) (cut int) {
	inFlight := s.proxy.Journal().InFlight
	if n := inFlight(); n > 0 && s.plan.grace > 0 {
		say(stderr, "chaos: stopping: %s in flight, waiting for at most %s; another signal closes the connections\n",
			count(n, "request"), s.plan.grace)
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	drained, decided := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(decided)
		grace := time.NewTimer(s.plan.grace)
		defer grace.Stop()
		select {
		case <-again:
		case <-grace.C:
		case <-drained:
			return
		}
		cut = inFlight()
		cancel()
	}()
	err := s.proxy.Shutdown(ctx)
	close(drained)
	<-decided
	if err == nil {
		return 0
	}
	return cut
}

// stop closes everything else. It closes the control API first, so that its streams send their end.
func (s *server) stop() error {
	if s.api != nil {
		_ = s.api.Close() // it never fails
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		if s.apiServer.Shutdown(ctx) != nil {
			_ = s.apiServer.Close() // a client is slow
		}
	}
	return s.close()
}

// secondSignal returns a channel of the signals from now on: the first one has ended the context.
func secondSignal() (again <-chan os.Signal, release func()) {
	c := make(chan os.Signal, 1)
	signal.Notify(c, os.Interrupt, syscall.SIGTERM)
	return c, func() { signal.Stop(c) }
}

// say prints to standard error. It ignores errors: there is no other place to report them.
func say(stderr io.Writer, format string, args ...any) { _, _ = fmt.Fprintf(stderr, format, args...) }

// count formats a number of things: "1 request", "2 requests".
func count(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

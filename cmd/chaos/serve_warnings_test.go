package main

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
)

// Ten thousand requests fail, each on its own connection: three lines.
func TestRepeatedWarningsAreCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		c := newWarningLog(&out)
		log := slog.New(c)
		fail := func(n int) {
			for i := range n {
				local := &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 1024 + i}
				err := &net.OpError{Op: "read", Net: "tcp", Source: local, Err: syscall.ECONNRESET}
				log.Warn("upstream failed", "error", err)
			}
		}
		fail(9000)
		time.Sleep(warningPause + time.Second)
		synctest.Wait()
		fail(1000)
		c.flush()
		assert.Equal(t, `warning: upstream failed: read tcp 127.0.0.1:1024: connection reset by peer
warning: 8999 more, the last: upstream failed: read tcp 127.0.0.1:10023: connection reset by peer
warning: 1000 more, the last: upstream failed: read tcp 127.0.0.1:2023: connection reset by peer
`, out.String())

		out.Reset()
		fail(1)
		time.Sleep(3 * warningPause)
		synctest.Wait()
		fail(1)
		c.flush()
		assert.Equal(t, 2, strings.Count(out.String(), "1024"), "printed again after a pause without repeats")
		time.Sleep(time.Minute)
		assert.Empty(t, c.kinds)
	})
}

func TestWarningsOfManyKindsShareALine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		c := newWarningLog(&out)
		log := slog.New(c)
		log.Info("info is not printed")
		for i := range 10_000 {
			log.Warn("bad request", "conn", i, "error", fmt.Errorf("kind %d\x1b[2J%s", i, strings.Repeat("x", 1000)))
		}
		log.Warn("no error", "error", error(nil))
		c.flush()
		assert.Equal(t, maxWarningKinds+2, strings.Count(out.String(), "\n"))
		assert.NotContains(t, out.String(), "\x1b")
		assert.Less(t, out.Len(), 100*(maxWarningKinds+2)*8)
		log.Warn("bad request", "error", errors.New("kind 1"))
		c.flush()
	})
}

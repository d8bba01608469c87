package faultproxy

import (
	"errors"
	"time"
)

// A client that stops in the middle of a request's head would hold its connection for ever. The
// deadline runs from the head's first byte: an idle connection has none.

// errStalledHead means that a request's head did not end in time.
var errStalledHead = errors.New("the request's head stalled")

// timeHead sets the deadline for the rest of a head.
func (c *conn) timeHead() {
	c.headTimed = true
	// An error means that the connection is closed, which the next read reports.
	_ = c.nc.SetReadDeadline(time.Now().Add(c.p.cfg.HeadTimeout))
}

// headEnds removes the deadline. err is the error of the wait for the head; if the deadline has
// passed, headEnds returns errStalledHead instead.
func (c *conn) headEnds(err error) error {
	if !c.headTimed {
		return err
	}
	c.headTimed = false
	_ = c.nc.SetReadDeadline(time.Time{})
	if err != nil && isTimeout(err) {
		return errStalledHead
	}
	return err
}

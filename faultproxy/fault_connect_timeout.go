package faultproxy

import (
	"net"
	"time"

	"github.com/s3chaos/s3chaos/faultproxy/memnet"
)

// linuxConnectTimeout is how long Linux tries to connect by default: tcp_syn_retries is 6, so it
// waits 1+2+4+…+64 s. Then the dial fails with ETIMEDOUT.
const linuxConnectTimeout = 127 * time.Second

// connectTimeout makes dials hang.
type connectTimeout struct {
	After time.Duration `yaml:"after"` // until the dial fails with ETIMEDOUT; zero: 127 s, as on Linux
}

// ConnectTimeout makes every dial hang for this long and then fail with ETIMEDOUT, unless the
// dialer gives up earlier. 0 means 127 s, as on Linux.
func ConnectTimeout(after time.Duration) Fault { return &connectTimeout{After: after} }

func (f *connectTimeout) Kind() string    { return "connect_timeout" }
func (f *connectTimeout) String() string  { return printFault(f) }
func (f *connectTimeout) part(r *Rule)    { r.Fault = f }
func (f *connectTimeout) traits() traits  { return traits{stage: stageDial, memoryOnly: true} }
func (f *connectTimeout) Validate() error { return notNegative("connect_timeout", f.After) }

// UnmarshalText reads the short form `connect_timeout: 10s`.
func (f *connectTimeout) UnmarshalText(text []byte) error { return unmarshalDuration(&f.After, text) }

func (f *connectTimeout) prevent(d *dial) error {
	after := f.After
	if after == 0 {
		after = linuxConnectTimeout
	}
	var givenUp <-chan struct{} // net/http does not cancel the dial when the request that it is for has ended
	if d.o != nil {
		givenUp = d.o.ctx.Done()
	}
	t := time.NewTimer(after)
	defer t.Stop()
	select {
	case <-t.C:
	case <-d.rule.gone:
		d.p.releaseApart(d.o)
	case <-d.p.cut:
	case <-givenUp:
		return &net.OpError{Op: "dial", Net: "tcp", Addr: memnet.Addr(d.addr), Err: d.o.ctx.Err()}
	case <-d.ctx.Done():
		return &net.OpError{Op: "dial", Net: "tcp", Addr: memnet.Addr(d.addr), Err: d.ctx.Err()}
	}
	return memnet.TimedOut(d.addr)
}

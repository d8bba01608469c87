package faultproxy

import (
	"net"
	"time"

	"github.com/s3chaos/s3chaos/faultproxy/memnet"
)

// linuxConnectTimeout is how long Linux sends SYNs by default (tcp_syn_retries 6: 1+2+4+…+64 s)
// before ETIMEDOUT.
const linuxConnectTimeout = 127 * time.Second

// connectTimeout lets dials hang.
type connectTimeout struct {
	After time.Duration `yaml:"after"` // when the dial fails with ETIMEDOUT; zero: after 127 s, as on Linux
}

// ConnectTimeout lets every dial hang until the dialer gives up, at most for that long (0: 127 s,
// as on Linux), and then fail with ETIMEDOUT.
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
	var givenUp <-chan struct{} // net/http lets a dial go on when its request has ended
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

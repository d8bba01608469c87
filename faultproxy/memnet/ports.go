package memnet

// firstPort and lastPort are the range of ephemeral ports: it begins where that of Linux does.
const (
	firstPort = 32768
	lastPort  = 65535
)

// ports gives out ephemeral ports in order, none twice at a time.
type ports struct {
	last int // given out last
	used map[int]struct{}
}

// take returns a free port, or 0 when all are in use.
func (p *ports) take() int {
	if p.used == nil {
		p.used = map[int]struct{}{}
	}
	for range lastPort - firstPort + 1 {
		p.last++
		if p.last > lastPort {
			p.last = firstPort
		}
		if _, taken := p.used[p.last]; !taken {
			p.used[p.last] = struct{}{}
			return p.last
		}
	}
	return 0
}

// give returns a port to the free ports; it ignores port 0.
func (p *ports) give(port int) { delete(p.used, port) }

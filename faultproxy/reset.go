package faultproxy

import "time"

// Reset begins anew, as if the proxy had just started: the journal is empty, scenario time is zero,
// requests are numbered from 1, and the counts of the rules are zero. The rules stay, and their
// windows count from now. Exchanges under way go on; the journal does not hold them.
func (p *Proxy) Reset() {
	p.startClock()
	now := time.Now()
	p.zero.Store(&now)
	p.journal.Reset(now)
	for _, t := range []interface{ Reset() }{p.tracker, p.dials, p.sends} {
		t.Reset()
	}
	p.exchanges.Store(0)
	p.unordered.Store(0)
	p.mu.Lock()
	clear(p.cutting)
	p.mu.Unlock()
	p.rules.restart()
}

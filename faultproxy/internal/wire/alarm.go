package wire

import "sync/atomic"

// Alarm ends a wait that takes long. Its owner sets and stops it; the sweeper, which looks at all alarms at every tick, lets
// it ring. The zero value is off.
type Alarm struct {
	since atomic.Uint32 // the tick at which it was set
	state atomic.Int32
}

const (
	alarmOff int32 = iota
	alarmSet
	alarmRung
)

// sweeper lets an alarm ring when one to two of its ticks have passed.
type Alarms interface{ Set(*Alarm) }

// Set starts the alarm at a tick.
func (a *Alarm) Set(tick uint32) {
	a.since.Store(tick)
	a.state.Store(alarmSet)
}

// Due reports whether the alarm is set, and whether it has been for more than one tick.
func (a *Alarm) Due(tick uint32) (set, due bool) {
	set = a.state.Load() == alarmSet
	return set, set && tick-a.since.Load() >= 2
}

// Ring lets the alarm ring and reports whether it was set: it may have been stopped meanwhile.
func (a *Alarm) Ring() bool { return a.state.CompareAndSwap(alarmSet, alarmRung) }

// SetRung makes the alarm one that has rung, without a tick.
func (a *Alarm) SetRung() { a.state.Store(alarmRung) }

// Stop ends the alarm and reports whether it has rung.
func (a *Alarm) Stop() bool { return a.state.Swap(alarmOff) == alarmRung }

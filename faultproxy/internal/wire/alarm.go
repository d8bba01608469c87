package wire

import "sync/atomic"

// Alarm interrupts a wait that takes long. Its owner sets and stops it. A sweeper checks all alarms
// at every tick and rings those that are due. The zero value is off.
type Alarm struct {
	since atomic.Uint32 // the tick at which it was set
	state atomic.Int32
}

const (
	alarmOff int32 = iota
	alarmSet
	alarmRung
)

// Alarms sets alarms and rings each of them after one to two ticks, unless it was stopped before.
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

// SetRung puts the alarm into the state that it has after Ring.
func (a *Alarm) SetRung() { a.state.Store(alarmRung) }

// Stop ends the alarm and reports whether it has rung.
func (a *Alarm) Stop() bool { return a.state.Swap(alarmOff) == alarmRung }

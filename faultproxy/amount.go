package faultproxy

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/s3chaos/s3chaos/faultproxy/internal/flow"
	"github.com/s3chaos/s3chaos/faultproxy/internal/wire"
)

// Amount is a number of bytes of a body, either fixed or as a share of the body's length. Its text
// is a size or a percentage: "64KiB", "50%".
type Amount struct {
	Bytes   Size
	Percent float64 // from 0 up to but not including 100; 0: Bytes counts
}

// String returns the text that UnmarshalText reads.
func (a Amount) String() string {
	if a.Percent != 0 {
		return strconv.FormatFloat(a.Percent, 'g', -1, 64) + "%"
	}
	return a.Bytes.String()
}

// MarshalText returns the text of String.
func (a Amount) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// UnmarshalText reads a size as ParseSize does, or a percentage.
func (a *Amount) UnmarshalText(text []byte) error {
	number, share := strings.CutSuffix(string(text), "%")
	if !share {
		*a = Amount{}
		return a.Bytes.UnmarshalText(text)
	}
	p, err := strconv.ParseFloat(strings.TrimRight(number, " "), 64)
	if err != nil || !(p >= 0 && p < 100) {
		return fmt.Errorf("%s: want a share from 0%% to less than 100%%", flow.Quote(string(text)))
	}
	*a = Amount{Percent: p}
	return nil
}

// of returns the number of bytes of a body with this framing. ok is false for a share of a body
// whose length is unknown.
func (a Amount) of(f wire.Framing) (n Size, ok bool) {
	if a.Percent == 0 {
		return a.Bytes, true
	}
	return Size(float64(f.Length) * a.Percent / 100), f.Kind == wire.ByLength
}

// AmountRange is a choice of amounts: {between: [0B, 1KiB]} with both ends included, or
// {one_of: [10B, 50%]}. At most one of its fields is set. Each request has an amount of its own,
// drawn from the seed, the rule and the request's identity.
type AmountRange struct {
	Between []Amount `yaml:"between"`
	OneOf   []Amount `yaml:"one_of"`
}

// Place is where in a body a fault acts: after a number of bytes, or after one that is drawn. The
// zero Place is the body's first byte.
type Place struct {
	After Amount
	Range AmountRange // After is zero then
}

// Bytes is the place after n bytes.
func Bytes(n Size) Place { return Place{After: Amount{Bytes: n}} }

// Share is the place after a share of the body, from 0 up to but not including 100 percent. A fault
// does not act at a share of a body without a Content-Length.
func Share(percent float64) Place { return Place{After: Amount{Percent: percent}} }

// Between is a place that is drawn for each request, with both ends included.
func Between(from, to Amount) Place {
	return Place{Range: AmountRange{Between: []Amount{from, to}}}
}

// OneOf is a place that is drawn for each request from a list.
func OneOf(amounts ...Amount) Place {
	return Place{Range: AmountRange{OneOf: slices.Clone(amounts)}}
}

// amounts returns all amounts that the place names.
func (p Place) amounts() []Amount {
	return slices.Concat([]Amount{p.After}, p.Range.Between, p.Range.OneOf)
}

// share reports whether the place depends on the length of the body.
func (p Place) share() bool {
	return slices.ContainsFunc(p.amounts(), func(a Amount) bool { return a.Percent != 0 })
}

// zero reports whether the place is the first byte.
func (p Place) zero() bool {
	return p.After == Amount{} && p.Range.Between == nil && p.Range.OneOf == nil
}

// validate returns all mistakes, joined.
func (p Place) validate(field string) error {
	var errs []error
	wrong := func(format string, args ...any) { errs = append(errs, fieldErrorf(field, format, args...)) }
	between, oneOf := p.Range.Between, p.Range.OneOf
	if between != nil && oneOf != nil || p.After != (Amount{}) && (between != nil || oneOf != nil) {
		wrong("given in 2 ways: want an amount, between or one_of")
	}
	switch {
	case between == nil:
	case len(between) != 2:
		wrong("between: want two amounts, the lower first")
	case (between[0].Percent == 0) == (between[1].Percent == 0) &&
		(between[0].Bytes > between[1].Bytes || between[0].Percent > between[1].Percent):
		wrong("between %v and %v: want the lower amount first", between[0], between[1])
	}
	if oneOf != nil && len(oneOf) == 0 {
		wrong("one_of: the list is empty: want an amount or more")
	}
	for _, a := range p.amounts() {
		switch {
		case a.Bytes < 0:
			wrong("%v: want 0 or more", a.Bytes)
		case !(a.Percent >= 0 && a.Percent < 100): // also true for NaN
			wrong("%v: want a share from 0%% to less than 100%%", a)
		case a.Bytes != 0 && a.Percent != 0:
			wrong("%v and %v: want one of them", a.Bytes, a)
		}
	}
	return errors.Join(errs...)
}

// in returns the place in a body with this framing, for one exchange. ok is false if the place is a
// share and the length of the body is unknown.
func (p Place) in(x *exchange, rule *activeRule, f wire.Framing) (n Size, ok bool) {
	switch between, oneOf := p.Range.Between, p.Range.OneOf; {
	case between != nil:
		from, known := between[0].of(f)
		to, alsoKnown := between[1].of(f)
		if to < from { // one amount is a share, so their order depends on the body
			from, to = to, from
		}
		return from + Size(x.draw(rule, drawPlace)*float64(to-from+1)), known && alsoKnown
	case oneOf != nil:
		return oneOf[x.drawInt(rule, drawPlace, len(oneOf))].of(f)
	}
	return p.After.of(f)
}

// idleHint completes the reason why a fault did not act at the place.
func (p Place) idleHint() string {
	if p.share() {
		return ", or had no Content-Length"
	}
	return ""
}

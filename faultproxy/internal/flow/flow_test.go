package flow_test

import (
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/faultproxy/internal/flow"
)

// order is a struct with a field of each kind that the package knows.
type order struct {
	Name    string            `yaml:"name"`
	Count   int               `yaml:"count"`
	Price   float64           `yaml:"price"`
	Share   *float64          `yaml:"share"`
	Paid    bool              `yaml:"paid"`
	Within  time.Duration     `yaml:"within"`
	Tags    []string          `yaml:"tags"`
	Labels  map[string]string `yaml:"labels"`
	Address address           `yaml:"address"`
	Colour  colour            `yaml:"colour"`
	Size    size              `yaml:"size"`
	Hidden  string            `yaml:"-"`
	Untold  string
}

type address struct {
	City string `yaml:"city"`
}

// colour has a text form of its own, a sequence of three numbers.
type colour struct{ R, G, B int }

// size reads itself from a scalar, and is printed by a hook.
type size struct{ n string }

func (s *size) UnmarshalText(text []byte) error { s.n = string(text); return nil }

var format = &flow.Format{
	Types: map[reflect.Type]flow.Type{
		reflect.TypeFor[colour](): {
			Print: func(v any) string {
				c := v.(colour)
				p := &flow.Printer{Format: &flow.Format{}}
				p.Value(reflect.ValueOf([]int{c.R, c.G, c.B}))
				return p.String()
			},
			Read: func(d *flow.Decoder, n *flow.Node, to any) {
				c := to.(*colour)
				if n.Kind != flow.Sequence || len(n.Items) != 3 {
					d.Errorf(n, "want three numbers").Hint = "red, green, blue"
					return
				}
				for i, part := range []*int{&c.R, &c.G, &c.B} {
					d.Value(n.Items[i], part)
				}
			},
		},
		reflect.TypeFor[size](): {Print: func(v any) string { return v.(size).n }},
	},
}

func parse(text string) (o order, errs []*flow.Error, err error) {
	n, err := flow.Parse(text)
	if err != nil {
		return o, nil, err
	}
	d := flow.NewDecoder(format, text)
	d.Fields(n, &o, nil)
	return o, d.Errors, nil
}

func printed(o order) string {
	p := &flow.Printer{Format: format}
	p.Value(reflect.ValueOf(o))
	return p.String()
}

func TestPrintedStructParsesBack(t *testing.T) {
	share := 0.25
	for text, o := range map[string]order{
		"{}": {},
		`{name: "a b", count: -3, price: 1.5e-07, share: 0.25, paid: true, within: 1m30s, tags: [x, "y z"], ` +
			`labels: {a: "1", "b c": d}, address: {city: Bern}, colour: [1, 0, 2], size: 64KiB}`: {
			Name: "a b", Count: -3, Price: 1.5e-7, Share: &share, Paid: true, Within: 90 * time.Second,
			Tags: []string{"x", "y z"}, Labels: map[string]string{"a": "1", "b c": "d"},
			Address: address{City: "Bern"}, Colour: colour{1, 0, 2}, Size: size{"64KiB"},
		},
		"{price: .inf}":  {Price: math.Inf(1)},
		"{price: -.inf}": {Price: math.Inf(-1)},
	} {
		assert.Equal(t, text, printed(o))
		back, errs, err := parse(text)
		require.NoError(t, err, text)
		assert.Empty(t, errs, text)
		assert.Equal(t, o, back, text)
	}
	assert.Equal(t, "{price: .nan}", printed(order{Price: math.NaN()}))
	assert.Equal(t, "{}", printed(order{Hidden: "x", Untold: "x", Labels: map[string]string{}}))
}

func TestDecoderReportsEachMistakeWithItsColumn(t *testing.T) {
	_, errs, err := parse(`{nam: x, count: two, paid: "true", tags: x, labels: [], address: {town: y}, ` +
		`colour: [1], price: 0x1}`)
	require.NoError(t, err)
	var got []string
	for _, e := range errs {
		got = append(got, e.Error())
	}
	assert.Equal(t, []string{
		`column 2: unknown order key "nam" (did you mean name?)`,
		`column 17: "two": want a whole number`,
		`column 28: "true" in quotes: want true or false without quotes`,
		`column 42: a value: want a sequence […]`,
		`column 53: a sequence […]: want a mapping {…}`,
		`column 67: unknown address key "town"`,
		`column 85: want three numbers (red, green, blue)`,
		`column 97: "0x1": want a number`,
	}, got)
}

func TestFormatNamesStructsInMistakes(t *testing.T) {
	f := &flow.Format{Name: func(v any) string { return strings.ToUpper(reflect.TypeOf(v).Elem().Name()) }}
	n, err := flow.Parse("x: 1")
	require.NoError(t, err)
	d := flow.NewDecoder(f, "x: 1")
	d.Fields(n, new(address), nil)
	require.Len(t, d.Errors, 1)
	assert.Equal(t, `unknown ADDRESS key "x"`, d.Errors[0].Message)
}

func TestStringQuotesWhatYAMLReadsAsAnotherType(t *testing.T) {
	for s, want := range map[string]string{
		"SlowDown": "SlowDown", "a-b.c/d": "a-b.c/d", "": `""`,
		"12": `"12"`, "true": `"true"`, "No": `"No"`, "null": `"null"`,
		"a b": `"a b"`, "a\"\\\n\t\r": `"a\"\\\n\t\r"`, "\x00\u0085\u2028": `"\x00\x85\u2028"`,
		"\U000e0001": `"\U000e0001"`,
		"a\xff":      "\"a\ufffd\"", "ключ": `"ключ"`,
	} {
		assert.Equal(t, want, flow.String(s))
		n, err := flow.Parse("k: " + flow.String(s))
		require.NoError(t, err, s)
		assert.Equal(t, strings.ToValidUTF8(s, "\ufffd"), n.Pairs[0].Value.Text)
	}
}

func TestDurationOmitsUnitsThatAreZero(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0s", 250 * time.Millisecond: "250ms", 90 * time.Second: "1m30s", 2 * time.Minute: "2m", 2 * time.Hour: "2h",
		time.Hour + time.Second: "1h0m1s",
	} {
		assert.Equal(t, want, flow.Duration(d))
	}
}

func TestAKeyOfThreeFieldsTakesAValueASequenceOrAMapping(t *testing.T) {
	type either struct {
		One  string   `yaml:"name"`
		Many []string `yaml:"name"`
		Some address  `yaml:"name"`
	}
	format := &flow.Format{}
	for text, want := range map[string]either{
		"name: a":      {One: "a"},
		"name: [a, b]": {Many: []string{"a", "b"}},

		"name: {city: a}": {Some: address{City: "a"}},
	} {
		n, err := flow.Parse(text)
		require.NoError(t, err)
		var got either
		d := flow.NewDecoder(format, text)
		d.Fields(n, &got, nil)
		require.Empty(t, d.Errors)
		require.Equal(t, want, got)
		p := &flow.Printer{Format: format}
		p.Fields(reflect.ValueOf(got))
		require.Equal(t, text, p.String())
	}
}

package faultproxy_test

import (
	"encoding"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v4"

	"github.com/s3chaos/s3chaos/faultproxy"
)

func TestRuleText(t *testing.T) {
	p := 0.3
	r := faultproxy.Rule{
		Name: "slow down", Match: faultproxy.Match{
			Operation: "UploadPart", Bucket: "demo", Key: "*.bin", Method: "PUT", Part: 2, Attempt: 1,
			Header: map[string]string{"Range": "*", "If-Match": "a"}, Query: map[string]string{"list-type": "2"},
		},
		Times: 2, After: 1, Probability: &p, During: faultproxy.Window{From: 10 * time.Second, To: 90 * time.Second},
		AfterUpstream: true, Optional: true, Fault: faultproxy.Respond(503, "SlowDown"),
	}
	r.AfterUpstream, r.Chain, r.Fault = false, true, faultproxy.Bandwidth(1)
	assert.Contains(t, r.String(), "during: [10s, 1m30s], optional: true, chain: true, bandwidth: {rate: 1B}}")
	chained, err := faultproxy.ParseRule(r.String())
	require.NoError(t, err)
	assert.Equal(t, r, chained)
	r.AfterUpstream, r.Chain, r.Fault = true, false, faultproxy.Respond(503, "SlowDown")
	const text = `{name: "slow down", match: {operation: UploadPart, bucket: demo, key: "*.bin", method: PUT, ` +
		`part: 2, attempt: 1, ` +
		`header: {If-Match: a, Range: "*"}, query: {list-type: "2"}}, times: 2, after: 1, probability: 0.3, ` +
		`during: [10s, 1m30s], ` +
		`after_upstream: true, optional: true, respond: {status: 503, code: SlowDown}}`
	assert.Equal(t, text, r.String())
	back, err := faultproxy.ParseRule(text)
	require.NoError(t, err)
	assert.Equal(t, r, back)
	bare, err := faultproxy.ParseRule(text[1 : len(text)-1])
	require.NoError(t, err)
	assert.Equal(t, r, bare, "the outer braces may be left out")
}

func TestFaultText(t *testing.T) {
	for text, want := range map[string]string{
		"timeout: {}":              "timeout: {}",
		"timeout: 5s":              "timeout: 5s",
		"timeout: '90s'":           "timeout: 1m30s",
		"{tls: expired}":           "tls: expired",
		"refuse: {as: no_route}":   "refuse: no_route",
		"idle_close: {}":           "idle_close: {}",
		"bandwidth: {rate: 65536}": "bandwidth: {rate: 64KiB}",
		"reset_peer: {at: response_body, after_bytes: 3145728, hold: 1000ms}": "reset_peer: {at: response_body, " +
			"after_bytes: 3MiB, hold: 1s}",
		"\trespond: { status : 503 ,code: 'Slow''Down', }": `respond: {status: 503, code: ` +
			`"Slow'Down"}`,
	} {
		f, err := faultproxy.ParseFault(text)
		require.NoError(t, err, text)
		assert.Equal(t, want, f.String(), text)
	}
}

// A mistake says where it is and what is wrong, and if possible what was meant.
func TestParseRuleReportsMistakesWithTheirColumn(t *testing.T) {
	for text, want := range map[string]string{
		"":           "parse rule: fault: missing: a rule has exactly one fault",
		"{times: 2}": "parse rule: fault: missing: a rule has exactly one fault",
		"{respond: {}, timeout: 5s}": "parse rule: column 15: timeout is a second fault beside respond: a rule has " +
			"exactly one",
		"{tmes: 2, timeout: {}}": `parse rule: column 2: unknown rule key "tmes" (did you mean times?)`,
		"{timeuot: {}}":          `parse rule: column 2: unknown rule key "timeuot" (did you mean timeout?)`,
		"{match: {opertion: PutObject}, timeout: {}}": `parse rule: column 10: unknown match key "opertion" (did ` +
			`you mean operation?)`,
		"{match: {operation: PutObjet}, timeout: {}}": `parse rule: match.operation: unknown operation "PutObjet" ` +
			`(did you mean PutObject?)`,
		"{match: {key: *.bin}, timeout: {}}": `parse rule: column 15: '*' cannot start a plain value in ` +
			`YAML (put the value in quotes)`,
		"{timeout: {}, timeout: {}}": `parse rule: column 15: key "timeout" appears twice`,
		"{timeout: {}} x":            `parse rule: column 15: unexpected 'x' after the closing brace`,
		"{timeout: {}":               `parse rule: column 13: end of text: want a comma or "}"`,
		"{timeout {}}": `parse rule: column 10: '{' after key "timeout": want a ` +
			`colon and a value`,
		"{timeout: }": `parse rule: column 11: '}': want a value`,
		"{timeout: 5}": `parse rule: column 11: "5": want a duration like 250ms or ` +
			`1m30s`,
		"{times: two, after: 1.5, timeout: {}}": "parse rule: column 9: \"two\": want a whole number\ncolumn " +
			"21: \"1.5\": want a whole number",
		"{times: \"2\", timeout: {}}": `parse rule: column 9: "2" in quotes: want a whole number ` +
			`without quotes`,
		"{times: [2], timeout: {}}":    `parse rule: column 9: a sequence […]: want a value`,
		"{optional: yes, timeout: {}}": `parse rule: column 12: "yes": want true or false`,
		"{during: 10s, timeout: {}}": `parse rule: column 10: want a window of two times, like ` +
			`[10s, 40s]`,
		"{during: [0s, 0s], timeout: {}}": `parse rule: column 10: the window is empty (leave it out ` +
			`for always)`,
		"{during: [4s, 1s], timeout: {}}":  `parse rule: during: [4s, 1s]: want an end after the start`,
		"{during: [-1s, 1s], timeout: {}}": `parse rule: during: [-1s, 1s]: want a start of 0s or later`,
		"{name: \"ab, timeout: {}}":        `parse rule: column 8: text in quotes has no closing quote`,
		"{name: \"\\q\", timeout: {}}":     `parse rule: column 9: unknown escape in quotes`,
		`{name: "\ud800", timeout: {}}`:    `parse rule: column 9: unknown escape in quotes`,
		"{name: a #b, timeout: {}}": `parse rule: column 10: comments are not allowed (put text ` +
			`with " #" in quotes)`,
		"{[a]: b}":                  `parse rule: column 2: a sequence […] cannot be a key`,
		"{é: 1, timeout: {}}":       `parse rule: column 2: unknown rule key "é"`,
		"{name: \xff, timeout: {}}": `parse rule: column 8: text is not valid UTF-8`,
		strings.Repeat("{a: ", 100): `parse rule: column 66: nested deeper than 16 levels`,
		"bandwidth: {rate: 64kb}": `parse rule: column 19: "64kb": want a size like 500B, ` +
			`64KiB or 1MiB (did you mean 64KiB?)`,
	} {
		_, err := faultproxy.ParseRule(text)
		assert.EqualError(t, err, want, text)
	}
	_, err := faultproxy.ParseFault("{}")
	assert.EqualError(t, err, "parse fault: column 1: no fault: want one, like timeout: 5s")
	assert.ErrorIs(t, err, faultproxy.ErrText)
	_, err = faultproxy.ParseFault("respnd: {}")
	assert.EqualError(t, err, `parse fault: column 1: unknown fault "respnd" (did you mean respond?)`)
	var te *faultproxy.TextError
	require.ErrorAs(t, err, &te)
	assert.Equal(t, 1, te.Column)
}

// Every fault, with any of its fields set, prints as text that parses back and that is YAML.
func TestFaultTextParsesBack(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, kind := range faultproxy.Kinds() {
		valid := 0
		for range 400 {
			f, ok := faultproxy.NewFault(kind)
			require.True(t, ok)
			scramble(rng, reflect.ValueOf(f).Elem())
			if f.Validate() != nil {
				continue
			}
			valid++
			back, err := faultproxy.ParseFault(f.String())
			require.NoError(t, err, f.String())
			require.Equal(t, f, back, f.String())

			r := faultproxy.Rule{Fault: f}
			scramble(rng, reflect.ValueOf(&r).Elem())
			if r.Validate() != nil {
				r = faultproxy.Rule{Fault: f}
			}
			again, err := faultproxy.ParseRule(r.String())
			require.NoError(t, err, r.String())
			require.Equal(t, r, again, r.String())
			var doc map[string]any
			require.NoError(t, yaml.Unmarshal([]byte(r.String()), &doc), r.String())
			if name, ok := doc["name"]; r.Name != "" {
				require.True(t, ok)
				require.Equal(t, r.Name, name, "YAML reads another name from %s", r)
			}
		}
		assert.Positive(t, valid, "%s: no valid fault was drawn", kind)
	}
}

var words = []string{
	"", "", "*", "a", "PutObject", "true", "No", "12", "1e3", "~", "-", "a b", "a: b", "a #b", `q"u'o\te`,
	"\n\t\r\x00\x7f\u0085\u2028\ufeff", "ключ", "🦆", "[x]",
	"{", "x,y", "refused", "no_route", "nxdomain", "temporary", "expired", "handshake", "withhold", "late", "response",
	"request", "upstream", "accept",
	"request_head", "response_body", "all", "bucket", "prefix", "html", "empty", "GET", "demo", "*.bin",
}

var amounts = []faultproxy.Amount{{}, {Bytes: 5}, {Bytes: 64 << 10}, {Percent: 12.5}, {Percent: 50}}

// scramble sets some fields at random, to values that are often valid.
func scramble(rng *rand.Rand, v reflect.Value) {
	for i := range v.NumField() {
		f := v.Field(i)
		if rng.IntN(3) == 0 || v.Type().Field(i).Tag.Get("yaml") == "-" || !f.CanSet() {
			continue
		}
		word := func() string { return words[rng.IntN(len(words))] }
		switch x := f.Addr().Interface().(type) {
		case *time.Duration:
			*x = []time.Duration{
				0, 1, time.Millisecond, time.Second, 90 * time.Second, 2 * time.Hour,
				1<<63 - 1,
			}[rng.IntN(7)]
			continue
		case *faultproxy.Window:
			*x = faultproxy.Window{From: time.Duration(rng.Int64N(1e12)), To: time.Duration(1e12 + rng.Int64N(1e12))}
			continue
		case *faultproxy.Amount:
			*x = amounts[rng.IntN(len(amounts))]
			continue
		case **float64:
			p := []float64{0, 1, 0.5, 1e-9, rng.Float64()}[rng.IntN(5)]
			*x = &p
			continue
		case **bool:
			b := rng.IntN(2) == 0
			*x = &b
			continue
		case **faultproxy.Match:
			*x = &faultproxy.Match{Key: "a", MinLength: faultproxy.Size(rng.IntN(3))}
			continue
		case *map[string]string:
			for range rng.IntN(3) {
				if *x == nil {
					*x = map[string]string{}
				}
				(*x)["X-"+strings.Trim(word(), " \n\t\r\x00\x7f\u0085\u2028\ufeff{[,]:#'\"\\")] = word()
			}
			continue
		}
		switch f.Kind() {
		case reflect.Struct:
			scramble(rng, f)
		case reflect.Slice:
			for range 1 + rng.IntN(2) {
				var item any = []string{"PutObject", "GetObject", "HeadObject"}[rng.IntN(3)]
				switch f.Type().Elem() {
				case reflect.TypeFor[int]():
					item = []int{200, 404, 503, 599}[rng.IntN(4)]
				case reflect.TypeFor[faultproxy.Amount]():
					item = amounts[rng.IntN(len(amounts))]
				}
				f.Set(reflect.Append(f, reflect.ValueOf(item)))
			}
		case reflect.String:
			f.SetString(word())
		case reflect.Bool:
			f.SetBool(true)
		case reflect.Int:
			f.SetInt([]int64{0, 1, 2, 3, 301, 307, 404, 503, 599}[rng.IntN(9)])
		case reflect.Int64:
			f.SetInt([]int64{0, 1, 500, 1024, 3 << 20, 5<<30 + 1, 1<<63 - 1}[rng.IntN(7)])
		case reflect.Float64:
			f.SetFloat([]float64{0, 0.1, 1e9, 1e-7, rng.Float64() * 100}[rng.IntN(5)])
		}
	}
}

// A fault with a short form has one field only, because the short form could not express a second.
func TestShortFormsHaveOneField(t *testing.T) {
	for _, kind := range faultproxy.Kinds() {
		f, _ := faultproxy.NewFault(kind)
		if _, short := f.(encoding.TextUnmarshaler); short {
			assert.Equal(t, 1, reflect.TypeOf(f).Elem().NumField(), kind)
		}
		assert.Equal(t, kind, f.Kind())
	}
}

func FuzzParseRule(f *testing.F) {
	f.Add(`{name: "a", match: {operation: PutObject, header: {Range: "*"}}, times: 2, probability: 0.5, during: ` +
		`[1s, 2s], respond: {status: 503}}`)
	for _, kind := range faultproxy.Kinds() {
		f.Add("{" + kind + ": {}}")
	}
	f.Add(`timeout: 5s`)
	f.Add(`{name: "\x41\u00e9\U0001F986\N", match: {key: '[a-z]?''*'}, refuse: {as: no_route}}`)
	f.Fuzz(func(t *testing.T, text string) {
		r, err := faultproxy.ParseRule(text)
		if err != nil {
			return
		}
		back, err := faultproxy.ParseRule(r.String())
		require.NoError(t, err, "%q prints as %s", text, r)
		require.Equal(t, r.String(), back.String(), text)
		require.Equal(t, r, back, text)
	})
}

func FuzzParseSize(f *testing.F) {
	for _, s := range []string{
		"0", "64KiB", "1MiB", "500B", "9223372036854775807", "8388608TiB", "64kb", "-1",
		"1.5MiB", "KiB", "7 MiB",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		n, err := faultproxy.ParseSize(text)
		if err != nil {
			return
		}
		require.GreaterOrEqual(t, n, faultproxy.Size(0), text)
		back, err := faultproxy.ParseSize(n.String())
		require.NoError(t, err)
		require.Equal(t, n, back)
	})
}

func TestSize(t *testing.T) {
	for text, want := range map[string]faultproxy.Size{
		"0": 0, "500B": 500, "64KiB": 65536, "1MiB": 1 << 20,
		"5GiB": 5 << 30, "1TiB": 1 << 40, "007": 7,
	} {
		n, err := faultproxy.ParseSize(text)
		require.NoError(t, err, text)
		assert.Equal(t, want, n, text)
	}
	for text, want := range map[string]string{
		"64k": `"64k": want a size like 500B, 64KiB or 1MiB (did you mean 64KiB?)`,
		"5MB": `"5MB": want a size like 500B, 64KiB or 1MiB (did you mean 5MiB?)`,
		"":    `"": want a size like 500B, 64KiB or 1MiB`, "MiB": `"MiB": want a size like 500B, 64KiB or 1MiB`,
		"-1":                   `"-1": want a size like 500B, 64KiB or 1MiB`,
		"8388608TiB":           `size "8388608TiB" is too large: want less than 8388608TiB`,
		"99999999999999999999": `size "99999999999999999999" is too large: want less than 8388608TiB`,
	} {
		_, err := faultproxy.ParseSize(text)
		assert.EqualError(t, err, want)
	}
	assert.Equal(t, []string{"0B", "1025B", "3MiB"},
		[]string{faultproxy.Size(0).String(), faultproxy.Size(1025).String(), faultproxy.Size(3 << 20).String()})
}

package strictyaml_test

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v4"

	"github.com/s3chaos/s3chaos/internal/strictyaml"
)

type recipe struct {
	strictyaml.Block `yaml:"-"`
	Name             string            `yaml:"name,required"`
	Rest             time.Duration     `yaml:"rest,positive"`
	Servings         int               `yaml:"servings"`
	Heat             heat              `yaml:"heat"`
	Steps            []string          `yaml:"steps"`
	Labels           map[string]string `yaml:"labels"`
	Weight           weight            `yaml:"weight"`
	Pair             pair              `yaml:"pair"`
}

type heat string

type weight int

func (w *weight) UnmarshalText(text []byte) error {
	if _, err := fmt.Sscanf(string(text), "%dg", (*int)(w)); err != nil {
		return errors.New("bad weight")
	}
	return nil
}

type pair struct {
	left, right string
	trail       strictyaml.Trail
}

func (p *pair) read(d *strictyaml.Decoder, n *yaml.Node, path string) bool {
	var fields struct {
		Left struct {
			Inner string `yaml:"inner"`
		} `yaml:"left"`
	}
	trail, ok := d.Trace(func() bool {
		return d.Mapping(n, reflect.ValueOf(&fields).Elem(), path,
			&strictyaml.Extra{Words: []string{"right"}, Take: func(_ string, value *yaml.Node) bool {
				return d.Scalar(value, reflect.ValueOf(&p.right).Elem(), strictyaml.Join(path, "right"))
			}})
	})
	p.left, p.trail = fields.Left.Inner, trail
	return ok
}

var format = strictyaml.Format{
	Document: "recipe",
	Explain:  func(err error) (string, string) { return err.Error(), "write it like 5g" },
	Types: map[reflect.Type]strictyaml.Type{
		reflect.TypeFor[heat]():   strictyaml.Words[heat]("low", "high"),
		reflect.TypeFor[weight](): strictyaml.Named("a weight"),
		reflect.TypeFor[pair]():   strictyaml.Custom("a pair", (*pair).read),
	},
}

func read(text string) (recipe, error) {
	var r recipe
	p := strictyaml.NewProblems("r.yaml")
	strictyaml.Read(p, []byte(text), &r, &format)
	return r, p.Err()
}

func TestReadFillsEveryKindOfField(t *testing.T) {
	r, err := read("name: soup\nrest: 90s\nservings: 4\nheat: low\nsteps: [5, yes]\nlabels: {a: 1.50}\nweight: 12g\npair: {left: {inner: x}, right: y}\n")
	require.NoError(t, err)
	require.Equal(t, "soup", r.Name)
	require.Equal(t, 90*time.Second, r.Rest)
	require.Equal(t, 4, r.Servings)
	require.Equal(t, heat("low"), r.Heat)
	require.Equal(t, []string{"5", "yes"}, r.Steps, "an item of a list of text keeps its spelling")
	require.Equal(t, map[string]string{"a": "1.50"}, r.Labels)
	require.Equal(t, weight(12), r.Weight)
	require.Equal(t, "x y", r.Pair.left+" "+r.Pair.right)
}

func TestReadReportsEveryMistakeInTheOrderOfTheFile(t *testing.T) {
	_, err := read("rest: 0s\nservings: -1\nheat: hihg\nsteps: x\nweigth: 1g\nlabels: {a: 1, a: 2}\n")
	var input *strictyaml.InputError
	require.ErrorAs(t, err, &input)
	var places, hints []string
	for _, p := range input.Problems {
		places = append(places, fmt.Sprintf("%d:%d", p.Line, p.Column))
		hints = append(hints, p.Hint)
	}
	require.Equal(t, []string{"1:1", "1:7", "2:11", "3:7", "4:8", "5:1", "6:16"}, places)
	require.Equal(t, []string{
		"", "", "", `did you mean "high"?`, "write [x]", `did you mean "weight"?`,
		"it stands on line 6 already",
	}, hints)
}

func TestProblemPrintsLineCaretAndHint(t *testing.T) {
	_, err := read("name: soup\nheat: hihg\n")
	require.EqualError(t, err,
		"r.yaml:2:7: heat: unknown value \"hihg\"\n  2 | heat: hihg\n    |       ^^^^\n  hint: did you mean \"high\"?")
}

func TestReadRejectsWhatIsNoPlainDocument(t *testing.T) {
	for text, want := range map[string]string{
		"":                         "the file holds no recipe",
		"name: a\n---\nname: b\n":  "a second document",
		"name: &x a\n":             "anchors are not part of this format",
		"name: !!str a\n":          "tags such as !!str are not part of this format",
		"name: \"a\n":              "not YAML",
		"name: a\x01\n":            "the character U+0001 cannot stand in YAML",
		"name: \xff\n":             "byte 0xff is not UTF-8",
		"- a\n":                    "a recipe: expected a mapping, found a list",
		"name: a\nweight: 3kg\n":   "weight: bad weight",
		"name: a\npair: [1]\n":     "pair: expected a mapping, found a list",
		strings.Repeat("#", 2<<20): "the file is larger than 1MiB",
	} {
		_, err := read(text)
		require.ErrorContains(t, err, want)
	}
}

func TestBlockRemembersThePlaceOfEachKey(t *testing.T) {
	r, err := read("name: soup\nsteps:\n  - boil\n  - stir\n")
	require.NoError(t, err)
	require.True(t, r.Has("steps"))
	require.True(t, r.Understood("steps"))
	require.False(t, r.Has("heat"))
	require.Equal(t, strictyaml.Place{Line: 2, Column: 1}, r.At("steps"))
	require.Equal(t, 4, r.ItemSpan("steps", 1).Line)
	require.Equal(t, strictyaml.Place{Line: 1, Column: 1}, r.At("heat"), "an absent key has the place of its mapping")
}

func TestTrailFindsTheNearestKey(t *testing.T) {
	r, err := read("name: soup\npair:\n  left:\n    inner: x\n")
	require.NoError(t, err)
	at, ok := r.Pair.trail.Nearest("pair.left.inner")
	require.True(t, ok)
	require.Equal(t, 4, at.Line)
	at, ok = r.Pair.trail.Nearest("pair.left.other")
	require.True(t, ok)
	require.Equal(t, 3, at.Line)
	_, ok = r.Pair.trail.Nearest("elsewhere")
	require.False(t, ok)
}

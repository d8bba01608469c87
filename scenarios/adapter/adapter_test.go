package adapter_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/scenarios/adapter"
)

func TestEveryAdapterOfTheProjectIsRead(t *testing.T) {
	names := adapter.Names()
	require.NotEmpty(t, names)
	for _, name := range names {
		a, err := adapter.Find(name)
		require.NoError(t, err)
		require.Equal(t, name, a.Name, "the name of the file")
		require.NotEmpty(t, a.About)
		for _, verb := range adapter.Verbs() {
			require.NotContains(t, a.Lacks(verb), "the adapter of", "%s: say under cannot why it has no %s", name, verb)
		}
	}
	_, err := adapter.Find("rclonee")
	require.ErrorContains(t, err, `unknown client "rclonee"`)
	require.ErrorContains(t, err, "did you mean rclone?")
}

func TestMistakesInAnAdapterAreAllReported(t *testing.T) {
	const (
		head   = "adapter: 1\nname: x\n"
		delete = head + "steps: {delete: {run: [a]}}\n"
	)
	for text, says := range map[string]string{
		"adapter: 2\nname: x\nsteps: {delete: {run: [a]}}\n":   "adapter: 2: want 1, the version of this format",
		"adapter: 1\nname: a/b\nsteps: {delete: {run: [a]}}\n": `name: "a/b": want a word without / and :`,

		head:                                  "missing steps: an adapter has either steps or a session",
		head + "session: [a]\n":               "missing takes, the steps that the session understands",
		head + "session: [a]\ntakes: [fly]\n": `takes: unknown value "fly"`,

		head + "steps: {delete: {run: []}}\n":               "steps.delete.run: it is empty",
		head + "steps: {delete: {}}\n":                      "missing run",
		head + "steps: {list: {run: [a]}}\n":                "steps.list: missing keys: want lines, json PATH",
		head + "steps: {stat: {run: [a], size: words}}\n":   `steps.stat.size: "words": want text, json PATH`,
		head + "steps: {delete: {run: [a], keys: lines}}\n": "steps.delete.keys: only list has it",
		head + "steps: {delete: {run: [a], false: [1]}}\n":  "steps.delete.false: only exists has it",
		head + "steps: {exists: {run: [a], false: [0]}}\n":  "steps.exists.false: 0 means that the object exists",
		head + "steps: {delete: {run: [\"${kye}\"]}}\n":     `unknown placeholder ${kye}`,
		delete + "cannot: {delete: x}\n":                    "cannot.delete: the adapter has this step",
		delete + "cannot: {fly: x}\n":                       `cannot: unknown step "fly"`,
		delete + "least_part_mib: -1\n":                     "least_part_mib: -1 is negative",
		delete + "takes: [list]\n":                          "takes: only a session needs it",
		delete + "inherits: [AWS_PROFILE]\n":                `inherits: "AWS_PROFILE": want the name of a variable`,
		delete + "version: {run: [a], match: x}\n":          "want a group in parentheses",
		delete + "version: {run: [a]}\n":                    "version: want both run and match",
	} {
		_, err := adapter.Parse("own.yaml", []byte(text))
		require.ErrorContains(t, err, says, "%s", text)
		require.True(t, strings.HasPrefix(err.Error(), "own.yaml"), "%v", err)
	}
}

func parse(t *testing.T, text string) *adapter.Adapter {
	t.Helper()
	a, err := adapter.Parse("own.yaml", []byte("adapter: 1\nname: x\n"+text))
	require.NoError(t, err)
	return a
}

func TestAWordIsOneArgumentWhateverItsValue(t *testing.T) {
	a := parse(t, `steps:
  delete: {run: [rm, "s3://${bucket}/${key}"]}
  delete_many: {run: [rm, --, "${keys}"]}
  upload: {run: 'put "$file"'}
`)
	values := adapter.Values{"bucket": "b", "key": `a "b" $(c) ${key}`, "keys": "x y\nz", "file": "/tmp/f"}
	require.Equal(t, []string{"rm", `s3://b/a "b" $(c) ${key}`}, values.Words(&a.Steps.Delete.Run))
	require.Equal(t, []string{"rm", "--", "x y", "z"}, values.Words(&a.Steps.DeleteMany.Run))
	require.Equal(t, []string{"sh", "-c", `put "$file"`}, values.Words(&a.Steps.Upload.Run), "the shell expands it")
	require.Contains(t, values.Env(), "file=/tmp/f")
}

func TestARangeWithOneEndNeedsTheWholeHeader(t *testing.T) {
	for run, lacks := range map[string]bool{
		`[get, "${range}"]`: false, `[get, "${first}"]`: true, `'get $count'`: true,
	} {
		a := parse(t, "steps: {ranged: {run: "+run+"}}\n")
		require.Empty(t, a.LacksRange(true))
		require.Equal(t, lacks, a.LacksRange(false) != "", run)
	}
}

func TestKeysAndSizesOfAnOutput(t *testing.T) {
	for _, c := range []struct {
		how, output string
		keys        []string
		says        string
	}{
		{"lines", "a\r\ndir/b\n\n", []string{"dir/a", "dir/b"}, ""},
		{"json Contents[].Key", `{"Contents": [{"Key": "dir/a"}, {"Key": "b"}]}`, []string{"dir/a", "dir/b"}, ""},
		{"json Contents[].Key", "", nil, ""},
		{"json Contents[].Key", `{}`, nil, ""},
		{"json [].Key", `[{"Key": "a"}]` + "\n" + `[{"Key": "c"}]`, []string{"dir/a", "dir/c"}, ""},
		{"json Contents[].Key", "<html>", nil, "the output is not JSON"},
		{"xml Contents.Key", "<R><Contents><Key>a&amp;</Key></Contents><Key>no</Key></R>", []string{"dir/a&"}, ""},
		{"xml Contents.Key", "<R><Contents>", nil, "the output is not XML"},
	} {
		a := parse(t, "steps: {list: {run: [a], keys: '"+c.how+"'}}\n")
		keys, err := a.Steps.List.KeysIn(c.output, "dir/")
		if c.says != "" {
			require.ErrorContains(t, err, c.says)
			continue
		}
		require.NoError(t, err)
		require.Equal(t, c.keys, keys, "%s: %s", c.how, c.output)
	}
	for how, output := range map[string]string{
		"text": "42\n", "json Size": `{"Size": 42}`, "xml Size": "<R><Size>42</Size></R>",
	} {
		a := parse(t, "steps: {stat: {run: [a], size: "+how+"}}\n")
		size, err := a.Steps.Stat.SizeIn(output)
		require.NoError(t, err)
		require.EqualValues(t, 42, size, how)
		_, err = a.Steps.Stat.SizeIn("")
		require.ErrorContains(t, err, "read the size")
	}
}

func TestTheVersionOfAnOutput(t *testing.T) {
	a := parse(t, "version: {run: [x, --version], match: 'x v(\\S+)'}\nsteps: {delete: {run: [a]}}\n")
	require.Equal(t, "1.2-dev", a.Version.Of("this is x v1.2-dev\non linux"))
	require.Empty(t, a.Version.Of("no version"))
}

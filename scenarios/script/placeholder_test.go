package script_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/scenarios/script"
)

// angled returns the name of a placeholder in angle brackets.
func angled(name string) string { return "<" + name + ">" }

func TestResolveReplacesPlaceholdersInAllTextsButLabels(t *testing.T) {
	written := parse(t, `version: 1
name: from ${endpoint}
description: of ${dir}
tags: ["${dir}"]
objects: [{bucket: demo, key: a, content: "at ${endpoint}, $${endpoint}, $$${ca}, $5"}]
files: [{path: "${workdir}/in.txt", content: "\x24{workdir}"}]
client: {builtin: {prefix: "p${ca}"}}
steps:
  - name: a ${dir}
    download: {bucket: demo, key: "${dir}", to: "${workdir}/out"}
  - parallel: [{upload: {bucket: demo, key: k, content: "${ca}${ca}"}}]
faults:
  - {name: "n${ca}", match: {header: {Host: "${endpoint}*"}}, respond: {headers: {X-A: "${ca}"}, message: "m ${dir}"}}
  - {match: {}, redirect: {to: "${endpoint}/demo"}}
expect: {files: [{path: "${workdir}/out", content: "${dir}"}]}
`)
	s := written.Resolve(angled)
	require.Equal(t, "from ${endpoint}", s.Name)
	require.Equal(t, "of ${dir}", s.Description)
	require.Equal(t, []string{"${dir}"}, s.Tags)
	require.Equal(t, "at <endpoint>, ${endpoint}, $${ca}, $5", *s.Objects[0].Content)
	require.Equal(t, "in.txt", s.Files[0].Path)
	require.Equal(t, "<workdir>", *s.Files[0].Content)
	require.Equal(t, "p<ca>", s.Client.Builtin.Prefix)
	require.Equal(t, "a ${dir}", s.Steps[0].Name)
	require.Equal(t, "<dir>", s.Steps[0].Download.Key)
	require.Equal(t, "out", s.Steps[0].Download.To)
	require.Equal(t, "<ca><ca>", *s.Steps[1].Parallel[0].Upload.Content)
	require.Equal(t, "n${ca}", s.Faults[0].Rule.Name)
	require.Equal(t, map[string]string{"Host": "<endpoint>*"}, s.Faults[0].Rule.Match.Header)
	require.Equal(t, `respond: {message: "m <dir>", headers: {X-A: "<ca>"}}`, s.Faults[0].Rule.Fault.String())
	require.Equal(t, `redirect: {to: "<endpoint>/demo"}`, s.Faults[1].Rule.Fault.String())
	require.Equal(t, "out", s.Expect.Files[0].Path)
	require.Equal(t, "<dir>", *s.Expect.Files[0].Content)

	require.Equal(t, "at ${endpoint}, $${endpoint}, $$${ca}, $5", *written.Objects[0].Content, "it is as written")
	require.Equal(t, written.At("objects"), s.At("objects"))
}

func TestResolveReplacesPlaceholdersOfCommands(t *testing.T) {
	argv := parse(t, "version: 1\nname: a drill\nclient: {run: ['${dir}/a.sh', '$${x}'], env: {A: 'a ${endpoint}'}}\n")
	require.Equal(t, []string{"<dir>/a.sh", "${x}"}, argv.Resolve(angled).Client.Run.Argv)
	require.Equal(t, "a <endpoint>", argv.Resolve(angled).Client.Env["A"])

	shell := parse(t, "version: 1\nname: a drill\nclient: {run: 'echo ${k%.x} ${endpoint} $${endpoint}'}\n")
	require.Equal(t, "echo ${k%.x} <endpoint> ${endpoint}", shell.Resolve(angled).Client.Run.Shell)
}

func TestIntentPathsMayStartWithWorkdir(t *testing.T) {
	s := parse(t, `version: 1
name: a drill
objects: [{bucket: demo, key: a, content: hi}]
files: [{path: in.txt, content: hi}]
client: {run: [cp, "${workdir}/in.txt", "${workdir}/out.txt"]}
intent:
  - reads: {bucket: demo, key: a, to: "${workdir}/out.txt"}
  - writes: {bucket: demo, key: b, from: "${workdir}/in.txt"}
  - keeps: "${workdir}/in.txt"
`)
	require.Equal(t, "out.txt", s.Intent[0].Reads.To)
	require.Equal(t, "in.txt", s.Intent[1].Writes.From)
	require.Equal(t, "in.txt", s.Intent[2].Keeps.File)
	require.Equal(t, "<workdir>/out.txt", s.Resolve(angled).Client.Run.Argv[2])
}

func TestResolveReturnsScenarioWithoutPlaceholders(t *testing.T) {
	s := parse(t, minimal)
	require.Same(t, s, s.Resolve(angled))
}

func TestResolveReplacesPlaceholdersOfScenarioBuiltInGo(t *testing.T) {
	content := "${endpoint} ${unknown}"
	s := &script.Scenario{Objects: []script.Object{{Bucket: "demo", Key: "a", Content: &content}}}
	require.Equal(t, "<endpoint> ${unknown}", *s.Resolve(angled).Objects[0].Content)
}

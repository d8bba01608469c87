package script_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/scenarios/script"
)

func write(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		path := filepath.Join(dir, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
	}
}

// readFolder returns the scenarios of a folder.
func readFolder(dir string) ([]*script.Scenario, error) {
	folder, err := script.ReadFolder(dir)
	if err != nil {
		return nil, err
	}
	return folder.Scenarios, nil
}

func TestReadFolderReadsSubdirectories(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]string{
		"b.yaml": minimal, "sub/a.yml": minimal, "notes.md": "no scenario", ".hidden.yaml": "no", ".git/x.yaml": "no",
	})
	all, err := readFolder(dir)
	require.NoError(t, err)
	require.Len(t, all, 2)
	assert.Equal(t, filepath.Join(dir, "b"), all[0].ID)
	assert.Equal(t, filepath.Join(dir, "sub/a"), all[1].ID)
	assert.Equal(t, filepath.Join(dir, "sub/a.yml"), all[1].File)
	assert.Equal(t, minimal, string(all[0].Source))
}

func TestReadFolderReportsEveryFile(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]string{
		"a.yaml": "version: 1\nname: a\nvers: 1\n", "b.yaml": minimal, "c.yaml": "name: no version\nsteps: []\n",
		"d.yaml": "version: 1\nname: d\nsteps: [\n",
	})
	all, err := readFolder(dir)
	assert.Nil(t, all)
	var input *script.InputError
	require.ErrorAs(t, err, &input)
	files := map[string]bool{}
	for _, p := range input.Problems {
		files[filepath.Base(p.File)] = true
	}
	assert.Equal(t, map[string]bool{"a.yaml": true, "c.yaml": true, "d.yaml": true}, files)
}

func TestReadFolderPassesOverWhatIsNoScenario(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]string{
		"drill.yaml": minimal, "workflow.yml": "name: ci\non: [push]\njobs: {}\n",
		"compose.yaml": "version: '3'\nservices: {}\n", "list.yaml": "- a\n", "empty.yaml": "",
		"chart/templates/pod.yaml": "{{ if .Values.x }}\nkind: Pod\n{{ end }}\n",
	})
	folder, err := script.ReadFolder(dir)
	require.NoError(t, err)
	require.Len(t, folder.Scenarios, 1)
	var skipped []string
	for _, path := range folder.Skipped {
		name, err := filepath.Rel(dir, path)
		require.NoError(t, err)
		skipped = append(skipped, filepath.ToSlash(name))
	}
	assert.Equal(t, []string{
		"chart/templates/pod.yaml", "compose.yaml", "empty.yaml", "list.yaml", "workflow.yml",
	}, skipped)

	require.NoError(t, os.Remove(filepath.Join(dir, "drill.yaml")))
	_, err = script.ReadFolder(dir)
	require.ErrorContains(t, err, ": no scenarios here\n  hint: a scenario has version: and name: at its top, but ")
}

func TestReadFolderLeavesOutIgnoredFiles(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]string{
		".s3chaosignore": "wip/\n*.draft.yaml\n", "a.yaml": minimal, "b.draft.yaml": "version: 1\nname: b\n",
		"wip/c.yaml": "version: 1\nname: c\n", "sub/.s3chaosignore": "!*.draft.yaml\n", "sub/d.draft.yaml": minimal,
	})
	folder, err := script.ReadFolder(dir)
	require.NoError(t, err)
	require.Empty(t, folder.Skipped, "an ignored file is not spoken of")
	require.Len(t, folder.Scenarios, 2)
	assert.Equal(t, filepath.Join(dir, "a"), folder.Scenarios[0].ID)
	assert.Equal(t, filepath.Join(dir, "sub/d.draft"), folder.Scenarios[1].ID)
}

func TestUnreadableFileIsAnInputError(t *testing.T) {
	dir, other := t.TempDir(), t.TempDir()
	write(t, other, map[string]string{"drill.yaml": minimal})
	file := filepath.Join(other, "drill.yaml")
	for want, load := range map[string]func() error{
		"gone.yaml: no such file or directory": func() error { _, err := script.Load("gone.yaml"); return err },
		"gone: no such file or directory":      func() error { _, err := readFolder("gone"); return err },
		file + ": not a directory":             func() error { _, err := readFolder(file); return err },
		dir + ": is a directory":               func() error { _, err := script.Load(dir); return err },
		dir + ": no scenarios here\n  hint: a scenario's file ends in .yaml or .yml": func() error {
			_, err := readFolder(dir)
			return err
		},
	} {
		err := load()
		var input *script.InputError
		require.ErrorAs(t, err, &input)
		assert.EqualError(t, err, want)
	}
}

func TestReadFolderFollowsALinkToADirectory(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]string{"real/a.yaml": minimal})
	require.NoError(t, os.Symlink("real", filepath.Join(dir, "link")))
	all, err := readFolder(filepath.Join(dir, "link"))
	require.NoError(t, err)
	require.Len(t, all, 1)
	assert.Equal(t, filepath.Join(dir, "link", "a.yaml"), all[0].File)
}

package sweep_test

// The proof that a kill tells right programs from broken ones. The test binary is the program.

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/internal/racing"
	"github.com/s3chaos/s3chaos/scenarios/hunt"
	"github.com/s3chaos/s3chaos/scenarios/hunt/sweep"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// killedProgram is the variable that makes the test binary a program. Its value is one of programs.
const killedProgram = "S3CHAOS_KILLED_PROGRAM"

func TestMain(m *testing.M) {
	if kind := os.Getenv(killedProgram); kind != "" {
		if err := programs[kind](); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// programs are a downloader in two ranges and an uploader, right ones and broken ones.
var programs = map[string]func() error{
	"download":           func() error { return download("out.part", false) },
	"resumes-a-download": func() error { return download("out.part", true) },
	"believes-the-target": func() error {
		if there("out.bin") {
			return nil
		}
		return download("out.bin", false)
	},
	"believes-a-temporary-file": func() error {
		if there("out.part") {
			return os.Rename("out.part", "out.bin")
		}
		return download("out.part", false)
	},
	"upload":   func() error { return upload(false) },
	"in-parts": uploadInParts,
	"believes-its-note": func() error {
		if there("done") {
			return nil
		}
		if err := os.WriteFile("done", nil, 0o600); err != nil {
			return err
		}
		return upload(false)
	},
	"appends": func() error { return upload(true) },
}

// whole is the size of the object, which comes in two ranges.
const whole = 2000

// download writes the object to the file and gives the file its name. With resume it goes on after
// what the file holds.
func download(to string, resume bool) error {
	flags := os.O_CREATE | os.O_WRONLY | os.O_APPEND
	if !resume {
		flags |= os.O_TRUNC
	}
	file, err := os.OpenFile(to, flags, 0o600)
	if err != nil {
		return err
	}
	info, err := file.Stat()
	if err != nil {
		return err
	}
	for at := int(info.Size()); at < whole; {
		last := whole/2 - 1
		if at >= whole/2 {
			last = whole - 1
		}
		body, err := send("GET", "/demo/a.bin", nil, fmt.Sprintf("bytes=%d-%d", at, last))
		if err != nil {
			return err
		}
		n, err := file.Write(body)
		if err != nil {
			return err
		}
		at += n
	}
	return errors.Join(file.Close(), os.Rename(to, "out.bin"))
}

// upload stores the file. With appends it stores the object that is there and the file behind it.
func upload(appends bool) error {
	content, err := os.ReadFile("in.bin")
	if err != nil {
		return err
	}
	if appends {
		old, err := send("GET", "/demo/k", nil, "")
		if err == nil {
			content = append(old, content...)
		}
	}
	_, err = send("PUT", "/demo/k", content, "")
	return err
}

func uploadInParts() error {
	content, err := os.ReadFile("in.bin")
	if err != nil {
		return err
	}
	created, err := send("POST", "/demo/k?uploads", nil, "")
	if err != nil {
		return err
	}
	_, rest, _ := strings.Cut(string(created), "<UploadId>")
	id, _, _ := strings.Cut(rest, "<")
	if _, err := send("PUT", "/demo/k?partNumber=1&uploadId="+id, content, ""); err != nil {
		return err
	}
	listed, err := send("GET", "/demo/k?uploadId="+id, nil, "")
	if err != nil {
		return err
	}
	_, rest, _ = strings.Cut(string(listed), "<ETag>")
	tag, _, _ := strings.Cut(rest, "<")
	_, err = send("POST", "/demo/k?uploadId="+id, []byte("<CompleteMultipartUpload><Part><PartNumber>1</PartNumber>"+
		"<ETag>"+tag+"</ETag></Part></CompleteMultipartUpload>"), "")
	return err
}

func there(name string) bool {
	_, err := os.Stat(name)
	return err == nil
}

// send sends a request and returns the body of a success.
func send(method, path string, body []byte, span string) ([]byte, error) {
	request, err := http.NewRequest(method, os.Getenv("AWS_ENDPOINT_URL")+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	if span != "" {
		request.Header.Set("Range", span)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	content, err := io.ReadAll(response.Body)
	if err = errors.Join(err, response.Body.Close()); err != nil {
		return nil, err
	}
	if response.StatusCode/100 != 2 {
		return nil, errors.New(response.Status)
	}
	return content, nil
}

// killed returns a workload of the program.
func killed(t *testing.T, program string) *sweep.Workload {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	intent := "reads: {bucket: demo, key: a.bin, to: out.bin}"
	if strings.Contains("upload in-parts believes-its-note appends", program) {
		intent = "writes: {bucket: demo, key: k, from: in.bin}"
	}
	text := fmt.Sprintf(`version: 1
name: %s
objects: [{bucket: demo, key: a.bin, size: %d}]
files: [{path: in.bin, size: 1000}]
client: {run: "%s %s=%s exec '%s'"}
intent: [{%s}]
`, program, whole, racing.Setting, killedProgram, program, self, intent)
	s, err := script.Parse(program+".yaml", []byte(text))
	require.NoError(t, err)
	w, err := (&sweep.Workload{Name: program, Scenario: s}).Program("")
	require.NoError(t, err)
	return w
}

// kill kills the program at each of its exchanges.
func kill(t *testing.T, program string) (*sweep.Report, *hunt.Player) {
	t.Helper()
	p := &hunt.Player{Programs: true}
	require.NoError(t, p.Prepare(t.Context()))
	r, err := sweep.Run(t.Context(), []*sweep.Workload{killed(t, program)}, sweep.Config{Player: p, Kill: true})
	require.NoError(t, err)
	require.Empty(t, r.Unplayed)
	return r, p
}

func TestKilledProgramsThatAreRightHaveNoFinding(t *testing.T) {
	t.Parallel()
	for program, drills := range map[string]int{"download": 4, "resumes-a-download": 4, "upload": 2} {
		r, _ := kill(t, program)
		require.Equal(t, 0, r.ExitCode(), "%s: %s", program, text(t, r))
		require.Equal(t, drills, r.Played, "%s: %s", program, text(t, r))
		require.NotContains(t, text(t, r), "left behind", "each second run succeeds")
	}
}

func TestKilledProgramsThatAreBrokenAreFound(t *testing.T) {
	t.Parallel()
	for program, want := range map[string]hunt.Signature{
		"believes-the-target":       "wrong-read GetObject kill",
		"believes-a-temporary-file": "wrong-read GetObject kill",
		"believes-its-note":         "lost-write PutObject kill",
		"appends":                   "lost-write PutObject kill",
	} {
		r, p := kill(t, program)
		require.Equal(t, []hunt.Signature{want}, signatures(r), "%s: %s", program, text(t, r))
		require.NoError(t, r.WriteFiles(t.Context(), t.TempDir(), p, program == "believes-its-note"))
		f := r.Found[0].Small
		require.Empty(t, f.Note, "chaos run passes the file of %s", program)
		file, err := os.ReadFile(f.File)
		require.NoError(t, err)
		require.Contains(t, string(file), "run_again: true")
		require.Contains(t, string(file), "violates: ["+string(f.Kind)+"]")
		require.Equal(t, ".yaml", filepath.Ext(f.File))
	}
}

// What no program can clean up when it is killed is told, and is no finding.
func TestWhatAKillLeavesBehindIsTold(t *testing.T) {
	t.Parallel()
	r, _ := kill(t, "in-parts")
	require.Equal(t, 0, r.ExitCode(), text(t, r))
	require.Regexp(t, `left behind: orphan-upload in \d drills; first in-parts: CreateMultipartUpload demo/k, send 1`,
		text(t, r))
	r, _ = kill(t, "believes-the-target")
	require.NotContains(t, text(t, r), "left behind: file")
}

// The program does its work in its first run only. That is not the doing of a fault that finds
// nothing to act on.
func TestFindingWithoutItsFaultIsDropped(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip("curl is not on PATH")
	}
	text := fmt.Sprintf(`version: 1
name: once
buckets: [demo]
files: [{path: in.bin, size: 1000}]
client: {run: "[ -e '%[1]s' ] && exit; : >'%[1]s'; curl -sf -H Expect: -T in.bin ${endpoint}/demo/k"}
intent: [{writes: {bucket: demo, key: k, from: in.bin}}]
`, filepath.Join(t.TempDir(), "first"))
	s, err := script.Parse("once.yaml", []byte(text))
	require.NoError(t, err)
	p := &hunt.Player{Programs: true}
	require.NoError(t, p.Prepare(t.Context()))
	c := sweep.Config{Player: p, Kinds: []string{"continue"}}
	r, err := sweep.Run(t.Context(), []*sweep.Workload{{Name: "once", Scenario: s}}, c)
	require.NoError(t, err)
	require.Empty(t, r.Found)
	require.Zero(t, r.Played)
}

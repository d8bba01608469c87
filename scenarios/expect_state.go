package scenarios

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/s3chaos/s3chaos/scenarios/internal/evidence"
	"github.com/s3chaos/s3chaos/scenarios/oracle"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// answers checks the results of exists and list steps.
func (c *checker) answers() {
	for _, a := range c.acts {
		if a.Operation == "exists" && c.expect.Exists != nil && (!a.Acknowledged() || a.Found != *c.expect.Exists) {
			c.miss("exists", fmt.Sprint(*c.expect.Exists), answered(a, fmt.Sprint(a.Found)), c.journal("")...)
		}
		if a.Operation == "list" && c.expect.Keys != nil {
			got := c.drill.unprefixed(a.Keys)
			if !a.Acknowledged() || !slices.Equal(got, c.expect.Keys) {
				c.miss("keys", "["+strings.Join(c.expect.Keys, ", ")+"]",
					answered(a, "["+strings.Join(got, ", ")+"]"), c.journal("")...)
			}
		}
	}
}

func answered(a *oracle.Act, got string) string {
	switch {
	case !a.Done:
		return "no answer"
	case a.Err != nil:
		return "an error: " + a.Err.Error()
	}
	return got
}

func (c *checker) objects() {
	for _, want := range c.expect.Objects {
		line := lineOr(want.Line, c.expect.At("objects").Line)
		name := want.Bucket + "/" + want.Key
		got, there := c.drill.object(want.Bucket, want.Key)
		if !there {
			c.missAt("objects", line, name, "no such object")
			continue
		}
		c.content("objects", line, name, got, want.SameAs, want.Content,
			&oracle.Act{Bucket: want.Bucket, Key: want.Key})
	}
}

func (c *checker) files() {
	for _, want := range c.expect.Files {
		line := lineOr(want.Line, c.expect.At("files").Line)
		path := filepath.Join(c.drill.workdir, filepath.FromSlash(want.Path))
		got, err := os.ReadFile(path)
		if err == nil {
			err = c.kindOfFile(path, line, &want)
		}
		if err != nil {
			c.missAt("files", line, want.Path, strings.ReplaceAll(err.Error(), c.drill.workdir, "${workdir}"))
			continue
		}
		c.content("files", line, want.Path, got, want.SameAs, want.Content, nil)
	}
}

// kindOfFile checks the mode of a file, and whether it is a symbolic link.
func (c *checker) kindOfFile(path string, line int, want *script.FileExpect) error {
	if want.LinkTo != "" {
		got, err := os.Readlink(path)
		if err != nil {
			return err
		}
		if got = filepath.ToSlash(got); got != want.LinkTo {
			c.missAt("files", line, want.Path+" is a link to "+want.LinkTo, "a link to "+got)
		}
	}
	info, err := os.Stat(path)
	if err != nil || want.Mode == 0 {
		return err
	}
	if got := script.ModeOf(info.Mode()); got != want.Mode {
		c.missAt("files", line, fmt.Sprintf("%s with mode %s", want.Path, want.Mode), got.String())
	}
	return nil
}

// content compares got with the expected content. The literal is the expectation, if given, or else
// the source that as names; without both, content checks nothing. place is the object that holds
// got, or nil for a file.
func (c *checker) content(
	key string, line int, name string, got []byte, as *script.SameAs, literal *string, place *oracle.Act,
) {
	var want []byte
	var text string
	switch {
	case literal != nil:
		want, text = []byte(*literal), evidence.Bytes([]byte(*literal))
	case as == nil:
		return
	case as.Upload:
		a := c.drill.lastUpload(place)
		if a == nil {
			c.missAt(key, line, name+" as uploaded", "no step uploaded it")
			return
		}
		want, text = a.Content, "what step "+a.Step+" uploaded"
	case as.File != "":
		content, ok := c.drill.files[as.File]
		if !ok {
			c.missAt(key, line, name+" as file "+as.File, "no such file is declared")
			return
		}
		want, text = content, "file "+as.File
	default:
		text = as.Bucket + "/" + as.Key
		content, ok := c.drill.object(as.Bucket, as.Key)
		if !ok {
			c.missAt(key, line, name+" as "+text, text+" is not there")
			return
		}
		want = content
	}
	if !bytes.Equal(got, want) {
		c.missAt(key, line, fmt.Sprintf("%s the same as %s, %s", name, text, evidence.Bytes(want)), evidence.Bytes(got))
	}
}

// program checks the exit status and the output of a `run:` client.
func (c *checker) program() {
	p := c.drill.program
	if p == nil {
		return
	}
	if b := c.expect.ExitCode; b != nil && !b.Contains(p.exit) {
		c.missNumber("exit_code", lineOr(b.Line, c.expect.At("exit_code").Line), b.String(), p.ending(),
			measured(Count, *b, p.exit), tail(p.stderr.String())...)
	}
	for _, stream := range []struct {
		key  string
		want *script.TextExpect
		got  *bounded
	}{{"stdout", c.expect.Stdout, &p.stdout}, {"stderr", c.expect.Stderr, &p.stderr}} {
		if found, size := stream.got.contains(); stream.want != nil && !found {
			c.miss(stream.key, fmt.Sprintf("text that contains %q", stream.want.Contains),
				fmt.Sprintf("%d bytes without it", size), tail(stream.got.String())...)
		}
	}
}

func (c *checker) progress() {
	want := c.expect.Progress
	if want == "" {
		return
	}
	for _, a := range c.acts {
		why := progressMistake(a, want == script.Complete)
		if why == "" && want == script.Complete && a.Operation == "download" {
			why = c.ahead(a)
		}
		if why != "" {
			c.miss("progress", string(want), why+" in step "+a.Step)
		}
	}
}

// ahead returns how a download reports more bytes than the step has received in the responses to
// all its requests, or "".
func (c *checker) ahead(a *oracle.Act) string {
	received := int64(0)
	for i := range c.drill.records {
		if r := &c.drill.records[i]; evidence.Within(r.Step, a.Step) {
			received += r.BytesSent
		}
	}
	if n := len(a.Reports); n > 0 && a.Reports[n-1] > received {
		return fmt.Sprintf("%d bytes at the end, of %d that arrived,", a.Reports[n-1], received)
	}
	return ""
}

// progressMistake returns what is wrong with the reports of an act, or "".
func progressMistake(a *oracle.Act, complete bool) string {
	size := int64(len(a.Content))
	for i := 1; i < len(a.Reports); i++ {
		last := i == len(a.Reports)-1 && a.Acknowledged() && a.Reports[i] == size
		switch before := a.Reports[i-1]; {
		case a.Reports[i] < before && !last, complete && a.Reports[i] == before:
			return fmt.Sprintf("%d bytes after %d", a.Reports[i], before)
		}
	}
	switch {
	case !complete || !a.Reporting || !a.Acknowledged():
	case len(a.Reports) == 0:
		return "no report"
	case a.Reports[len(a.Reports)-1] != size:
		return fmt.Sprintf("%d of %d bytes at the end", a.Reports[len(a.Reports)-1], size)
	}
	return ""
}

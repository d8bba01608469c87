package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/s3chaos/s3chaos/scenarios"
	"github.com/s3chaos/s3chaos/scenarios/report"
)

// outputs writes each result to every report that --output asked for.
type outputs struct {
	writers []report.Writer
	files   []*os.File
}

// openOutputs understands FORMAT[=FILE], as often as given; every mistake is found before a file is made.
func openOutputs(specs []string, stdout io.Writer, o report.Options) (*outputs, error) {
	onStdout := 0
	var places []string
	for _, spec := range specs {
		format, file, toFile := strings.Cut(spec, "=")
		if !slices.Contains(report.Formats(), format) {
			return nil, fmt.Errorf("--output: unknown format %q%s", format, hint(format, report.Formats(), "formats: "+formats()))
		}
		if toFile && file == "" {
			return nil, fmt.Errorf("--output %s: the file's name is missing", spec)
		}
		if !toFile {
			onStdout++
		} else if place, err := filepath.Abs(file); err == nil && slices.Contains(places, place) && place != os.DevNull {
			return nil, fmt.Errorf("--output %s: another report goes to that file", spec)
		} else {
			places = append(places, place)
		}
	}
	if onStdout > 1 {
		return nil, errors.New("--output: two reports on standard output would mix\n  hint: send one to a file, as in --output json=results.ndjson")
	}
	out := &outputs{}
	for _, spec := range specs {
		format, file, toFile := strings.Cut(spec, "=")
		to, options := stdout, o
		if toFile {
			f, err := os.Create(file)
			if err != nil {
				return nil, errors.Join(fmt.Errorf("--output %s: %w", spec, err), out.close())
			}
			out.files = append(out.files, f)
			to, options.Color = f, false
		}
		w, err := report.New(format, to, options)
		if err != nil {
			return nil, errors.Join(err, out.close())
		}
		out.writers = append(out.writers, w)
	}
	return out, nil
}

func (o *outputs) drill(r *scenarios.Result) error {
	var wrong []error
	for _, w := range o.writers {
		wrong = append(wrong, w.Drill(r))
	}
	return errors.Join(wrong...)
}

func (o *outputs) close() error {
	var wrong []error
	for _, w := range o.writers {
		wrong = append(wrong, w.Close())
	}
	for _, f := range o.files {
		wrong = append(wrong, f.Close())
	}
	return errors.Join(wrong...)
}

// colorful reports whether w is a terminal that wants colour (https://no-color.org).
func colorful(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok || os.Getenv("NO_COLOR") != "" || os.Getenv("TERM") == "dumb" {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// formats lists the formats there are.
func formats() string { return strings.Join(report.Formats(), ", ") }

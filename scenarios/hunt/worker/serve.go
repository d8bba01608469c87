package worker

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/s3chaos/s3chaos/faultproxy"
	"github.com/s3chaos/s3chaos/scenarios"
	"github.com/s3chaos/s3chaos/scenarios/hunt"
	"github.com/s3chaos/s3chaos/scenarios/report"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// request is a line that the pool sends to a process.
type request struct {
	Client string `json:"client"`
	Lying  bool   `json:"lying,omitempty"`
	Find   bool   `json:"find"` // false: the script is played as it stands
	File   string `json:"file"`
	Script string `json:"script"`
}

// response is the line that the process sends back.
type response struct {
	Findings    []hunt.Finding `json:"findings,omitempty"`
	Tainted     string         `json:"tainted,omitempty"`
	Unjudged    string         `json:"unjudged,omitempty"`
	Panic       string         `json:"panic,omitempty"`
	Interrupted bool           `json:"interrupted,omitempty"`
	Report      string         `json:"report"` // the result in the json format
	// Last means that the process ends now, because the client left work behind that does not end.
	Last bool `json:"last,omitempty"`
}

// Serve plays the scripts that it reads and writes what they showed, until the input ends. player
// returns the player of a client, once for each; nil: a [hunt.Player] with these fields. The error
// is one of the input, the output or the client.
func Serve(
	ctx context.Context, in io.Reader, out io.Writer, player func(client string, lying bool) *hunt.Player,
) error {
	if player == nil {
		player = func(client string, lying bool) *hunt.Player { return &hunt.Player{Client: client, Lying: lying} }
	}
	players := make(map[string]*hunt.Player)
	lines := bufio.NewReader(in)
	for {
		line, err := lines.ReadBytes('\n')
		if errors.Is(err, io.EOF) && len(line) == 0 {
			return nil
		}
		if err != nil {
			return err
		}
		var q request
		if err := json.Unmarshal(line, &q); err != nil {
			return fmt.Errorf("request: %w", err)
		}
		key := fmt.Sprint(q.Client, q.Lying)
		if players[key] == nil {
			players[key] = player(q.Client, q.Lying)
			if err := players[key].Prepare(ctx); err != nil {
				return err
			}
		}
		r, err := q.play(ctx, players[key])
		if err != nil {
			return err
		}
		if err := json.NewEncoder(out).Encode(r); err != nil || r.Last {
			return err
		}
	}
}

// play plays one script.
func (q *request) play(ctx context.Context, p *hunt.Player) (*response, error) {
	s, err := script.Parse(q.File, []byte(q.Script))
	if err != nil {
		return nil, err
	}
	var o *hunt.Outcome
	if q.Find {
		o = p.Find(ctx, s)
	} else {
		o = &hunt.Outcome{Result: p.Run(ctx, s)}
	}
	if len(o.Findings) == 0 {
		o.Result.Journal, o.Result.Groups = nil, nil // the report of a drill without a finding stays small
	}
	r := &response{
		Findings: o.Findings, Tainted: o.Tainted, Unjudged: o.Unjudged, Panic: o.Panic,
		Interrupted: o.Result.Interrupted(), Last: errors.Is(o.Result.Err(), faultproxy.ErrNoProgress),
	}
	var text bytes.Buffer
	w, err := report.New("json", &text, report.Options{})
	if err == nil {
		err = errors.Join(w.Drill(o.Result), w.Close())
	}
	r.Report = text.String()
	return r, err
}

// outcome returns the outcome that the response describes.
func (r *response) outcome() (*hunt.Outcome, error) {
	_, results, err := report.Read(bytes.NewReader([]byte(r.Report)))
	if err != nil {
		return nil, err
	}
	o := &hunt.Outcome{Findings: r.Findings, Tainted: r.Tainted, Unjudged: r.Unjudged, Panic: r.Panic}
	for result, err := range results {
		if err != nil {
			return nil, err
		}
		o.Result = result
	}
	if o.Result == nil {
		return nil, errors.New("the response of a process has no result")
	}
	if r.Interrupted {
		o.Result.SetInterrupted()
	}
	return o, nil
}

// crashed returns the outcome of a script whose client ended the process. said is what the process
// wrote to its standard error.
func crashed(s *script.Scenario, client, how, said string) *hunt.Outcome {
	first, where := reading(said)
	if first == "" {
		first = "the process ended: " + how
	}
	sentence := "the client panicked: " + first
	if where != "" {
		sentence += " in " + where
	}
	return &hunt.Outcome{
		Panic:    said,
		Findings: []hunt.Finding{{Kind: hunt.Panicked, Where: where, Sentence: sentence}},
		Result: &scenarios.Result{
			ID: s.ID, File: s.File, Name: s.Name, Client: client, Seed: s.Seed, Clock: script.Virtual,
			Verdict: scenarios.Error, Reasons: []scenarios.Reason{{Kind: "harness", Got: sentence}},
		},
	}
}

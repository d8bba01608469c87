package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/s3chaos/s3chaos/internal/planted"
	"github.com/s3chaos/s3chaos/scenarios"
)

// This file plays each drill with each broken client.

// A matrix says which broken clients fail which drills.
type matrix struct {
	drills  []string
	fails   map[string][]string // by drill: the defects that fail it
	found   map[string]int      // by defect: the drills that it fails
	skipped []string            // drills that cannot be played on this machine
	late    int                 // drills that were not played in time
}

// playClients plays the catalog with each defect, or, with a breadth, until that many defects fail
// each drill.
func (p *prover) playClients(ctx context.Context) (*matrix, error) {
	m := &matrix{fails: map[string][]string{}, found: map[string]int{}}
	list, err := drills(nil)
	if err != nil {
		return nil, err
	}
	known := recorded()
	if p.missing {
		list = m.addKnown(list, known)
	}
	var mu sync.Mutex
	var all sync.WaitGroup
	next := make(chan int)
	for range p.workers {
		all.Go(func() {
			for i := range next {
				failing, skipped := failing(ctx, list[i], p.breadth, i, known[list[i].ID])
				mu.Lock()
				p.say("%s: failed by %s", list[i].ID, strings.Join(failing, ", "))
				m.add(list[i].ID, failing, skipped)
				mu.Unlock()
			}
		})
	}
	end := p.began.Add(time.Duration(p.minutes) * time.Minute / 4)
	for i := range list {
		if ctx.Err() != nil || time.Now().After(end) {
			m.late = len(list) - i
			break
		}
		next <- i
	}
	close(next)
	all.Wait()
	if p.breadth > 0 && m.late == 0 {
		if err := p.playUnseen(ctx, m); err != nil {
			return nil, err
		}
	}
	slices.Sort(m.drills)
	slices.Sort(m.skipped)
	return m, ctx.Err()
}

// addKnown adds the drills that the record has, and returns the others. What the record says of
// drills that have left the catalog is dropped.
func (m *matrix) addKnown(list []*scenarios.Scenario, known map[string][]string) []*scenarios.Scenario {
	return slices.DeleteFunc(list, func(s *scenarios.Scenario) bool {
		names := known[s.ID]
		if len(names) > 0 {
			m.add(s.ID, names, false)
		}
		return len(names) > 0
	})
}

// playUnseen plays each defect that has failed no drill yet, until it fails one. Without a breadth
// there is nothing to do.
func (p *prover) playUnseen(ctx context.Context, m *matrix) error {
	list, err := drills(nil)
	if err != nil {
		return err
	}
	for _, d := range planted.All() {
		for _, s := range list {
			if m.found[d.Name] > 0 || ctx.Err() != nil {
				break
			}
			broken, o, ok := d.Plant(s)
			if !ok || slices.Contains(m.skipped, s.ID) || !caught(ctx, broken, o) ||
				scenarios.Run(ctx, s, d.Right()).Verdict != scenarios.Pass {
				continue
			}
			p.say("%s: failed by %s", s.ID, d.Name)
			m.found[d.Name]++
			m.fails[s.ID] = append(m.fails[s.ID], d.Name)
		}
	}
	return nil
}

// caught reports whether the drill notices the defect that was planted into it.
func caught(ctx context.Context, broken *scenarios.Scenario, o scenarios.Options) bool {
	verdict := scenarios.Run(ctx, broken, o).Verdict
	return verdict == scenarios.Fail || verdict == scenarios.Vacuous
}

func (m *matrix) add(id string, failing []string, skipped bool) {
	if skipped {
		m.skipped = append(m.skipped, id)
		return
	}
	m.drills = append(m.drills, id)
	m.fails[id] = failing
	for _, name := range failing {
		m.found[name]++
	}
}

// failing returns the defects with which the drill does not pass, sorted. It plays the known ones
// first and gross ones last, and begins at another defect for each turn, so that a breadth does not
// favour the first ones. skipped means that this machine cannot play the drill.
func failing(
	ctx context.Context, s *scenarios.Scenario, breadth, turn int, known []string,
) (names []string, skipped bool) {
	right := map[string]bool{} // by base: whether it passes without a defect
	defects := planted.All()
	turn = turn * 7 % len(defects)
	defects = slices.Concat(defects[turn:], defects[:turn])
	slices.SortStableFunc(defects, func(a, b planted.Defect) int { return rank(a, known) - rank(b, known) })
	for _, d := range defects {
		if breadth > 0 && !slices.Contains(known, d.Name) && (len(names) >= breadth || d.Gross && len(names) > 0) {
			break
		}
		broken, o, ok := d.Plant(s)
		if !ok {
			continue
		}
		base := d.Base()
		if _, known := right[base]; !known {
			verdict := scenarios.Run(ctx, s, d.Right()).Verdict
			right[base] = verdict == scenarios.Pass
			skipped = skipped || base == "declared" && verdict == scenarios.Skip
		}
		if !right[base] {
			continue
		}
		if caught(ctx, broken, o) {
			names = append(names, d.Name)
		}
	}
	slices.Sort(names)
	return names, skipped && !slices.Contains(slices.Collect(maps.Values(right)), true)
}

func rank(d planted.Defect, known []string) int {
	switch {
	case slices.Contains(known, d.Name):
		return 0
	case d.Gross:
		return 2
	}
	return 1
}

func grossNames() map[string]bool {
	gross := map[string]bool{}
	for _, d := range planted.All() {
		gross[d.Name] = d.Gross
	}
	return gross
}

// write writes the tables in Markdown.
func (m *matrix) write(b io.Writer) {
	defects := planted.All()
	gross := grossNames()
	var unfailed, coarse []string
	for _, id := range m.drills {
		switch {
		case len(m.fails[id]) == 0:
			unfailed = append(unfailed, id)
		case !slices.ContainsFunc(m.fails[id], func(name string) bool { return !gross[name] }):
			coarse = append(coarse, id)
		}
	}
	var unseen []string
	for _, d := range defects {
		if m.found[d.Name] == 0 {
			unseen = append(unseen, d.Name)
		}
	}
	fmt.Fprintf(b, "## Broken clients\n\n%d broken clients played %d drills. Drills that no broken client fails: %s. "+
		"Drills that only gross defects fail, which almost every drill notices: %s. Broken clients that fail no drill: %s.",
		len(defects), len(m.drills), listed(unfailed), listed(coarse), listed(unseen))
	if len(m.skipped) > 0 {
		fmt.Fprintf(b, " Not played, because this machine lacks a program: %s.", listed(m.skipped))
	}
	if m.late > 0 {
		fmt.Fprintf(b, " Not played in time: %d drills.", m.late)
	}
	fmt.Fprintf(b, "\n\n| broken client | what it does | drills that it fails |\n|---|---|--:|\n")
	for _, d := range defects {
		fmt.Fprintf(b, "| %s | %s | %d |\n", d.Name, d.About, m.found[d.Name])
	}
	fmt.Fprintf(b, "\n| drill | broken clients that fail it |\n|---|---|\n")
	for _, id := range m.drills {
		fmt.Fprintf(b, "| %s | %s |\n", id, strings.Join(m.fails[id], ", "))
	}
	fmt.Fprintln(b)
}

func listed(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}

package main

import (
	"fmt"
	"strconv"
	"strings"
)

// A drill reaches thousands of mutants, most of them neighbours. So a trace holds ranges of
// numbers: "1-5 7 9-12".

// ranges writes ascending numbers as ranges.
func ranges(ids []int) string {
	var list []string
	for i := 0; i < len(ids); {
		first := ids[i]
		for i++; i < len(ids) && ids[i] == ids[i-1]+1; i++ {
		}
		text := strconv.Itoa(first)
		if last := ids[i-1]; last > first {
			text += "-" + strconv.Itoa(last)
		}
		list = append(list, text)
	}
	return strings.Join(list, " ")
}

// numbers reads what ranges wrote, and numbers between other white space.
func numbers(text string) ([]int, error) {
	var ids []int
	for field := range strings.FieldsSeq(text) {
		from, to, both := strings.Cut(field, "-")
		if !both {
			to = from
		}
		first, err := strconv.Atoi(from)
		if err != nil {
			return nil, fmt.Errorf("range %q: %w", field, err)
		}
		last, err := strconv.Atoi(to)
		if err != nil {
			return nil, fmt.Errorf("range %q: %w", field, err)
		}
		for id := first; id <= last; id++ {
			ids = append(ids, id)
		}
	}
	return ids, nil
}

package oracle

import (
	"fmt"
	"slices"
	"strings"
)

// This file judges lists. An entry of a list is a key, or with a delimiter a common prefix that
// stands for its keys.

// entry returns the entry under which a list has the key.
func (a *Act) entry(key string) string {
	if a.Delimiter == "" {
		return key
	}
	rest := strings.TrimPrefix(key, a.Prefix)
	if before, _, found := strings.Cut(rest, a.Delimiter); found {
		return a.Prefix + before + a.Delimiter
	}
	return key
}

// isGroup reports whether an entry of the list is a common prefix.
func (a *Act) isGroup(entry string) bool {
	return a.Delimiter != "" && strings.HasSuffix(entry, a.Delimiter)
}

// covers reports whether the list is about the key: below the prefix and behind StartAfter. It is
// false for the keys of a common prefix that StartAfter is inside of: servers differ there.
func (a *Act) covers(key string) bool {
	if a.StartAfter != "" && (key <= a.StartAfter || a.entry(key) <= a.StartAfter) {
		return false
	}
	return strings.HasPrefix(key, a.Prefix)
}

// wrongList checks each listed entry, and that every key that existed throughout is in the list.
func (l *Ledger) wrongList(a *Act) string {
	listed := make(map[string]int, len(a.Keys))
	for _, entry := range a.Keys {
		listed[entry]++
		switch {
		case !strings.HasPrefix(entry, a.Prefix):
			return fmt.Sprintf("the list of %s below %q holds %s", a.Bucket, a.Prefix, entry)
		case a.StartAfter != "" && entry <= a.StartAfter &&
			(!a.isGroup(entry) || !strings.HasPrefix(a.StartAfter, entry)):
			return fmt.Sprintf("the list of %s after %q holds %s", a.Bucket, a.StartAfter, entry)
		}
	}
	var lacks string
	there := make(map[string]bool) // entries of keys that existed at some time of the list
	for _, key := range l.Keys(a.Bucket) {
		entry := a.entry(key)
		least, most := l.entries(a, key)
		there[entry] = there[entry] || most > 0
		if entry == key && most > 0 && listed[key] > most {
			return fmt.Sprintf("the list of %s holds %s %s", a.Bucket, key, times(listed[key], most))
		}
		if lacks == "" && a.covers(key) && listed[entry] < least {
			lacks = fmt.Sprintf("the list of %s lacks %s, which was there all the time", a.Bucket, entry)
		}
	}
	for _, entry := range a.Keys {
		switch {
		case !there[entry]:
			return fmt.Sprintf("the list of %s holds %s, which was not there", a.Bucket, entry)
		case a.isGroup(entry) && listed[entry] > 1:
			return fmt.Sprintf("the list of %s holds %s twice", a.Bucket, entry)
		}
	}
	return lacks
}

// entries returns how often at least and at most a list holds the key.
func (l *Ledger) entries(a *Act, key string) (least, most int) {
	if a.Versions && l.Versioned != nil && l.Versioned(a.Bucket) {
		for _, v := range l.versions(a.Bucket, key) {
			if v.Seq <= a.Since && !v.Gone {
				least++
			}
			if v.Seq <= a.Until {
				most++
			}
		}
		if a.Delimiter != "" && a.entry(key) != key {
			least = min(least, 1)
		}
		return least, most
	}
	states := l.during(a, key)
	if !slices.ContainsFunc(states, func(v Value) bool { return v.Deleted }) {
		least = 1
	}
	if slices.ContainsFunc(states, func(v Value) bool { return !v.Deleted }) {
		most = 1
	}
	return least, most
}

// times says how often a key is listed, if it may be listed so often at most.
func times(got, most int) string {
	if got == 2 && most == 1 {
		return "twice"
	}
	return fmt.Sprintf("%d times, with %d versions", got, most)
}

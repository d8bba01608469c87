// Package listing holds what the listings of S3 share: a [Page] of keys, [Token] and [Position] for
// where the next page begins, [Limit] for its size, and a [Coding] for the keys.
package listing

import (
	"slices"
	"strings"
)

// Page is one page of a bucket: keys and, with a delimiter, the prefixes that stand for the keys
// below them. Both count towards the limit, once each.
type Page struct {
	Prefix, Delimiter string
	Limit             int // the most keys and prefixes; 0: none

	Keys      []string
	Prefixes  []string
	Truncated bool
	Next      string // where the next page goes on: a key, or a prefix as a whole
}

// Fill fills the page from a sorted index with the live keys after a key. After a common prefix it
// goes on with the keys that do not have this prefix: the page before had them.
func (p *Page) Fill(index []string, after string, live func(key string) bool) {
	if p.Limit == 0 {
		return
	}
	start, _ := slices.BinarySearch(index, max(after, p.Prefix))
	for _, key := range index[start:] {
		if key == after || !live(key) {
			continue
		}
		if !strings.HasPrefix(key, p.Prefix) || p.add(key, after) {
			return
		}
	}
}

// add takes the next key into the page, and reports whether the page was full already.
func (p *Page) add(key, after string) (full bool) {
	common := CommonPrefix(key, p.Prefix, p.Delimiter)
	if common != "" && (common == after || len(p.Prefixes) > 0 && p.Prefixes[len(p.Prefixes)-1] == common) {
		return false
	}
	if len(p.Keys)+len(p.Prefixes) == p.Limit {
		p.Truncated = true
		return true
	}
	if common != "" {
		p.Prefixes = append(p.Prefixes, common)
		p.Next = common
		return false
	}
	p.Keys = append(p.Keys, key)
	p.Next = key
	return false
}

// CommonPrefix is the part of key up to the delimiter after prefix, or empty.
func CommonPrefix(key, prefix, delimiter string) string {
	if delimiter == "" {
		return ""
	}
	if i := strings.Index(key[len(prefix):], delimiter); i >= 0 {
		return key[:len(prefix)+i+len(delimiter)]
	}
	return ""
}

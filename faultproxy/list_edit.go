package faultproxy

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"net/url"
	"regexp"
	"strconv"

	"github.com/s3chaos/s3chaos/faultproxy/internal/flow"
	"github.com/s3chaos/s3chaos/faultproxy/internal/s3api"
	"github.com/s3chaos/s3chaos/internal/glob"
)

// The changes of the fault list to the document of a page.

var (
	listEntry     = regexp.MustCompile(`(?s)\s*<Contents>.*?</Contents>`)
	entryKey      = regexp.MustCompile(`(?s)<Key>.*?</Key>`)
	listKeyCount  = regexp.MustCompile(`<KeyCount>(\d+)</KeyCount>`)
	listTruncated = regexp.MustCompile(`<IsTruncated>(true|false)</IsTruncated>`)
	listNext      = regexp.MustCompile(`(?s)\s*<Next(ContinuationToken|Marker)>.*?</Next(ContinuationToken|Marker)>`)
)

// edit returns the page with the changes, and whether there were any.
func (f *listFault) edit(req *s3api.Request, page []byte) (edited []byte, changed bool) {
	edited = f.editEntries(page)
	if f.KeyCount != nil {
		edited = listKeyCount.ReplaceAll(edited, fmt.Appendf(nil, "<KeyCount>%d</KeyCount>", *f.KeyCount))
	}
	if f.TruncateWithoutToken {
		edited = withToken(edited, "")
	}
	if f.RepeatToken {
		name, token := "NextContinuationToken", req.Param("continuation-token")
		if req.Operation == "ListObjects" {
			name, token = "NextMarker", req.Param("marker")
		}
		if token != "" {
			edited = withToken(edited, "<"+name+">"+escape(token)+"</"+name+">")
		}
	}
	return edited, !bytes.Equal(edited, page)
}

// withToken returns the page as one that others follow, with this element for the next token.
func withToken(page []byte, token string) []byte {
	page = listNext.ReplaceAll(page, nil)
	return listTruncated.ReplaceAllLiteral(page, []byte("<IsTruncated>true</IsTruncated>"+token))
}

// editEntries drops and duplicates objects, and adapts KeyCount.
func (f *listFault) editEntries(page []byte) []byte {
	places := listEntry.FindAllIndex(page, -1)
	keys := make([]string, len(places))
	encoded := bytes.Contains(page, []byte("<EncodingType>url</EncodingType>"))
	for i, at := range places {
		keys[i] = listedKey(page[at[0]:at[1]], encoded)
	}
	drop, duplicate := f.Drop.choose(keys), f.Duplicate.choose(keys)
	var edited []byte
	done, more := 0, 0
	for i, at := range places {
		edited = append(edited, page[done:at[0]]...)
		done = at[1]
		if drop[i] {
			more--
			continue
		}
		edited = append(edited, page[at[0]:at[1]]...)
		if duplicate[i] {
			more++
			edited = append(edited, page[at[0]:at[1]]...)
		}
	}
	edited = append(edited, page[done:]...)
	return listKeyCount.ReplaceAllFunc(edited, func(element []byte) []byte {
		n, err := strconv.Atoi(string(listKeyCount.FindSubmatch(element)[1]))
		if err != nil {
			return element
		}
		return fmt.Appendf(nil, "<KeyCount>%d</KeyCount>", n+more)
	})
}

// listedKey returns the key of an entry.
func listedKey(entry []byte, encoded bool) string {
	var key string
	if xml.Unmarshal(entryKey.Find(entry), &key) != nil {
		return ""
	}
	if encoded {
		if plain, err := url.QueryUnescape(key); err == nil {
			return plain
		}
	}
	return key
}

// number returns how many of the last entries are meant, and whether the text is a number.
func (e Entries) number() (int, bool) {
	n, err := strconv.Atoi(string(e))
	return n, err == nil && n >= 0 && e[0] != '+' && e[0] != '-'
}

// text returns the entries as a scalar: a number as it is, and a pattern as a string.
func (e Entries) text() string {
	if n, ok := e.number(); ok && strconv.Itoa(n) == string(e) {
		return string(e)
	}
	return flow.String(string(e))
}

// choose reports for each key whether it is meant.
func (e Entries) choose(keys []string) []bool {
	chosen := make([]bool, len(keys))
	if n, ok := e.number(); ok {
		for i := max(0, len(keys)-n); i < len(keys); i++ {
			chosen[i] = true
		}
		return chosen
	}
	if e == "" {
		return chosen
	}
	pattern := glob.Compile(string(e))
	for i, key := range keys {
		chosen[i] = pattern.Match(key)
	}
	return chosen
}

package oracle

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/s3chaos/s3chaos/scenarios/script"
)

// Stored is what S3 keeps of an object besides its content: what an upload asked for, or what is
// there. An empty field of an upload asks for nothing.
type Stored struct {
	Header         map[string]string // by canonical name
	Metadata, Tags map[string]string
	Checksum       string // the name of its algorithm, such as CRC64NVME
	CustomerKeyMD5 string // of an encryption key of the customer, in base64
}

// differs returns what of the wanted values is another one or missing; "": nothing.
func (s *Stored) differs(got Stored) string {
	for _, kind := range []struct {
		name      string
		want, got map[string]string
	}{{"header", s.Header, got.Header}, {"metadata", s.Metadata, got.Metadata}, {"tag", s.Tags, got.Tags}} {
		for _, name := range slices.Sorted(maps.Keys(kind.want)) {
			want, have := kind.want[name], kind.got[name]
			if name == "X-Amz-Storage-Class" {
				have = cmp.Or(have, "STANDARD") // S3 does not tell it
			}
			if want != have {
				return fmt.Sprintf("%s %s %q, but has %q", kind.name, name, want, have)
			}
		}
	}
	if s.Checksum != "" && s.Checksum != got.Checksum {
		return fmt.Sprintf("checksum %s, but has %q", s.Checksum, got.Checksum)
	}
	if s.CustomerKeyMD5 != "" && s.CustomerKeyMD5 != got.CustomerKeyMD5 {
		return "a key of the customer, but is not encrypted with it"
	}
	return ""
}

// unkept returns a violation if the object of an acknowledged upload lacks what the upload wanted
// S3 to keep. It judges only a final value that a single write of the key wanted.
func (l *Ledger) unkept(bucket, key string, final Value, writes []*Act) []Violation {
	var writer *Act
	for _, a := range writes {
		if !l.wants(a, final) {
			continue
		}
		if writer != nil {
			return nil
		}
		writer = a
	}
	if l.final(bucket, key).Uncovered {
		return nil
	}
	if writer == nil || writer.Stored == nil || !writer.Acknowledged() || l.Stored == nil || !l.judges(LawKept) {
		return nil
	}
	different := writer.Stored.differs(l.Stored(bucket, key))
	if different == "" {
		return nil
	}
	got := fmt.Sprintf("%s/%s was acknowledged with %s", bucket, key, different)
	return []Violation{l.accused(script.LostWrite, writer, got)}
}

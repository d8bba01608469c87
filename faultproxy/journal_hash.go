package faultproxy

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"hash"
)

// Hash returns the SHA-256, in hex, of what a repetition of the same drill repeats: of every
// record, in order, arrival and end, identity and n, rule, both statuses, the digests of both
// bodies, whether it was committed and how it ended. What differs by chance is left out:
// connections, sequence numbers, User-Agent, invocation and upload ids, signatures, and with them
// bytes on the wire. It means something under virtual time only.
func (j *Journal) Hash() string { return HashRecords(j.Records()) }

// HashRecords is Journal.Hash of records as Journal.Records returned them.
func HashRecords(records []Record) string {
	records = append([]Record(nil), records...)
	sortRecords(records)
	h := sha256.New()
	for i := range records {
		hashRecord(h, &records[i])
	}
	return hex.EncodeToString(h.Sum(nil))
}

// hashRecord writes the fields with their lengths, so that no two records are the same bytes.
func hashRecord(h hash.Hash, r *Record) {
	committed := int64(0)
	if r.Committed {
		committed = 1
	}
	var b [8]byte
	for _, n := range [...]int64{
		int64(r.At), int64(r.End), int64(r.Nth), int64(r.Status), int64(r.UpstreamStatus),
		committed,
	} {
		binary.BigEndian.PutUint64(b[:], uint64(n))
		h.Write(b[:])
	}
	for _, s := range [...]string{r.Identity, r.Rule, r.RequestSHA256, r.ResponseSHA256, r.Ended} {
		binary.BigEndian.PutUint64(b[:], uint64(len(s)))
		h.Write(b[:])
		h.Write([]byte(s))
	}
}

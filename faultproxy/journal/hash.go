package journal

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"hash"
)

// Hash returns the SHA-256, in hexadecimal, of everything that is the same when the drill runs
// again with the same seed. That is, for each record in order: arrival, end, identity, Nth, rule,
// both statuses, the digests of both bodies, Committed and Ended. Hash leaves out what differs from
// run to run: connection and sequence numbers, User-Agent, invocation and upload ids, signatures,
// and with them the numbers of bytes on the wire. In real time the instants differ too, so hashes
// are comparable under virtual time only.
func (j *Journal) Hash() string { return HashRecords(j.Records()) }

// HashRecords returns what Journal.Hash returns for a journal with these records. Their order does
// not matter.
func HashRecords(records []Record) string {
	records = append([]Record(nil), records...)
	sortRecords(records)
	h := sha256.New()
	for i := range records {
		hashRecord(h, &records[i])
	}
	return hex.EncodeToString(h.Sum(nil))
}

// hashRecord writes the record into h. Strings are preceded by their lengths, so that different
// records never give the same bytes.
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

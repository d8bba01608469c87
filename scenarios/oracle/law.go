package oracle

// A Law is a rule that every client must keep. Its text states what holds if the client keeps it.
type Law string

// The laws. Package scenarios judges the laws about time: LawHang, LawLeak and LawLate.
const (
	LawKept         Law = "a write that was acknowledged is kept"
	LawCondition    Law = "a conditional write succeeds only where its condition held"
	LawWhole        Law = "a key holds whole contents only"
	LawDownload     Law = "a download delivers what the key held"
	LawExists       Law = "an answer about a key is true"
	LawStat         Law = "a size is the object's"
	LawList         Law = "a list is complete and true"
	LawGranted      Law = "success is what S3 granted"
	LawUploads      Law = "no multipart upload stays open"
	LawWireRefused  Law = "a program exits with 0 only if S3 granted its writes"
	LawWireStored   Law = "a program exits with 0 only if S3 saw its writes"
	LawWireAnswered Law = "a program exits with 0 only if its writes were answered"
	LawWireEachKey  Law = "a program exits with 0 only if S3 deleted each key"
	LawFile         Law = "a failure leaves the old file or the whole new one"
	LawRemoved      Law = "a moved file is gone"
	LawKeeps        Law = "what is to be kept is kept"
	LawMoves        Law = "the source of a move goes only once its target is there"
	LawOldObject    Law = "an old object goes only once the new one is there"
	LawVersions     Law = "the deletion of a version leaves the others"
	LawOldFile      Law = "an old file goes only once the new one is there"
	LawTrueFailure  Law = "a failure means that something is not done"
	LawHang         Law = "a client ends"
	LawLeak         Law = "a client leaves nothing behind"
	LawLate         Law = "a client is silent after its end"

	// These laws lower a finding to a note if no client could have known better.
	LawKnowable Law = "no client is blamed for a lie in S3's shape"
	LawUnheard  Law = "no client is blamed for an upload that it cannot know"
	LawDrip     Law = "no client is blamed for a drip"
)

// Laws returns all laws.
func Laws() []Law {
	return []Law{
		LawKept, LawCondition, LawWhole, LawDownload, LawExists, LawStat, LawList, LawGranted, LawUploads,
		LawWireRefused, LawWireStored, LawWireAnswered, LawWireEachKey,
		LawFile, LawRemoved, LawKeeps, LawMoves, LawOldObject, LawOldFile, LawVersions, LawTrueFailure,
		LawHang, LawLeak, LawLate, LawKnowable, LawUnheard, LawDrip,
	}
}

// judges reports whether the ledger applies a law. Only a test leaves one out.
func (l *Ledger) judges(law Law) bool { return l.Without != law }

// Package oracle says what no S3 client may do, whatever its scenario expects: fill a [Ledger] and
// call its method Judge.
//
// A Ledger holds two accounts of one drill. One is the truth: each state that a key was in, from
// the fake S3, and each request, from the proxy's journal. The other is what the client reported
// for each step ([Act]). Judge compares them and returns each broken [Law] as a [Violation]. The
// laws of steps are:
//
//  1. lost-write: after an acknowledged write, its key holds what was written. Another write
//     explains a different content if it was not certainly over before an acknowledged write to
//     the key began. A write that was not acknowledged may take effect at any later time, or never.
//     An acknowledged conditional write is also in the key's states, after a state in which its
//     condition holds.
//  2. torn-object: each state of a key is the whole content of one write, or its deletion. No
//     state is a part or a mixture.
//  3. wrong-read, download: the bytes are what the key held at some moment of the step, cut to
//     the range.
//  4. wrong-read, exists and stat: the client reports true only if the key existed at some moment
//     of the step, false only if it was missing, and a size only if the object had it.
//  5. wrong-read, list: each key existed at some moment of the step, has the prefix and appears
//     once. No key is absent that existed throughout.
//  6. phantom-success: the client reports no success if S3's last response to the step was an
//     error and S3 granted nothing the step asked for.
//  7. orphan-upload: at the end no multipart upload is open.
//
// Of a program, the oracle knows only the requests and the exit status. If the program exits with
// 0, two laws apply to the writes of each key: S3's last response was no error (phantom-success),
// and at least one write took effect (lost-write). If the scenario states the program's intents,
// the intents are acts that share the exit status. Laws 1 to 6 apply to them, and three more. The
// first two apply to the files of steps, too:
//
//  8. torn-file: a program or a download that fails leaves each file as it was, or whole and
//     right.
//  9. destroyed: data to keep stays, and the source of a move stays until its target exists.
//  10. false-failure: a program fails only if something is not done, or if it cannot know.
//
// A violation has a [Severity]. Package knowable decides what the client could have known.
//
// Package scenarios judges the laws about time: hang, leak and late-request.
package oracle

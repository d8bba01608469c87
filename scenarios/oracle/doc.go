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
//  2. torn-object: each state of a key is the whole content of one write, or its deletion. No
//     state is a part or a mixture.
//  3. wrong-read, download: the bytes are what the key held at some time, cut to the range.
//  4. wrong-read, exists and stat: the client reports true only if the key existed at some time,
//     false only if it was missing at some time, and a size only if the object had it.
//  5. wrong-read, list: each key existed at some time, has the prefix and appears once. No key is
//     absent that existed throughout.
//  6. phantom-success: the client reports no success if S3's last response to the step was an
//     error and S3 granted nothing the step asked for.
//  7. orphan-upload: at the end no multipart upload is open.
//
// A program is known by its requests and its exit status only. If it exits with 0, the wire alone
// tells that S3's last response to the writes of a key was no error (phantom-success), and that the
// writes took effect (lost-write). If its scenario says what it is meant to do, the intents are
// acts that share the exit status: laws 1 to 6 apply to them, and three more:
//
//  8. torn-file: a program that fails leaves each file as it was, or whole and right.
//  9. destroyed: nothing that was to be kept, and no source of a move, is gone without a replacement.
//  10. false-failure: a program fails only if something is not done, or if it cannot know.
//
// A violation has a [Severity]. What the client could have known comes from package knowable.
//
// Package scenarios judges what concerns time: hang, leak and late-request.
package oracle

// Package oracle says what no S3 client may do, whatever its scenario expects: fill a [Ledger] and
// call its method Judge.
//
// A Ledger holds two accounts of one drill. One is the truth: each state that a key was in, from
// the fake S3, and each request, from the proxy's journal. The other is what the client reported
// for each step ([Act]). Judge compares them and returns each broken law as a [Violation]. The laws
// are:
//
//  1. lost-write: after an acknowledged write, its key holds what was written. Another write explains a different content if it was not
//     certainly over before an acknowledged write to the key began. A write that was not acknowledged may take effect at any later time, or
//     never.
//  2. torn-object: each state of a key is the whole content of one write, or its deletion. No state is a part or a mixture.
//  3. wrong-read, download: the bytes are what the key held at some time, cut to the range.
//  4. wrong-read, exists: the client reports true only if the key existed at some time, and false only if it was missing at some time.
//  5. wrong-read, list: each key existed at some time, has the prefix and appears once. No key is absent that existed throughout.
//  6. phantom-success: the client reports no success if S3's last response to the step was an error and S3 granted nothing the step asked for.
//  7. orphan-upload: at the end no multipart upload is open.
//
// A program is known by its requests and its exit code only. If it exits with 0, S3's last response
// to the writes of each key is not an error that stored nothing (phantom-success), and a write
// without a response has taken effect (lost-write). Laws 1 to 5 do not apply to it.
//
// Package scenarios judges what concerns time: hang, leak and late-request.
package oracle

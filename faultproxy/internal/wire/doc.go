// Package wire is HTTP/1.1 as bytes on a connection: [Reader] finds a head, [ParseRequest] and
// [ParseResponse] read it, [Body] reads what follows, and [Writer] sends.
//
// A head stays the bytes that were received. Parsing returns only what decides where the message
// ends, and spans (offsets) of the rest. Framing is strict: a message that two readers could end at
// different bytes is a [MalformedError]. A Body returns its pieces as they are on the wire, with
// the chunks' framing apart from their content, so that a proxy can forward every byte unchanged.
// Memory is shared: a piece is valid until the next read of its Reader.
//
// On plain TCP two things cost fewer system calls: [Splice] moves a body within the kernel, and
// [RawConn] writes a message and waits for what comes next in one step. RawConn needs an [Alarm]
// for each wait, which the caller's [Alarms] lets ring.
//
// The package knows no S3, no rules and no journal.
package wire

// Package knowable says what an S3 client could have known of a fault: [Table] is the whole answer,
// [Of] finds the row for one exchange.
//
// A client can only be blamed for what the wire showed. A page of HTML, an <Error> in a body and a
// length that does not fit show that something is wrong. A response in S3's shape that lies shows
// nothing.
//
//	if row, struck := knowable.Of(record); struck && !row.Knowable {
//		severity = note // because of row.Why
//	}
//
// The oracle takes severities from it. Tests of a client and searches for scenarios take from it
// which faults a client must survive.
package knowable

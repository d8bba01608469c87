// Package fakes3 is an S3 server for tests: an [http.Handler] that keeps its buckets in memory and
// answers as Amazon S3 does. [New] makes one, [Server.Put] seeds it, and [Server.Object],
// [Server.Keys], [Server.Uploads] and [Server.History] show what a client has stored:
//
//	fake := fakes3.New()
//	if err := fake.Put("demo", "a.txt", []byte("hello")); err != nil {
//		log.Fatal(err)
//	}
//	server := httptest.NewServer(fake)
//	defer server.Close()
//	// point any S3 client at server.URL, path style
//
// [Server.Seed] stores objects with attributes, parts and versions, [Server.Configure] changes the
// settings of a bucket, and [Server.Grant] adds keys, which may expire. [Options] also moves the
// server's clock and its region.
//
// # Model
//
// Package storage keeps the contents in memory, with the methods of gofakes3's backends. The
// package adds what a client notices of S3: framing (aws-chunked, signed or not, with trailers),
// checksums, preconditions, ranges, listings, multipart uploads, versions, tags, Object Lock,
// browser forms, error bodies and, with credentials, Signature Version 4.
//
// The server reads and verifies a whole body before it stores anything, and commits every change
// under one lock. A request that is cut, corrupted or refused changes nothing, and no client sees
// half a change. [Server.History] holds the commits in their order.
//
// Responses depend only on the requests and their order: upload ids and request ids are counted,
// and entity tags come from content. The clock is that of package time: under testing/synctest the
// server uses virtual time. The package starts no goroutine.
//
// # Limits
//
// Subresources that are configuration (lifecycle, policy, encryption and the like) answer 501
// NotImplemented. The server refuses headers that ask for encryption by KMS, for an ACL or for
// another owner: it never answers 200 to a request that it does not carry out. With a key of the
// customer (SSE-C) it demands the key as S3 does, and keeps the content in the clear. The README of
// this folder lists the results of other test suites.
package fakes3

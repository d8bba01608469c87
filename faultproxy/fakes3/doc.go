// Package fakes3 is an S3 server for tests: an [http.Handler] that keeps its
// buckets in memory and answers as Amazon S3 does. [New] makes one, [Server.Put]
// seeds it, and [Server.Object], [Server.Keys], [Server.Uploads] and
// [Server.History] show what a client really left behind:
//
//	fake := fakes3.New()
//	if err := fake.Put("demo", "a.txt", []byte("hello")); err != nil {
//		log.Fatal(err)
//	}
//	server := httptest.NewServer(fake)
//	defer server.Close()
//	// point any S3 client at server.URL, path style
//
// # Model
//
// Storage is the memory backend of gofakes3. In front of it stands everything
// that decides whether a client meets S3 or something merely like it: framing
// (aws-chunked, signed or not, with trailers), checksums, preconditions, ranges,
// listings, multipart uploads, error bodies and, when credentials are given,
// Signature Version 4.
//
// A body is read and verified whole before anything is stored, and every change
// is committed under one lock: a request that was cut, corrupted or refused leaves
// no trace, and a change that shows is the whole change. [Server.History] holds
// each of these commits in their order.
//
// Responses depend only on the requests and their order: upload ids and request
// ids are counted, entity tags come from content, and the clock is the one of
// package time, so that under testing/synctest the server lives in virtual time.
// The package starts no goroutine.
//
// # Limits
//
// Subresources that are configuration (acl, lifecycle, policy and the like) answer
// 501 NotImplemented. Headers that promise encryption
// with the client's keys, locks, ACLs or another owner are refused: the server never
// answers 200 to what it does not do. The README lists what other suites find.
package fakes3

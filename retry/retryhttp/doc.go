// Package retryhttp gives any HTTP client the retries of package retry. The name to use is
// [Transport], an [http.RoundTripper]:
//
//	r, err := retry.New(retry.Config{AttemptTimeout: 30 * time.Second})
//	…
//	client := &http.Client{Transport: &retryhttp.Transport{Retryer: r}}
//
// # Which requests are sent again
//
// The Transport sends a request again if the server may do its work twice: the method is idempotent
// (GET, HEAD, OPTIONS, TRACE, PUT, DELETE), or the header has Idempotency-Key or X-Idempotency-Key.
// It sends any other request again only if no byte of it was sent: the dial, the name lookup or the
// TLS handshake failed. Transport.RetryAfter adds responses that tell the client to come back.
//
// The Transport must also be able to send the body again. It calls GetBody, which http.NewRequest
// sets for the usual readers. Without GetBody it rewinds an [io.Seeker], such as a file, to where
// the body stood at first. Any other body can be sent until an attempt has read from it.
//
// # Which responses are failures
//
// [retry.Classify] decides by the status: 408, 425, 429 and the server errors, except for those
// that the next attempt would get too, such as 501. The wait before the next attempt heeds
// Retry-After, retry-after-ms, x-ms-retry-after-ms and x-amz-retry-after.
//
// Before the next attempt the Transport drains the body, so that the connection serves again. It
// reads at most 64 KiB and for at most one second; beyond that it gives the connection up.
//
// If no attempt succeeds, the caller gets the response of the last attempt as it came, whatever its
// status. The caller gets an error only if the last attempt had no response.
//
// # The body of the response
//
// The caller reads and closes the returned body. The time limit of the attempt ends with the
// response head. The Transport does not retry a body that breaks while the caller reads it: for
// that, put request and reading into one operation of [retry.Retryer.Do]. The body of a 101
// response stays an [io.ReadWriteCloser].
package retryhttp

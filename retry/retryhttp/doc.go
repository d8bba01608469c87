// Package retryhttp gives any HTTP client the retries of package retry. The
// name to use is [Transport], an [http.RoundTripper]:
//
//	r, err := retry.New(retry.Config{AttemptTimeout: 30 * time.Second})
//	…
//	client := &http.Client{Transport: &retryhttp.Transport{Retryer: r}}
//
// A request is retried when that cannot do its work twice: its method is
// idempotent (GET, HEAD, OPTIONS, TRACE, PUT, DELETE), or it carries an
// Idempotency-Key or X-Idempotency-Key header; and when its body can be sent
// again: there is none, or the request has GetBody, as http.NewRequest gives it
// for the usual readers. Any other request is sent once.
//
// A response is a failure by its status, as [retry.Classify] says: 408, 429,
// 500, 502, 503 and 504. Before the next attempt its body is drained, so that
// the connection serves again. Retry-After and x-amz-retry-after are heard. The
// response of the last attempt is returned as it came, whatever its status;
// an error is returned only when there is no response.
//
// The body of the returned response is the caller's to read and close, without
// the attempt's time limit, which ends with the response head. A body that
// breaks while the caller reads it is not retried: that takes an operation
// around request and reading.
package retryhttp

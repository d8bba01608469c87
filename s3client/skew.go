package s3client

import (
	"net/http"
	"time"
)

// This file notices that the clock differs from the server's. The SDK measures by how much, from
// the Date of each response, and signs the next request accordingly.

// maxSkew is how far the signing time may be from the server's clock. S3 allows 15 minutes; the SDK
// takes 4 for a reason to sign anew.
const maxSkew = 4 * time.Minute

// noteSkew compares the time that the request was signed for with the server's clock. sent is when
// the request began.
func (a *attempt) noteSkew(req *http.Request, sent time.Time, resp *http.Response) {
	signed, err := time.Parse("20060102T150405Z", req.Header.Get("X-Amz-Date"))
	if err != nil {
		return // the request is not signed
	}
	server, err := http.ParseTime(resp.Header.Get("Date"))
	if err != nil || resp.Header.Get("Age") != "" {
		return // a cache's Date is old
	}
	assumed, real := signed.Sub(sent), time.Until(server)
	a.skewed = (assumed - real).Abs() > maxSkew
}

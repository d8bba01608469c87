package s3client

import "net/http"

// OwnTransport is what a client without an HTTPClient sends with.
func OwnTransport() *http.Transport { return httpClient(nil).Transport.(*http.Transport) }

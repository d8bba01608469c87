package s3client

import (
	"net/http"
	"os"
)

// OwnTransport is what a client without an HTTPClient sends with.
func OwnTransport() *http.Transport { return httpClient(nil).Transport.(*http.Transport) }

// CommitAs finishes a download that was collected in file.
func CommitAs(file *os.File, destination string, lazy bool) error {
	t := &tempFile{File: file, destination: destination, lazy: lazy}
	return t.commit()
}

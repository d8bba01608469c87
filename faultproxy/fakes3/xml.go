package fakes3

import (
	"bytes"
	"encoding/xml"
	"net/http"
	"strconv"
	"time"

	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/s3err"
)

const namespace = "http://s3.amazonaws.com/doc/2006-03-01/"

// maxDocument bounds the XML a request may bring: ten thousand parts or a thousand keys, with room.
const maxDocument = 8 << 20

// writeXML answers 200 with a document.
func writeXML(w *response, document any) error { return writeXMLStatus(w, http.StatusOK, document) }

// writeXMLStatus answers with a status and a document.
func writeXMLStatus(w *response, status int, document any) error {
	var b bytes.Buffer
	b.WriteString(xml.Header)
	if err := xml.NewEncoder(&b).Encode(document); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/xml")
	w.Header().Set("Content-Length", strconv.Itoa(b.Len()))
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes()) // the client may be gone
	return nil
}

// readXML reads a document from a request for a bucket, which must exist.
func (s *Server) readXML(r *request, document any) error {
	content, err := s.readDocument(r)
	if err != nil {
		return err
	}
	if err := xml.Unmarshal(content, document); err != nil {
		return s3err.New(s3err.MalformedXML)
	}
	return nil
}

// readDocument reads and verifies the body of a request for a bucket, which must exist.
func (s *Server) readDocument(r *request) ([]byte, error) {
	body, err := readPayload(r, maxDocument)
	if err != nil {
		return nil, err
	}
	return body.content, s.store.has(r.bucket)
}

// isoTime is how S3 writes times in XML: with milliseconds that are always zero.
func isoTime(t time.Time) string {
	return t.UTC().Truncate(time.Second).Format("2006-01-02T15:04:05.000Z")
}

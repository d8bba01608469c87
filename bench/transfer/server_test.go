package transfer

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/xml"
	"fmt"
	"hash/crc32"
	"hash/crc64"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// The server runs in a process of its own, so that its work is not measured with the client's.

// serverVariable is set in the environment of the process that is the server.
const serverVariable = "S3CHAOS_TRANSFER_SERVER"

// objectSize is the size of every object, in bytes.
const objectSize = 256 << 20

// smallSize is the size of the object "small".
const smallSize = 1 << 10

func TestMain(m *testing.M) {
	if os.Getenv(serverVariable) == "" {
		os.Exit(m.Run())
	}
	if err := serve(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// serve serves the objects "crc32" and "crc64nvme", named after their checksums, and "small", until
// standard input ends. It takes uploads, whole and in parts, and forgets their content.
func serve() error {
	content := bytes.Repeat([]byte("0123456789abcdef0123456789abcde\n"), objectSize/32)
	sums := map[string]string{
		"/demo/crc32": encode(binary.BigEndian.AppendUint32(nil, crc32.ChecksumIEEE(content))),
		"/demo/crc64nvme": encode(binary.BigEndian.AppendUint64(nil,
			crc64.Checksum(content, crc64.MakeTable(0x9a6c9329ac4bc9b5)))),
	}
	modified := time.Now().Add(-time.Hour)
	small := content[:smallSize]
	handler := func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPut || r.Method == http.MethodPost {
			take(w, r)
			return
		}
		if r.URL.Path == "/demo/small" {
			w.Header().Set("ETag", `"0123456789abcdef0123456789abcdef"`)
			sum := binary.BigEndian.AppendUint32(nil, crc32.ChecksumIEEE(small))
			w.Header().Set("X-Amz-Checksum-Crc32", encode(sum))
			http.ServeContent(w, r, "", modified, bytes.NewReader(small))
			return
		}
		sum, ok := sums[r.URL.Path]
		if !ok {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("ETag", `"8d777f385d3dfec8815d20f7496026dc-32"`)
		w.Header().Set("Content-Type", "application/octet-stream")
		if r.Header.Get("Range") == "" && r.Header.Get("X-Amz-Checksum-Mode") != "" {
			w.Header().Set("X-Amz-Checksum-"+strings.TrimPrefix(r.URL.Path, "/demo/"), sum)
			w.Header().Set("X-Amz-Checksum-Type", "FULL_OBJECT")
		}
		http.ServeContent(w, r, "", modified, bytes.NewReader(content))
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	server := &http.Server{Handler: http.HandlerFunc(handler)}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	fmt.Println(listener.Addr())
	if _, err := io.Copy(io.Discard, os.Stdin); err != nil {
		return err
	}
	if err := server.Close(); err != nil {
		return err
	}
	if err := <-ended; err != http.ErrServerClosed {
		return err
	}
	return nil
}

// take answers a request of an upload.
func take(w http.ResponseWriter, r *http.Request) {
	if _, err := io.Copy(io.Discard, r.Body); err != nil {
		return // the client is gone
	}
	w.Header().Set("ETag", `"0123456789abcdef0123456789abcdef"`)
	switch query := r.URL.Query(); {
	case query.Has("uploads"):
		answer(w, "<InitiateMultipartUploadResult><UploadId>1</UploadId></InitiateMultipartUploadResult>")
	case r.Method == http.MethodPost:
		answer(w, `<CompleteMultipartUploadResult><Bucket>demo</Bucket><Key>k</Key><ETag>"e-1"</ETag>`+
			"</CompleteMultipartUploadResult>")
	}
}

// answer sends an XML document. An error means that the client is gone.
func answer(w io.Writer, document string) { _, _ = io.WriteString(w, xml.Header+document) }

func encode(sum []byte) string { return base64.StdEncoding.EncodeToString(sum) }

// startServer starts the server and returns its URL.
func startServer(tb testing.TB) string {
	tb.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), serverVariable+"=1")
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		tb.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		tb.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := in.Close(); err != nil {
			tb.Error(err)
		}
		if err := cmd.Wait(); err != nil {
			tb.Error(err)
		}
	})
	addr, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		tb.Fatal(err)
	}
	return "http://" + strings.TrimSpace(addr)
}

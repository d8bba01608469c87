package journal_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/faultproxy"
	"github.com/s3chaos/s3chaos/faultproxy/fakes3"
	"github.com/s3chaos/s3chaos/faultproxy/faulttest"
	"github.com/s3chaos/s3chaos/faultproxy/journal"
	"github.com/s3chaos/s3chaos/internal/browsertest"
)

// TestHARInBrowser imports HAR files in the network panel of Chromium's developer tools, and
// compares what the panel shows of each request with the record: in the list, and in the tabs
// Headers and Timing.
func TestHARInBrowser(t *testing.T) {
	journals := map[string]func(t *testing.T) (har bytes.Buffer, records []journal.Record){
		"of a journal": ofJournal,
		"by hand":      ofHand,
	}
	for name, makeJournal := range journals {
		t.Run(name, func(t *testing.T) {
			pictures := t.ArtifactDir()
			file := filepath.Join(pictures, "journal.har")
			cmd := browsertest.Command(t, "testdata/har/panel.mjs", file, t.TempDir(), pictures)
			har, records := makeJournal(t)
			require.NoError(t, os.WriteFile(file, har.Bytes(), 0o600))
			cmd.Stderr = os.Stderr
			out, err := cmd.Output()
			require.NoError(t, err)
			var rows []panelRow
			require.NoError(t, json.Unmarshal(bytes.ReplaceAll(out, []byte("\u00a0"), []byte(" ")), &rows))
			require.Len(t, rows, len(records))
			for i, r := range records {
				rows[i].shows(t, r)
				if name == "of a journal" && r.Answered > 0 {
					assert.NotEmpty(t, r.ResponseHeader, rows[i].Name.Title)
				}
			}
		})
	}
}

func ofHand(t *testing.T) (har bytes.Buffer, records []journal.Record) {
	records = journal.ByHand()
	require.NoError(t, journal.WriteHAR(&har, journal.HARStart, "http", records))
	return har, records
}

// ofJournal returns the HAR file and the records of a journal with all kinds of ends.
func ofJournal(t *testing.T) (har bytes.Buffer, records []journal.Record) {
	synctest.Test(t, func(t *testing.T) {
		fake := fakes3.New()
		require.NoError(t, fake.CreateBucket("demo"))
		lab := faulttest.LabConfig{
			Rules: []faultproxy.Rule{{Times: 1, Fault: faultproxy.Refuse("")}},
		}.New(t, fake)
		for key, fault := range map[string]faultproxy.Fault{
			"busy": faultproxy.Respond(503, "SlowDown"), "slow": faultproxy.LatencyBeforeResponse(3 * time.Second),
			"trickle": faultproxy.Bandwidth(16 << 10), "reset": faultproxy.ResetPeer(faultproxy.AtResponseBody, 3),
			"closed": faultproxy.CloseEarly(5), "never": faultproxy.Timeout(30 * time.Second),
			"moved":  faultproxy.Redirect(0, "http://other.test"),
			"flying": faultproxy.Timeout(0),
		} {
			require.NoError(t, fake.Put("demo", key, bytes.Repeat([]byte("0123456789abcdef"), 4096)))
			lab.Rule("", faultproxy.Key(key), fault)
		}
		client := &http.Client{
			Transport:     lab.HTTPClient().Transport,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		}
		send := func(ctx context.Context, method, target string, body io.Reader) {
			req, err := http.NewRequestWithContext(ctx, method, "http://s3.test"+"/demo/"+target, body)
			require.NoError(t, err)
			if s, ok := body.(*sluggish); ok {
				req.ContentLength = s.size()
			}
			req.Header.Set("X-Amz-Security-Token", "IQoJb3JpZ2luX2VjEJr")
			if resp, err := client.Do(req); err == nil {
				_, _ = io.Copy(io.Discard, resp.Body)
				_ = resp.Body.Close()
			}
		}
		send(t.Context(), "GET", "refused", http.NoBody)
		send(t.Context(), "PUT", "hello.txt", strings.NewReader("hello"))
		send(t.Context(), "PUT", "sluggish", &sluggish{3})
		for _, target := range []string{
			"hello.txt", "hello.txt?x-id=GetObject", "absent", "busy", "slow", "trickle",
			"reset", "closed", "never",
		} {
			send(t.Context(), "GET", target, http.NoBody)
			time.Sleep(time.Second)
		}
		send(t.Context(), "HEAD", "hello.txt", http.NoBody)
		presigned := "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20260101&" +
			"X-Amz-Signature=fe5f80f77d5fa3beca038a248ff027d0445342fe2855ddc963176630326f1024"
		send(t.Context(), "GET", "hello.txt?"+presigned, http.NoBody)
		send(t.Context(), "GET", "moved?"+presigned, http.NoBody)
		send(t.Context(), "PUT", "%D0%BA%D0%BB%D1%8E%D1%87/%E6%97%A5%E6%9C%AC%20%C3%BC.txt",
			strings.NewReader("not ASCII"))
		c, err := lab.Network().DialContext(t.Context(), "tcp", "s3.test:80")
		require.NoError(t, err)
		_, err = io.WriteString(c, "GET /demo/a HTTP/1.1\r\nHost : s3.test\r\n\r\n")
		require.NoError(t, err)
		_, _ = io.Copy(io.Discard, c)
		_ = c.Close()
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		go send(ctx, "GET", "flying", http.NoBody)
		time.Sleep(time.Second)
		require.NoError(t, lab.Journal().WriteHAR(&har))
		records = lab.Journal().Records()
	})
	return har, records
}

// sluggish is a body that comes in pieces, with half a second between them.
type sluggish struct{ pieces int }

func (s *sluggish) Read(p []byte) (int, error) {
	if s.pieces == 0 {
		return 0, io.EOF
	}
	s.pieces--
	time.Sleep(500 * time.Millisecond)
	return copy(p, "piece"), nil
}

func (s *sluggish) size() int64 { return int64(s.pieces * len("piece")) }

// panelRow is what the panel shows of one request.
type panelRow struct {
	Name, Method, Status, Type, Size, Time struct{ Text, Title string }
	General, Request, Response, Timing     [][2]string
	Total                                  string
}

// shows compares the row with the record.
func (row panelRow) shows(t *testing.T, r journal.Record) {
	t.Helper()
	name := fmt.Sprintf("%d %s %s", r.Seq, r.Method, r.Target)
	assert.Equal(t, journal.HARURL("http", r), row.Name.Title, name)
	assert.Equal(t, r.Method, row.Method.Text, name)
	assert.Equal(t, "fetch", row.Type.Text, name)
	ended := r.Ended
	if !r.Done {
		ended = "in flight"
	}
	if r.Status == 0 {
		assert.Equal(t, "("+ended+")", row.Status.Text, name)
	} else {
		assert.Equal(t, strconv.Itoa(r.Status), row.Status.Text, name)
		assert.Contains(t, row.Status.Title, http.StatusText(r.Status), name)
		assert.Contains(t, row.General, [2]string{"Status Code", strings.TrimSpace(row.Status.Title)}, name)
	}
	if ended != journal.EndComplete {
		assert.Contains(t, row.Status.Title, "("+ended+")", name)
	}
	size, _, _ := strings.Cut(row.Size.Text, " kB")
	shown, err := strconv.ParseFloat(size, 64)
	require.NoError(t, err, row.Size.Text)
	assert.InDelta(t, float64(r.BytesSent)/1000, shown, 0.051, name)

	assert.Equal(t, journal.HARPairs(r.RequestHeader), row.Request, name)
	response := journal.HARPairs(r.ResponseHeader)
	if r.Fault != "" {
		response = append(response, [2]string{journal.FaultHeader, r.Fault})
	}
	assert.Equal(t, response, row.Response, name)

	took := max(0, r.End-r.At)
	if took == 0 {
		assert.Equal(t, "Pending", row.Time.Text, name)
	} else {
		assertShown(t, took, row.Time.Text, name)
	}
	assertShown(t, took, row.Total, name)
	phases, sum := map[string]time.Duration{}, time.Duration(0)
	for _, line := range row.Timing {
		phases[line[0]] = shownTime(t, line[1])
		sum += phases[line[0]]
	}
	assert.InDelta(t, took, sum, tolerance(took), "%s: the phases add up: %v", name, row.Timing)
	if r.Kind == journal.KindConnection {
		assertShown(t, took, phases["Initial connection"].String(), name)
	} else if r.Done && r.Answered >= r.Received && r.Received > 0 {
		assert.InDelta(t, r.Received-r.At, phases["Request sent"], tolerance(r.Received-r.At), name)
		assert.InDelta(t, r.Answered-r.Received, phases["Waiting for server response"],
			tolerance(r.Answered-r.Received), name)
		assert.InDelta(t, r.End-r.Answered, phases["Content download"], tolerance(r.End-r.Answered), name)
	}
}

// shownTime parses a time as the panel writes it.
func shownTime(t *testing.T, text string) time.Duration {
	text = strings.ReplaceAll(text, "min", "m")
	d, err := time.ParseDuration(strings.ReplaceAll(text, " ", ""))
	require.NoError(t, err)
	return d
}

func assertShown(t *testing.T, want time.Duration, text, name string) {
	t.Helper()
	assert.InDelta(t, want, shownTime(t, text), tolerance(want), "%s: %s", name, text)
}

// tolerance is the rounding error of the panel, which shows two decimals or whole milliseconds.
func tolerance(d time.Duration) float64 {
	return math.Max(float64(600*time.Microsecond), 0.006*float64(d))
}

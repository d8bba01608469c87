package scenarios

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestResponsesOfARawConnectionAreFramed(t *testing.T) {
	const status = "HTTP/1.1 200 OK\r\n"
	const chunked = status + "Transfer-Encoding: chunked\r\n\r\n"
	for name, c := range map[string]struct {
		received string
		methods  []string
		want     int
	}{
		"nothing":                   {"", nil, 0},
		"no response":               {"hello HTTP/1.1 200 OK\r\n", nil, 0},
		"half a status line":        {"HTTP/1.1 20", nil, 0},
		"half a head":               {"HTTP/1.1 200", nil, 1},
		"a status line in a body":   {status + "Content-Length: 24\r\n\r\nHTTP/1.1 503 Slow Down\r\n", nil, 1},
		"behind a body":             {status + "Content-Length: 2\r\n\r\nhi" + status, nil, 2},
		"in chunks":                 {chunked + "c\r\nHTTP/1.1 503\r\n0\r\n\r\n" + status, nil, 2},
		"a trailer":                 {chunked + "0\r\na: b\r\n\r\n" + status, nil, 2},
		"a broken chunk":            {chunked + "x\r\n" + status, nil, 1},
		"until the connection ends": {status + "\r\n" + status, nil, 1},
		"an interim response":       {"HTTP/1.1 100 Continue\r\n\r\n" + status + "Content-Length: 0\r\n\r\n", nil, 2},
		"HEAD":                      {status + "Content-Length: 9\r\n\r\n" + status, []string{"HEAD"}, 2},
		"HEAD behind an interim response": {
			"HTTP/1.1 100 Continue\r\n\r\n" + status + "Content-Length: 9\r\n\r\n" + status, []string{"HEAD", "GET"}, 3,
		},
		"GET behind HEAD": {
			status + "Content-Length: 9\r\n\r\n" + status + "Content-Length: 15\r\n\r\n" + status,
			[]string{"HEAD", "GET"},
			2,
		},
		"204": {"HTTP/1.1 204 No Content\r\n\r\n" + status, nil, 2},
		"304": {"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n" + status, nil, 2},
	} {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, c.want, countResponses([]byte(c.received), c.methods))
		})
	}
}

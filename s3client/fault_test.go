package s3client_test

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
)

// respond answers with an S3 error.
func respond(status int, code string) action {
	return func(w http.ResponseWriter, r *http.Request, _ http.Handler) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/xml")
		w.WriteHeader(status)
		if r.Method != http.MethodHead {
			_, _ = fmt.Fprintf(w, "<Error><Code>%s</Code><Message>injected</Message></Error>", code)
		}
	}
}

// silence never answers.
func silence(_ http.ResponseWriter, r *http.Request, _ http.Handler) {
	_, _ = io.Copy(io.Discard, r.Body)
	<-r.Context().Done()
	panic(http.ErrAbortHandler)
}

// reset cuts the connection without an answer.
func reset(_ http.ResponseWriter, r *http.Request, _ http.Handler) {
	_, _ = io.Copy(io.Discard, r.Body)
	panic(http.ErrAbortHandler)
}

// lose lets the server act and cuts the connection instead of its answer.
func lose(_ http.ResponseWriter, r *http.Request, upstream http.Handler) {
	upstream.ServeHTTP(httptest.NewRecorder(), r)
	panic(http.ErrAbortHandler)
}

// refuseAfter lets the server act and answers with an error all the same.
func refuseAfter(status int, code string) action {
	return func(w http.ResponseWriter, r *http.Request, upstream http.Handler) {
		upstream.ServeHTTP(httptest.NewRecorder(), r)
		respond(status, code)(w, r, nil)
	}
}

// answer lets the server act and sends what change makes of its answer.
func answer(change func(head http.Header, body []byte) []byte) action {
	return func(w http.ResponseWriter, r *http.Request, upstream http.Handler) {
		recorder := httptest.NewRecorder()
		upstream.ServeHTTP(recorder, r)
		head := recorder.Header().Clone()
		body := change(head, recorder.Body.Bytes())
		maps.Copy(w.Header(), head)
		w.WriteHeader(recorder.Code)
		_, _ = w.Write(body)
	}
}

// instead answers 200 with body, whatever was asked.
func instead(body string) action {
	return func(w http.ResponseWriter, r *http.Request, _ http.Handler) {
		_, _ = io.Copy(io.Discard, r.Body)
		_, _ = io.WriteString(w, body)
	}
}

// cut sends n bytes of the body and cuts the connection.
func cut(n int) action {
	return func(w http.ResponseWriter, r *http.Request, upstream http.Handler) {
		recorder := httptest.NewRecorder()
		upstream.ServeHTTP(recorder, r)
		maps.Copy(w.Header(), recorder.Header())
		w.Header().Set("Content-Length", strconv.Itoa(recorder.Body.Len()))
		w.WriteHeader(recorder.Code)
		_, _ = w.Write(recorder.Body.Bytes()[:min(n, recorder.Body.Len())])
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}
}

// closeDelimited sends n bytes of the body with no length and closes; drop names further headers to
// leave out.
func closeDelimited(n int, drop ...string) action {
	return raw(func(head http.Header, body []byte) []byte {
		for _, name := range drop {
			head.Del(name)
		}
		return body[:min(n, len(body))]
	})
}

// resetDelimited sends the whole body with no length and resets the connection.
func resetDelimited(drop ...string) action {
	return rawThen(func(head http.Header, body []byte) []byte {
		for _, name := range drop {
			head.Del(name)
		}
		return body
	}, func(conn net.Conn) error { return conn.(interface{ Reset() error }).Reset() })
}

// raw sends what change makes of the answer, with no length, and closes.
func raw(change func(head http.Header, body []byte) []byte) action {
	return rawThen(change, net.Conn.Close)
}

func rawThen(change func(head http.Header, body []byte) []byte, end func(net.Conn) error) action {
	return func(w http.ResponseWriter, r *http.Request, upstream http.Handler) {
		recorder := httptest.NewRecorder()
		upstream.ServeHTTP(recorder, r)
		head := recorder.Header().Clone()
		body := change(head, recorder.Body.Bytes())
		head.Del("Content-Length")
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			panic(err)
		}
		var answer bytes.Buffer
		fmt.Fprintf(&answer, "HTTP/1.1 %d %s\r\nConnection: close\r\n", recorder.Code, http.StatusText(recorder.Code))
		_ = head.Write(&answer)
		answer.WriteString("\r\n")
		answer.Write(body)
		_, _ = conn.Write(answer.Bytes())
		_ = end(conn)
	}
}

// without leaves headers out of the answer.
func without(names ...string) action {
	return answer(func(head http.Header, body []byte) []byte {
		for _, name := range names {
			head.Del(name)
		}
		return body
	})
}

package retry_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/s3chaos/s3chaos/retry"
)

func TestTimeoutSettingIsNoTimeout(t *testing.T) {
	for text, want := range map[string]retry.Class{
		"invalid timeout":                                    retry.ClassUnknown,
		"invalid timeout: -5s":                               retry.ClassUnknown,
		"timeout: must be positive":                          retry.ClassUnknown,
		"unknown flag: timeout":                              retry.ClassUnknown,
		"parse timeout: time: missing unit":                  retry.ClassUnknown,
		"config: timeout is negative":                        retry.ClassUnknown,
		"no timeout":                                         retry.ClassUnknown,
		"not a timeout":                                      retry.ClassUnknown,
		"invalid byte in chunk length":                       retry.ClassTransient,
		"malformed chunked encoding":                         retry.ClassTransient,
		"http chunk length too large":                        retry.ClassTransient,
		"malformed MIME header: missing colon: \"no colon\"": retry.ClassTransient,
		"timeout":                                           retry.ClassTimeout,
		"request timeout":                                   retry.ClassTimeout,
		"Lock wait timeout exceeded; try again":             retry.ClassTimeout,
		"timeout awaiting response headers":                 retry.ClassTimeout,
		"invalid frame: i/o timeout":                        retry.ClassTimeout,
		"upload: timeout.":                                  retry.ClassTimeout,
		"expected EOF, found newline":                       retry.ClassUnknown,
		"lookup: not a temporary failure":                   retry.ClassUnknown,
		"disconnection reset":                               retry.ClassUnknown,
		"connection reset_at":                               retry.ClassUnknown,
		"cannot read 'connection refused'":                  retry.ClassUnknown,
		"cannot read `broken pipe`":                         retry.ClassUnknown,
		`cannot read "a \"connection refused\" file"`:       retry.ClassUnknown,
		"the server's connection reset":                     retry.ClassTransient,
		"can't send: connection reset by peer, don't retry": retry.ClassTransient,
	} {
		assert.Equal(t, want.String(), retry.Classify(errors.New(text)).String(), "%q", text)
	}
}

func TestStatusInTextBeatsWhatTheBodySays(t *testing.T) {
	for text, want := range map[string]retry.Class{
		"unexpected status 404: connection reset":         retry.ClassPermanent,
		"404 Not Found: connection reset by peer":         retry.ClassPermanent,
		"get a.bin: 404: connection reset":                retry.ClassPermanent,
		"404: upstream timeout":                           retry.ClassPermanent,
		"HTTP 403: i/o timeout":                           retry.ClassPermanent,
		"get a.bin: 503: busy":                            retry.ClassTransient,
		"status code: 524":                                retry.ClassTransient,
		"status 505":                                      retry.ClassPermanent,
		"read tcp 10.0.0.1:443: i/o timeout":              retry.ClassTimeout,
		"read tcp 10.0.0.1:404: connection reset":         retry.ClassTransient,
		"dial tcp [::1]:403: connect: broken pipe":        retry.ClassTransient,
		"line 404: unknown word":                          retry.ClassUnknown,
		"exit status 1":                                   retry.ClassUnknown,
		"exit status 255":                                 retry.ClassUnknown,
		"driver: bad connection":                          retry.ClassTransient,
		"sftp: connection lost":                           retry.ClassTransient,
		"rpc error: code = Unavailable desc = x":          retry.ClassTransient,
		"rpc error: code = NotFound desc = timeout":       retry.ClassPermanent,
		"http: server gave HTTP response to HTTPS client": retry.ClassPermanent,
	} {
		assert.Equal(t, want.String(), retry.Classify(errors.New(text)).String(), "%q", text)
	}
}

func TestTextsOfHTTP2(t *testing.T) {
	for want, texts := range map[retry.Class][]string{
		retry.ClassTransient: {
			"stream error: stream ID 3; INTERNAL_ERROR; received from peer",
			"stream error: stream ID 3; REFUSED_STREAM",
			`http2: server sent GOAWAY and closed the connection; LastStreamID=1, ErrCode=NO_ERROR, debug="bye"`,
			`http2: server sent GOAWAY and closed the connection; ` +
				`LastStreamID=1, ErrCode=unknown error code 0xff`,
			"http2: Transport received Server's graceful shutdown GOAWAY",
			"http2: Transport received GOAWAY from server ErrCode:INTERNAL_ERROR",
			"http2: client connection lost",
			"http2: client conn not usable",
			"http2: client connection force closed via ClientConn.Close",
			"http2: Transport: cannot retry err [stream error: stream ID 3; REFUSED_STREAM]" +
				" after Request.Body was written",
			"net/http: cannot rewind body after connection loss",
			"connection error: PROTOCOL_ERROR",
		},
		retry.ClassThrottle: {
			"stream error: stream ID 3; ENHANCE_YOUR_CALM",
			`http2: server sent GOAWAY and closed the connection; ` +
				`LastStreamID=1, ErrCode=ENHANCE_YOUR_CALM, debug=""`,
		},
		retry.ClassPermanent: {
			"stream error: stream ID 3; HTTP_1_1_REQUIRED; received from peer",
		},
		retry.ClassUnknown: {
			"state CANCEL reached",
			"http2: request body larger than specified content length",
		},
	} {
		for _, text := range texts {
			assert.Equal(t, want.String(), retry.Classify(errors.New(text)).String(), "%q", text)
		}
	}
}

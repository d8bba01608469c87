package scenarios

import (
	"fmt"
	"strconv"

	"github.com/s3chaos/s3chaos/internal/glob"
)

// raw compares what came back on the connection of a raw step with what is expected of it.
func (c *checker) raw() {
	want, got := c.expect.Raw, c.account.raw
	if want == nil {
		return
	}
	if got == nil {
		c.miss("raw", "a connection", "the step was not reached")
		return
	}
	miss := func(key, expected, text string) {
		c.missAt("raw", lineOr(want.At(key).Line, c.expect.At("raw").Line), key+" "+expected, text)
	}
	received := string(got.received)
	if want.Received != nil {
		if pattern := glob.Compile(*want.Received); !pattern.Match(received) || *want.Received == "" && received != "" {
			miss("received", strconv.Quote(*want.Received), shown(received))
		}
	}
	for _, unwanted := range want.Lacks {
		if pattern := glob.Compile(unwanted); pattern.Match(received) {
			miss("lacks", strconv.Quote(unwanted), shown(received))
		}
	}
	if b := want.Responses; b != nil && !b.Contains(got.responses()) {
		miss("responses", b.String(), fmt.Sprintf("%d: %s", got.responses(), shown(received)))
	}
	if want.Ended != "" && want.Ended != got.ended {
		miss("ended", string(want.Ended), string(got.ended))
	}
}

// shown quotes received bytes for a report, which needs no more than their beginning and end.
func shown(received string) string {
	const most = 2000
	if len(received) > 2*most {
		return fmt.Sprintf("%q … %q (%d bytes)", received[:most], received[len(received)-most:], len(received))
	}
	return strconv.Quote(received)
}

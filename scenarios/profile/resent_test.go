package profile

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/s3chaos/s3chaos/faultproxy"
	"github.com/s3chaos/s3chaos/scenarios"
)

// reset is a request that met a reset, as the n-th of its connection.
func reset(at time.Duration, conn int, reused bool) faultproxy.Record {
	return faultproxy.Record{
		Seq: conn, At: at, End: at + time.Millisecond, Done: true, Conn: conn, Reused: reused, Logical: "get",
		Rule: probed, Fault: "reset_peer",
	}
}

// net/http sends a request again when a kept-alive connection dies, without a wait and without the
// client's knowledge.
func TestSilentResendIsNoAttempt(t *testing.T) {
	first, again := reset(0, 1, true), reset(time.Millisecond, 2, false)
	later := reset(time.Second, 3, false)
	attempts := func(records ...faultproxy.Record) int {
		var g scenarios.Group
		for _, r := range records {
			g.Attempts = append(g.Attempts, scenarios.Attempt{Records: []faultproxy.Record{r}})
		}
		return len(struck(&scenarios.Result{Groups: []scenarios.Group{g}}))
	}
	assert.Equal(t, 2, attempts(first, again, later))
	assert.Equal(t, 3, attempts(reset(0, 1, false), again, later), "the connection was new")
	waited := again
	waited.At += 50 * time.Millisecond
	assert.Equal(t, 3, attempts(first, waited, later), "the client waited")
	first.Answered = 1
	assert.Equal(t, 3, attempts(first, again, later), "the response had begun")
}

func TestHintAsADateIsMeasured(t *testing.T) {
	p, err := Measure(t.Context(), Options{Client: "builtin", Seed: 1, About: []string{"hints"}})
	assert.NoError(t, err)
	r, ok := p.Row("hints", hintDate)
	assert.True(t, ok)
	assert.Contains(t, r.Value, "obeyed")
	assert.True(t, r.Low >= 2 && r.High < 4, "%+v", r)
}

package faulttest_test

import (
	"io"
	"net/http"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/faultproxy"
	"github.com/s3chaos/s3chaos/faultproxy/fakes3"
	"github.com/s3chaos/s3chaos/faultproxy/faulttest"
)

func TestCodeThatTakesOnlyAURL(t *testing.T) {
	fake := fakes3.New()
	require.NoError(t, fake.Put("demo", "a.txt", []byte("hello")))
	lab := faulttest.NewTCPLab(t, fake) // ports on loopback, in real time
	lab.Rule("GetObject", faultproxy.Times(1), faultproxy.Respond(503, "SlowDown"))

	statuses := fetchTwice(t, lab.URL()+"/demo/a.txt") // your code

	require.Equal(t, []int{503, 200}, statuses)
	lab.RequireFired()
}

// fetchTwice is code that takes only a URL.
func fetchTwice(t *testing.T, url string) []int {
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	return statuses(t, client, url, 2)
}

func statuses(t *testing.T, client *http.Client, url string, times int) (list []int) {
	t.Helper()
	for range times {
		resp, err := client.Get(url)
		require.NoError(t, err)
		_, err = io.Copy(io.Discard, resp.Body)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		list = append(list, resp.StatusCode)
	}
	return list
}

func TestLabOnTCPServesItsOwnClientToo(t *testing.T) {
	for _, tls := range []bool{false, true} {
		lab := faulttest.LabConfig{TCP: true, TLS: tls}.New(t, echo)
		lab.Rule("GetObject", faultproxy.Times(1), faultproxy.Respond(503, "SlowDown"))
		require.Equal(t, []int{503, 200}, statuses(t, lab.HTTPClient(), lab.URL()+"/demo/a.txt", 2))
		lab.RequireFired()
		require.Nil(t, lab.Network())
	}
}

func TestLabOnTCPRefusesRulesThatNeedMemory(t *testing.T) {
	tb := &failing{TB: t}
	lab := faulttest.NewTCPLab(tb, echo)
	require.Contains(t, tb.during(func() { lab.Rule("", faultproxy.DNS("")) }), "dns: not possible on TCP")
	require.Contains(t, tb.during(func() {
		faulttest.LabConfig{TCP: true, Rules: []faultproxy.Rule{{Fault: faultproxy.DNS("")}}}.New(tb, echo)
	}), "dns: not possible on TCP")
}

func TestLabOnTCPRefusesABubble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tb := &failing{TB: t}
		require.Contains(t, tb.during(func() { faulttest.NewTCPLab(tb, echo) }), "virtual time stands still")
	})
}

func TestLabOnTCPIsNotUsedInABubble(t *testing.T) {
	lab := faulttest.NewTCPLab(t, echo)
	synctest.Test(t, func(t *testing.T) {
		_, err := lab.HTTPClient().Get(lab.URL())
		require.ErrorIs(t, err, faulttest.ErrOtherBubble)
	})
}

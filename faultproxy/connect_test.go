package faultproxy_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/faultproxy"
	"github.com/s3chaos/s3chaos/faultproxy/faulttest"
)

func TestDialsThatFaultsPrevent(t *testing.T) {
	isDNS := func(t *testing.T, err error, notFound bool) {
		var de *net.DNSError
		require.ErrorAs(t, err, &de)
		assert.Equal(t, notFound, de.IsNotFound)
		assert.Equal(t, !notFound, de.IsTemporary)
		assert.Equal(t, "s3.test", de.Name)
	}
	for rule, tc := range map[string]struct {
		err   error
		check func(t *testing.T, err error)
		after time.Duration
	}{
		"refuse: {}":           {err: syscall.ECONNREFUSED},
		"refuse: unreachable":  {err: syscall.ENETUNREACH},
		"refuse: no_route":     {err: syscall.EHOSTUNREACH},
		"refuse: timed_out":    {err: syscall.ETIMEDOUT},
		"dns: nxdomain":        {check: func(t *testing.T, err error) { isDNS(t, err, true) }},
		"dns: temporary":       {check: func(t *testing.T, err error) { isDNS(t, err, false) }},
		"connect_timeout: 10s": {err: syscall.ETIMEDOUT, after: 10 * time.Second},
		"connect_timeout: {}":  {err: syscall.ETIMEDOUT, after: 127 * time.Second},
	} {
		t.Run(rule, func(t *testing.T) {
			inRig(t, always(hello), []string{"times: 1, " + rule}, func(r *rig) {
				start := time.Now()
				_, err := r.network.DialContext(r.t.Context(), "tcp", "s3.test:80")
				if tc.err != nil {
					require.ErrorIs(t, err, tc.err)
				} else {
					tc.check(t, err)
				}
				var oe *net.OpError
				require.ErrorAs(t, err, &oe)
				assert.Greater(t, time.Since(start), tc.after, "a dial that fails takes time")
				assert.Less(t, time.Since(start), tc.after+time.Millisecond)
				rec := r.record()
				assert.Equal(t, faultproxy.KindConnection, rec.Kind)
				assert.Equal(t, "refused", rec.Ended)
				assert.Equal(t, "#1", rec.Rule)
				got, _, _ := r.talk(get)
				assert.Equal(t, hello, got)
			})
		})
	}
}

func TestADialThatHangsEndsWithItsContext(t *testing.T) {
	inRig(t, always(hello), []string{"connect_timeout: {}"}, func(r *rig) {
		ctx, cancel := context.WithTimeout(r.t.Context(), 3*time.Second)
		defer cancel()
		_, err := r.network.DialContext(ctx, "tcp", "s3.test:80")
		require.ErrorIs(t, err, context.DeadlineExceeded)
		assert.Equal(t, "client_gone", r.record().Ended)
	})
}

func TestADialThatHangsEndsWithItsRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lab := faulttest.NewLab(t, echo)
		lab.Rule("", faultproxy.ConnectTimeout(0))
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, lab.URL()+"/demo/a.txt", nil)
		require.NoError(t, err)
		_, err = lab.HTTPClient().Do(req)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		synctest.Wait()
		rec := lab.Journal().Records()[0]
		assert.Equal(t, "client_gone", rec.Ended)
		assert.True(t, rec.Done)
		assert.Equal(t, 3*time.Second, rec.End)
	})
}

func TestOutageCutsOpenConnections(t *testing.T) {
	inRig(t, always(hello), []string{"name: outage, during: [10s, 20s], refuse: {}"}, func(r *rig) {
		c := r.dial()
		got, _, _ := r.talkUntil(c, get, time.Second)
		assert.Equal(t, hello, got)
		_, end, at := r.talkOver(c, "")
		assert.Equal(t, reset, end)
		assert.InDelta(t, 9*time.Second, at, float64(10*time.Millisecond))
		_, err := r.network.DialContext(r.t.Context(), "tcp", "s3.test:80")
		require.ErrorIs(t, err, syscall.ECONNREFUSED)
		time.Sleep(10 * time.Second)
		got, _, _ = r.talk(get)
		assert.Equal(t, hello, got)
	})
}

func TestConnectionFaultWithoutWindowCutsPooledConnections(t *testing.T) {
	inRig(t, always(hello), []string{"after: 1, times: 1, refuse: {}"}, func(r *rig) {
		got, end, _ := r.talk(get)
		assert.Equal(t, hello, got)
		assert.Equal(t, eof, end, "a connection kept alive would hide the outage")
		_, err := r.network.DialContext(r.t.Context(), "tcp", "s3.test:80")
		require.ErrorIs(t, err, syscall.ECONNREFUSED)
		_, end, _ = r.talk(get)
		assert.Equal(t, open, end)
	})
}

func TestAPreventedConnectionIsAnAttemptOfItsOperation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lab := faulttest.NewLab(t, echo)
		lab.Rule("", faultproxy.Times(1), faultproxy.Refuse(""))
		fetch := func() error {
			req, err := http.NewRequestWithContext(faultproxy.WithStep(t.Context(), "download"), http.MethodGet,
				lab.URL()+"/demo/a.txt", nil)
			require.NoError(t, err)
			resp, err := lab.HTTPClient().Do(req)
			if err != nil {
				return err
			}
			body, err := io.ReadAll(resp.Body)
			assert.Equal(t, "content of /demo/a.txt", string(body))
			return errors.Join(err, resp.Body.Close())
		}
		require.ErrorIs(t, fetch(), syscall.ECONNREFUSED)
		require.NoError(t, fetch())
		records := lab.Journal().Records()
		require.Len(t, records, 2)
		assert.Equal(t, "connection", records[0].Kind)
		assert.Equal(t, "exchange", records[1].Kind)
		for i, rec := range records {
			assert.Equal(t, "download", rec.Step)
			assert.Equal(t, "GetObject", rec.Operation)
			assert.Equal(t, "a.txt", rec.Key)
			assert.Equal(t, i+1, rec.Attempt)
			assert.Equal(t, records[0].Logical, rec.Logical)
		}
		assert.Equal(t, 1, lab.Journal().Count("GetObject"), "a dial that fails is no send")
	})
}

func TestTLSFaults(t *testing.T) {
	drill := func(t *testing.T, fault, want string) {
		lab := faulttest.LabConfig{TLS: true}.New(t, echo)
		if fault != "" {
			lab.Rule("", faultproxy.Times(1), faultproxy.TLS(faultproxy.TLSMode(fault)))
		}
		fetch := func() error {
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, lab.URL()+"/demo/a.txt", nil)
			require.NoError(t, err)
			resp, err := lab.HTTPClient().Do(req)
			if err != nil {
				return err
			}
			body, err := io.ReadAll(resp.Body)
			assert.Equal(t, "content of /demo/a.txt", string(body))
			return errors.Join(err, resp.Body.Close())
		}
		if fault != "" {
			require.ErrorContains(t, fetch(), want)
		}
		require.NoError(t, fetch())
		if fault != "" {
			rec := settled(t, lab.Proxy())[0]
			assert.Equal(t, "connection", rec.Kind)
			assert.Equal(t, "tls", rec.Ended)
			assert.Equal(t, "GetObject", rec.Operation)
		}
	}
	for fault, want := range map[string]string{
		"":           "",
		"expired":    "certificate has expired",
		"wrong_name": "certificate is valid for elsewhere.invalid, not s3.test",
		"untrusted":  "certificate signed by unknown authority",
		"handshake":  "connection reset by peer",
	} {
		t.Run("bubble "+fault, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { drill(t, fault, want) })
		})
		t.Run("real time "+fault, func(t *testing.T) { drill(t, fault, want) })
	}
}

func TestTLSFaultsNeedTLS(t *testing.T) {
	_, err := faultproxy.New(faultproxy.Config{
		Upstream: "up:80",
		Rules:    []faultproxy.Rule{{Fault: faultproxy.TLS("expired")}},
	})
	require.ErrorContains(t, err, "rule 1: tls: needs a proxy that speaks TLS")
}

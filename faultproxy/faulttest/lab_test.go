package faulttest_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/faultproxy"
	"github.com/s3chaos/s3chaos/faultproxy/faulttest"
)

// echo answers GET with the path, and other methods with the request's body.
var echo = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodGet {
		_, _ = io.WriteString(w, "content of "+r.URL.Path)
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	_, _ = w.Write(body)
})

func TestLabAnswersFaultsAndThenTheHandler(t *testing.T) {
	drill := func(t *testing.T) {
		lab := faulttest.NewLab(t, echo)
		lab.Rule("PutObject", faultproxy.Times(2), faultproxy.Respond(503, "SlowDown"))
		var statuses []int
		for range 3 {
			req, err := http.NewRequestWithContext(t.Context(), http.MethodPut, lab.URL()+"/demo/a.txt",
				strings.NewReader("hello"))
			require.NoError(t, err)
			resp, err := lab.HTTPClient().Do(req)
			require.NoError(t, err)
			statuses = append(statuses, resp.StatusCode)
			body, err := io.ReadAll(resp.Body)
			require.NoError(t, err)
			require.NoError(t, resp.Body.Close())
			if resp.StatusCode == 200 {
				require.Equal(t, "hello", string(body))
			} else {
				require.Contains(t, string(body),
					"<Code>SlowDown</Code><Message>Please reduce your request rate.</Message>")
			}
		}
		require.Equal(t, []int{503, 503, 200}, statuses)
		require.Equal(t, 3, lab.Journal().Count("PutObject"))
	}
	t.Run("real time", drill)
	t.Run("bubble", func(t *testing.T) { synctest.Test(t, drill) })
}

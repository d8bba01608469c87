package scenarios

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/faultproxy/fakes3"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

// The server of a program's credentials is tested without a program, in virtual time.
func TestProgramIsGivenNewCredentialsWhenItsOwnHaveExpired(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hidden := false
		for _, spec := range []*script.Credentials{
			{ExpireAfter: time.Minute}, {ExpireAfter: time.Minute, Announced: &hidden},
		} {
			keys := newKeyring(&Scenario{Client: script.ClientSpec{Credentials: spec}}, fakes3.New())
			ask := func() map[string]string {
				recorder := httptest.NewRecorder()
				keys.ServeHTTP(recorder, httptest.NewRequest(http.MethodGet, "/", http.NoBody))
				var given map[string]string
				require.NoError(t, json.Unmarshal(recorder.Body.Bytes(), &given))
				return given
			}
			start := time.Now()
			first := ask()
			require.Equal(t, "ASIAS3CHAOSDRILL0000", first["AccessKeyId"])
			require.NotEmpty(t, first["SecretAccessKey"])
			require.NotEmpty(t, first["Token"])
			expires, err := time.Parse(time.RFC3339, first["Expiration"])
			require.NoError(t, err)
			require.Equal(t, spec.Announces(), expires.Equal(start.Add(time.Minute)))
			time.Sleep(time.Minute - time.Nanosecond)
			require.Equal(t, first["Token"], ask()["Token"])
			time.Sleep(time.Nanosecond)
			require.Equal(t, "ASIAS3CHAOSDRILL0001", ask()["AccessKeyId"])
			require.NotEqual(t, first["Token"], ask()["Token"])
		}
	})
}

package s3api_test

import (
	"io"
	"net/http"
	"reflect"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/faultproxy"
	"github.com/s3chaos/s3chaos/faultproxy/faulttest"
	"github.com/s3chaos/s3chaos/faultproxy/internal/s3api"
)

// Each operation goes through a proxy, whose journal names it and whose rules find it.
func TestOperationsOfTheSDKThroughTheProxy(t *testing.T) {
	methods := reflect.TypeFor[*s3.Client]()
	for _, path := range []bool{true, false} {
		sends := 0
		synctest.Test(t, func(t *testing.T) {
			lab := faulttest.NewLab(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				_, _ = io.Copy(io.Discard, r.Body)
				w.WriteHeader(http.StatusBadRequest)
			}))
			client := s3api.SDK(lab.HTTPClient().Transport, lab.URL(), path)
			for m := range methods.Methods() {
				if m.Type.NumIn() != 4 || m.Type.NumOut() != 2 || m.Type.In(2).Kind() != reflect.Pointer {
					continue
				}
				lab.Rule(m.Name, faultproxy.Named(m.Name), faultproxy.Respond(400, "InvalidRequest"))
				in := reflect.New(m.Type.In(2).Elem())
				s3api.Fill(in.Elem(), "dir/a key", 0)
				out := m.Func.Call([]reflect.Value{reflect.ValueOf(client), reflect.ValueOf(t.Context()), in})
				require.NotNil(t, out[1].Interface(), m.Name)
				records := lab.Journal().Records()
				require.Greater(t, len(records), sends, "%s was not sent: %v", m.Name, out[1].Interface())
				sends = len(records)
				rec := records[sends-1]
				assert.Equal(t, []string{m.Name, m.Name}, []string{rec.Operation, rec.Rule}, "%s %s", rec.Method,
					rec.Target)
				op, ok := s3api.OpByName(m.Name)
				require.True(t, ok, m.Name)
				if op.Level() == s3api.ObjectLevel {
					assert.Equal(t, []string{"demo", "dir/a key"}, []string{rec.Bucket, rec.Key}, m.Name)
				}
			}
		})
		assert.Greater(t, sends, 100, "operations sent")
	}
}

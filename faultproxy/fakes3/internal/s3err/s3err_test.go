package s3err_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/s3err"
)

func TestDocumentEscapesItsElements(t *testing.T) {
	document := s3err.New(s3err.NoSuchKey).With("Key", "a<b>&c").Document("/demo/a", "0001", "host")
	require.Equal(t, `<?xml version="1.0" encoding="UTF-8"?>
<Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message><Key>a&lt;b&gt;&amp;c</Key>`+
		`<Resource>/demo/a</Resource><RequestId>0001</RequestId><HostId>host</HostId></Error>`, string(document))
}

func TestWrappedErrorIsFound(t *testing.T) {
	e := s3err.Argument("max-keys", "-1", "Argument %s is wrong", "max-keys").WithHeader("Allow", "GET")
	require.Same(t, e, s3err.As(fmt.Errorf("list: %w", e)))
	require.Nil(t, s3err.As(fmt.Errorf("list")))
	require.Equal(t, "InvalidArgument: Argument max-keys is wrong", e.Error())
	require.Equal(t, http.StatusBadRequest, e.Code.Status())
	require.Equal(t, "GET", e.Header.Get("Allow"))
}

package tagging_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/s3err"
	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/tagging"
)

func TestHeaderIsAQuery(t *testing.T) {
	tags, err := tagging.FromHeader(http.Header{"X-Amz-Tagging": {"a=b%20c&d=&e&%C3%BC=x%2By"}})
	require.NoError(t, err)
	require.Equal(t, []tagging.Tag{{Key: "a", Value: "b c"}, {Key: "d"}, {Key: "e"}, {Key: "ü", Value: "x+y"}}, tags)
	tags, err = tagging.FromHeader(http.Header{})
	require.NoError(t, err)
	require.Empty(t, tags)
	for _, text := range []string{"a=%zz", "=b", "a=1&a=2"} {
		_, err := tagging.FromHeader(http.Header{"X-Amz-Tagging": {text}})
		require.Equal(t, s3err.InvalidArgument, s3err.As(err).Code, text)
	}
}

func TestWrongTagsAreRefused(t *testing.T) {
	many := make([]tagging.Tag, 51)
	for i := range many {
		many[i].Key = strings.Repeat("k", i+1)
	}
	require.NoError(t, tagging.CheckObject(many[:10]))
	require.Equal(t, s3err.BadRequest, s3err.As(tagging.CheckObject(many[:11])).Code)
	require.NoError(t, tagging.CheckBucket(many[:50]))
	require.Equal(t, s3err.BadRequest, s3err.As(tagging.CheckBucket(many)).Code)
	for name, tags := range map[string][]tagging.Tag{
		"empty key":  {{Value: "v"}},
		"long key":   {{Key: strings.Repeat("k", 129)}},
		"long value": {{Key: "k", Value: strings.Repeat("\U0001F600", 129)}}, // 258 units of UTF-16
		"odd key":    {{Key: "a?"}},
		"odd value":  {{Key: "a", Value: "b?"}},
		"same key":   {{Key: "a"}, {Key: "a"}},
	} {
		require.Equal(t, s3err.InvalidTag, s3err.As(tagging.CheckObject(tags)).Code, name)
	}
}

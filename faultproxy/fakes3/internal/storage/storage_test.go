package storage_test

import (
	"io"
	"strings"
	"testing"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/storage"
	"github.com/s3chaos/s3chaos/faultproxy/fakes3/internal/sums"
)

// backend is the part of gofakes3's storages that [storage.Storage] has.
type backend interface {
	CreateBucket(name string) error
	PutObject(bucket, key string, meta map[string]string, input io.Reader, size int64, _ *gofakes3.PutConditions,
	) (gofakes3.PutObjectResult, error)
	HeadObject(bucket, key string) (*gofakes3.Object, error)
	GetObjectVersion(bucket, key string, id gofakes3.VersionID, part *gofakes3.ObjectRangeRequest,
	) (*gofakes3.Object, error)
	DeleteObject(bucket, key string) (gofakes3.ObjectDeleteResult, error)
	DeleteObjectVersion(bucket, key string, id gofakes3.VersionID) (gofakes3.ObjectDeleteResult, error)
}

// The same calls on gofakes3's own storage and on ours have the same results, except for the ids.
func TestStorageDoesWhatTheOneOfGofakes3Does(t *testing.T) {
	theirs := s3mem.New()
	require.NoError(t, theirs.CreateBucket("b"))
	require.NoError(t, theirs.SetVersioningConfiguration("b",
		gofakes3.VersioningConfiguration{Status: gofakes3.VersioningEnabled}))
	ours := new(storage.Storage)
	require.NoError(t, ours.CreateBucket("b"))
	require.Equal(t, story(t, theirs), story(t, ours))
}

// story makes calls and returns what they say.
func story(t *testing.T, b backend) []string {
	t.Helper()
	var told []string
	tell := func(o *gofakes3.Object, err error) {
		if err != nil {
			told = append(told, err.Error())
			return
		}
		text := ""
		if o.Contents != nil {
			content, err := io.ReadAll(o.Contents)
			require.NoError(t, err)
			require.NoError(t, o.Contents.Close())
			text = string(content)
		}
		told = append(told, o.Name, text, string(o.Hash), string(rune('0'+o.Size)))
	}
	put := func(content string) gofakes3.VersionID {
		r, err := b.PutObject("b", "k", nil, strings.NewReader(content), int64(len(content)), nil)
		require.NoError(t, err)
		require.NotEmpty(t, r.VersionID)
		return r.VersionID
	}
	gone := func(r gofakes3.ObjectDeleteResult, err error) {
		require.NoError(t, err)
		told = append(told, map[bool]string{true: "marker", false: "no marker"}[r.IsDeleteMarker])
	}
	tell(b.HeadObject("b", "k"))
	gone(b.DeleteObject("b", "k"))
	first := put("hello")
	second := put("world!")
	tell(b.HeadObject("b", "k"))
	tell(b.GetObjectVersion("b", "k", first, nil))
	tell(b.GetObjectVersion("b", "k", first, &gofakes3.ObjectRangeRequest{Start: 0, End: 4}))
	tell(b.GetObjectVersion("b", "k", second, &gofakes3.ObjectRangeRequest{Start: 1, End: 3}))
	tell(b.GetObjectVersion("b", "k", second, &gofakes3.ObjectRangeRequest{Start: 9, End: 12}))
	gone(b.DeleteObject("b", "k"))
	tell(b.HeadObject("b", "k"))
	tell(b.GetObjectVersion("b", "k", first, nil))
	gone(b.DeleteObjectVersion("b", "k", first))
	tell(b.GetObjectVersion("b", "k", first, nil))
	_, err := b.PutObject("b", "k", nil, strings.NewReader("short"), 9, nil)
	require.ErrorIs(t, err, gofakes3.ErrIncompleteBody)
	_, err = b.PutObject("none", "k", nil, strings.NewReader("a"), 1, nil)
	require.True(t, gofakes3.HasErrorCode(err, gofakes3.ErrNoSuchBucket), "%v", err)
	require.True(t, gofakes3.HasErrorCode(b.CreateBucket("b"), gofakes3.ErrBucketAlreadyExists))
	return told
}

func TestContentIsStoredWithoutACopy(t *testing.T) {
	s := new(storage.Storage)
	require.NoError(t, s.CreateBucket("b"))
	content := storage.New([]byte("hello"))
	first, err := s.PutObject("b", "k", nil, content.Open(), 5, nil)
	require.NoError(t, err)
	o, err := s.GetObjectVersion("b", "k", first.VersionID, nil)
	require.NoError(t, err)
	require.Same(t, content, o.Contents.(*storage.Reader).Content())
	_, err = s.PutObject("b", "copy", nil, o.Contents, 5, nil)
	require.NoError(t, err)

	rest := content.Open()
	_, err = rest.ReadByte()
	require.NoError(t, err)
	second, err := s.PutObject("b", "rest", nil, rest, 4, nil)
	require.NoError(t, err)
	o, err = s.GetObjectVersion("b", "rest", second.VersionID, nil)
	require.NoError(t, err)
	require.Equal(t, "ello", string(o.Contents.(*storage.Reader).Content().Bytes()))
	require.NoError(t, s.Verify())

	content.Bytes()[0] = 'J'
	require.True(t, content.Changed())
	require.ErrorContains(t, s.Verify(), "was changed in memory after it was stored")
}

func TestContentComputesEachSumOnce(t *testing.T) {
	content := storage.New([]byte("hello"))
	for _, a := range sums.All {
		require.Equal(t, a.Sum([]byte("hello")), content.Sum(a), a.Name)
		require.Same(t, &content.Sum(a)[0], &content.Sum(a)[0], a.Name)
	}
	known := []byte("known")
	content.Know(sums.CRC64NVME, known)
	require.Same(t, &known[0], &content.Sum(sums.CRC64NVME)[0])
}

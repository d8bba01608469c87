package scenarios_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/scenarios"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

const threeVersions = `objects:
  - {bucket: demo, key: k, content: third, versions: [{content: first}, {content: the second}]}
client: {sdk: {mode: "off"}}
steps:
`

// versioning is the SDK with a defect in what it does with versions.
type versioning struct {
	scenarios.Client
	scenarios.OptionReader
	scenarios.Statter
	remove func(ctx context.Context, good scenarios.OptionDeleter, bucket, key string, o scenarios.DeleteOptions) error
}

func (v versioning) DeleteWith(ctx context.Context, bucket, key string, o scenarios.DeleteOptions) error {
	return v.remove(ctx, v.Client.(scenarios.OptionDeleter), bucket, key, o) //nolint:forcetypeassert // the SDK is one
}

// A reading reads the current object, whatever version it is asked for.
type reading struct{ scenarios.OptionReader }

func (r reading) DownloadWith(
	ctx context.Context, bucket, key, path string, _ scenarios.GetOptions, progress func(int64),
) error {
	return r.OptionReader.DownloadWith(ctx, bucket, key, path, scenarios.GetOptions{}, progress)
}

func (r reading) StatWith(ctx context.Context, bucket, key string, _ scenarios.GetOptions) (int64, error) {
	return r.OptionReader.StatWith(ctx, bucket, key, scenarios.GetOptions{})
}

func withVersions(change func(*versioning)) newClient {
	return func(c scenarios.ClientConfig) (scenarios.Client, error) {
		client, err := scenarios.NewSDK(c)
		if err != nil {
			return nil, err
		}
		v := versioning{
			Client: client, OptionReader: client.(scenarios.OptionReader), Statter: client.(scenarios.Statter),
			remove: func(
				ctx context.Context, good scenarios.OptionDeleter, bucket, key string, o scenarios.DeleteOptions,
			) error {
				return good.DeleteWith(ctx, bucket, key, o)
			},
		}
		change(&v)
		return v, nil
	}
}

// removing is a client whose deletions do something else.
func removing(
	remove func(ctx context.Context, good scenarios.OptionDeleter, o scenarios.DeleteOptions) error,
) newClient {
	return withVersions(func(v *versioning) {
		v.remove = func(
			ctx context.Context, good scenarios.OptionDeleter, _, _ string, o scenarios.DeleteOptions,
		) error {
			return remove(ctx, good, o)
		}
	})
}

func TestOracleFindsAWrongVersion(t *testing.T) {
	for name, c := range map[string]struct {
		step   string
		client newClient
		want   []string
	}{
		"acknowledges without a request": {
			"delete: {bucket: demo, key: k, version: 1}",
			removing(func(context.Context, scenarios.OptionDeleter, scenarios.DeleteOptions) error { return nil }),
			[]string{"lost-write"},
		},
		"deletes the object in place of a version": {
			"delete: {bucket: demo, key: k, version: 1}",
			removing(func(ctx context.Context, good scenarios.OptionDeleter, _ scenarios.DeleteOptions) error {
				return good.DeleteWith(ctx, "demo", "k", scenarios.DeleteOptions{})
			}),
			[]string{"lost-write", "torn-object"},
		},
		"deletes the version and the object": {
			"delete: {bucket: demo, key: k, version: 1}",
			removing(func(ctx context.Context, good scenarios.OptionDeleter, o scenarios.DeleteOptions) error {
				return errors.Join(good.DeleteWith(ctx, "demo", "k", o),
					good.DeleteWith(ctx, "demo", "k", scenarios.DeleteOptions{}))
			}),
			[]string{"torn-object"},
		},
		"fails and deletes the object": {
			"delete: {bucket: demo, key: k, version: 1}",
			removing(func(ctx context.Context, good scenarios.OptionDeleter, _ scenarios.DeleteOptions) error {
				return errors.Join(good.DeleteWith(ctx, "demo", "k", scenarios.DeleteOptions{}), errTool)
			}),
			[]string{"torn-object"},
		},
		"writes without the condition": {
			`delete: {bucket: demo, key: k, if_match: '"0123"'}`,
			removing(func(ctx context.Context, good scenarios.OptionDeleter, _ scenarios.DeleteOptions) error {
				return good.DeleteWith(ctx, "demo", "k", scenarios.DeleteOptions{})
			}),
			[]string{"lost-write"},
		},
		"takes 412 for success": {
			`delete: {bucket: demo, key: k, if_match: '"0123"'}`,
			removing(func(ctx context.Context, good scenarios.OptionDeleter, o scenarios.DeleteOptions) error {
				if err := good.DeleteWith(ctx, "demo", "k", o); err == nil {
					return errTool
				}
				return nil
			}),
			[]string{"phantom-success"},
		},
		"reads the current object": {
			"download: {bucket: demo, key: k, version: 1}",
			withVersions(func(v *versioning) { v.OptionReader = reading{v.OptionReader} }),
			[]string{"wrong-read"},
		},
		"tells the size of the current object": {
			"stat: {bucket: demo, key: k, version: 2}",
			withVersions(func(v *versioning) { v.OptionReader = reading{v.OptionReader} }),
			[]string{"wrong-read"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := drill(t, threeVersions+"  - "+c.step+"\nexpect: {outcome: any}\n")
			r := scenarios.Run(t.Context(), s, scenarios.Options{NewClient: c.client})
			assert.ElementsMatch(t, c.want, kinds(r), "%v", r.Reasons)
		})
	}
}

// The ids of the versions are those that S3 shows, so that a client that deletes all of them has to
// list them first. The oracle finds each one that no step names.
func TestOracleFindsADestroyedVersion(t *testing.T) {
	var others []string
	client := removing(func(ctx context.Context, good scenarios.OptionDeleter, o scenarios.DeleteOptions) error {
		others = append(others, o.VersionID)
		var err error
		for _, id := range others {
			err = errors.Join(err, good.DeleteWith(ctx, "demo", "k", scenarios.DeleteOptions{VersionID: id}))
		}
		return err
	})
	s := drill(t, threeVersions+"  - delete: {bucket: demo, key: k, version: 1}\nexpect: {outcome: any}\n")
	r := scenarios.Run(t.Context(), s, scenarios.Options{NewClient: client})
	require.Empty(t, kinds(r), "%v", r.Reasons)
	s = drill(t, threeVersions+"  - delete: {bucket: demo, key: k, version: 3}\nexpect: {outcome: any}\n")
	r = scenarios.Run(t.Context(), s, scenarios.Options{NewClient: client})
	require.Equal(t, []string{string(script.Destroyed)}, kinds(r), "%v", r.Reasons)
	require.Contains(t, r.Reasons[0].Got, "version 1 of demo/k is gone, which no step deletes")
}

// Each step is right, and so is what S3 has after it: an older version comes back, a marker goes,
// and a list of versions has those that are left.
func TestVersionsAreDeletedOneByOne(t *testing.T) {
	for _, client := range []string{"builtin", "sdk"} {
		s := drill(t, threeVersions+`  - delete: {bucket: demo, key: k, version: 2}
  - download: {bucket: demo, key: k, version: 1, to: first}
  - stat: {bucket: demo, key: k, version: 3}
  - delete: {bucket: demo, key: k, version: 3}
  - download: {bucket: demo, key: k, to: second}
  - upload: {bucket: demo, key: k, content: fourth, if_match: current}
  - get: {bucket: demo, key: k, version: 4}
  - delete: {bucket: demo, key: k, if_match: current}
  - exists: {bucket: demo, key: k}
    expect: {exists: false}
  - delete: {bucket: demo, key: k, version: 5}
  - download: {bucket: demo, key: k, to: undeleted}
  - download: {bucket: demo, key: k, version: 2}
    expect: {outcome: failure, error: {code: NoSuchVersion}}
  - delete: {bucket: demo, key: k, version: 4}
  - delete: {bucket: demo, key: k, version: 1}
  - exists: {bucket: demo, key: k}
    expect: {exists: false}
expect:
  files: [{path: first, content: first}, {path: second, content: first}, {path: undeleted, content: fourth}]
`)
		r := scenarios.Run(t.Context(), s, scenarios.Options{Client: client})
		require.Equal(t, scenarios.Pass, r.Verdict, "%s: %v", client, r.Reasons)
	}
}

// A client that was not told what became of its deletion is right with either state.
func TestLostDeletionOfAVersionIsNoFinding(t *testing.T) {
	for _, step := range []string{
		"delete: {bucket: demo, key: k, version: 1}", "delete: {bucket: demo, key: k, version: 3}",
		"delete: {bucket: demo, key: k, if_match: current}",
	} {
		for _, at := range []string{"request_head", "response_head"} {
			s := drill(t, threeVersions+"  - "+step+"\nfaults: [{match: {}, reset_peer: {at: "+at+
				"}}]\nexpect: {outcome: failure}\n")
			r := scenarios.Run(t.Context(), s, scenarios.Options{})
			require.Equal(t, scenarios.Pass, r.Verdict, "%s: %s: %v", step, at, r.Reasons)
		}
	}
}

// Two clients delete the same object under the same condition, and neither can tell which of them
// did it.
func TestTwoConditionalDeletionsOfOneObjectAreNoLostWrite(t *testing.T) {
	s := drill(t, threeVersions+`  - parallel:
      - delete: {bucket: demo, key: k, if_match: current}
      - delete: {bucket: demo, key: k, if_match: current}
    expect: {succeed: {min: 1}}
faults: [{match: {}, times: 2, reset_peer: {at: response_head}}]
`)
	r := scenarios.Run(t.Context(), s, scenarios.Options{Client: "builtin"})
	require.Equal(t, scenarios.Pass, r.Verdict, "%v", r.Reasons)
}

func TestMissingVersionIsAnErrorOfTheDrill(t *testing.T) {
	s := drill(t, threeVersions+"  - delete: {bucket: demo, key: k, version: 4}\n")
	r := scenarios.Run(t.Context(), s, scenarios.Options{})
	require.Equal(t, scenarios.Error, r.Verdict)
	require.ErrorContains(t, r.Err(), "version 4 of an object with 3")
}

// copying is a client that forgets the options of a copy.
type copying struct{ scenarios.Client }

func (c copying) CopyWith(ctx context.Context, o scenarios.CopyOptions) error {
	return c.Client.(scenarios.Copier).Copy( //nolint:forcetypeassert // the SDK is one
		ctx, o.FromBucket, o.FromKey, o.ToBucket, o.ToKey)
}

func TestOracleFindsACopyThatIgnoresItsOptions(t *testing.T) {
	forgets := func(c scenarios.ClientConfig) (scenarios.Client, error) {
		client, err := scenarios.NewSDK(c)
		return struct {
			scenarios.Client
			scenarios.Copier
			scenarios.OptionCopier
		}{client, client.(scenarios.Copier), copying{client}}, err
	}
	for step, text := range map[string]string{
		"{from: {bucket: demo, key: k, version: 1}, to: {bucket: demo, key: c}}":          "but holds",
		`{from: {bucket: demo, key: k, if_match: '"01"'}, to: {bucket: demo, key: c}}`:    "but holds",
		`{from: {bucket: demo, key: k}, to: {bucket: demo, key: k2, if_none_match: "*"}}`: "if_none_match",
		`{from: {bucket: demo, key: k}, to: {bucket: demo, key: k2, if_match: '"01"'}}`:   `if_match: "01"`,
	} {
		s := drill(t, strings.Replace(threeVersions, "client:", "  - {bucket: demo, key: k2, content: x}\nclient:", 1)+
			"  - copy: "+step+"\n")
		r := scenarios.Run(t.Context(), s, scenarios.Options{NewClient: forgets})
		require.Equal(t, []string{"lost-write"}, kinds(r), "%s: %v", step, r.Reasons)
		require.Contains(t, r.Reasons[0].Got, text)
	}
}

func TestCopyWithOptionsIsRight(t *testing.T) {
	for _, client := range []string{"builtin", "sdk"} {
		s := drill(t, threeVersions+
			`  - copy: {from: {bucket: demo, key: k, version: 1}, to: {bucket: demo, key: c, if_none_match: "*"}}
  - copy: {from: {bucket: demo, key: k, if_match: current}, to: {bucket: demo, key: c, if_match: current}}
  - copy: {from: {bucket: demo, key: k}, to: {bucket: demo, key: e, customer_key: ours}}
  - copy: {from: {bucket: demo, key: e, customer_key: ours}, to: {bucket: demo, key: f, customer_key: theirs}}
  - get: {bucket: demo, key: f, customer_key: theirs}
  - copy: {from: {bucket: demo, key: e, customer_key: theirs}, to: {bucket: demo, key: f}}
    expect: {outcome: failure}
expect: {objects: [{bucket: demo, key: c, content: third}, {bucket: demo, key: f, content: third}]}
`)
		r := scenarios.Run(t.Context(), s, scenarios.Options{Client: client})
		require.Equal(t, scenarios.Pass, r.Verdict, "%s: %v", client, r.Reasons)
	}
}

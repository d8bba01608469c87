package faultproxy_test

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/faultproxy"
	"github.com/s3chaos/s3chaos/faultproxy/fakes3"
	"github.com/s3chaos/s3chaos/faultproxy/faulttest"
)

var awkwardKeys = []string{"a.bin", "b & <c>.bin", "d", "e+f%2F", "я/ж.bin"}

// inDeletion runs f with a client and a bucket that holds awkwardKeys.
func inDeletion(t *testing.T, f func(t *testing.T, lab *faulttest.Lab, fake *fakes3.Server, client *s3.Client)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		fake := fakes3.New()
		for _, key := range awkwardKeys {
			require.NoError(t, fake.Put("demo", key, []byte(key)))
		}
		lab := faulttest.NewLab(t, fake)
		f(t, lab, fake, client(lab, true))
	})
}

func deleteAll(t *testing.T, client *s3.Client, quiet bool) *s3.DeleteObjectsOutput {
	t.Helper()
	in := &s3.DeleteObjectsInput{Bucket: aws.String("demo"), Delete: &types.Delete{Quiet: &quiet}}
	for _, key := range awkwardKeys {
		in.Delete.Objects = append(in.Delete.Objects, types.ObjectIdentifier{Key: aws.String(key)})
	}
	out, err := client.DeleteObjects(t.Context(), in)
	require.NoError(t, err)
	return out
}

// left returns the keys of awkwardKeys that still have an object.
func left(fake *fakes3.Server) (keys []string) {
	for _, key := range awkwardKeys {
		if _, ok := fake.Object("demo", key); ok {
			keys = append(keys, key)
		}
	}
	return keys
}

// The matching keys stay and have an error; the upstream deletes the others.
func TestDeleteErrorsKeepsMatchingKeys(t *testing.T) {
	for _, quiet := range []bool{false, true} {
		for pattern, stay := range map[string][]string{
			"*.bin": {"a.bin", "b & <c>.bin", "я/ж.bin"},
			"":      awkwardKeys,
			"d":     {"d"},
			"e+f%*": {"e+f%2F"},
		} {
			inDeletion(t, func(t *testing.T, lab *faulttest.Lab, fake *fakes3.Server, client *s3.Client) {
				lab.Rule("", faultproxy.DeleteErrors(pattern, "SlowDown"))
				out := deleteAll(t, client, quiet)
				var refused, deleted []string
				for _, e := range out.Errors {
					refused = append(refused, *e.Key)
					assert.Equal(t, "SlowDown", *e.Code)
					assert.Equal(t, "Please reduce your request rate.", *e.Message)
				}
				for _, d := range out.Deleted {
					deleted = append(deleted, *d.Key)
				}
				assert.ElementsMatch(t, stay, refused)
				assert.ElementsMatch(t, stay, left(fake))
				if !quiet {
					assert.Len(t, deleted, len(awkwardKeys)-len(stay))
				}
				synctest.Wait()
				rec := lab.Journal().Records()[0]
				assert.Equal(t, len(stay) < len(awkwardKeys), rec.Committed)
				for _, d := range rec.Deletes {
					assert.Equal(t, d.ErrorCode != "", contains(stay, d.Key), "%+v", d)
				}
			})
		}
	}
}

func contains(list []string, item string) bool {
	return slices.Contains(list, item)
}

// An error names the version that the request named.
func TestDeleteErrorsNamesTheVersion(t *testing.T) {
	inDeletion(t, func(t *testing.T, lab *faulttest.Lab, fake *fakes3.Server, client *s3.Client) {
		lab.Rule("", faultproxy.DeleteErrors("a.bin", ""))
		out, err := client.DeleteObjects(t.Context(), &s3.DeleteObjectsInput{
			Bucket: aws.String("demo"),
			Delete: &types.Delete{Objects: []types.ObjectIdentifier{
				{Key: aws.String("a.bin"), VersionId: aws.String("null")}, {Key: aws.String("d")},
			}},
		})
		require.NoError(t, err)
		require.Len(t, out.Errors, 1)
		assert.Equal(t, "null", *out.Errors[0].VersionId)
		assert.Equal(t, "InternalError", *out.Errors[0].Code)
	})
}

// A request passes unchanged, and the rule has not fired, if no key matches or the upstream wants a
// signature.
func TestDeleteErrorsPassesWhatItCannotChange(t *testing.T) {
	inDeletion(t, func(t *testing.T, lab *faulttest.Lab, fake *fakes3.Server, client *s3.Client) {
		lab.Rule("", faultproxy.Optional(), faultproxy.DeleteErrors("*.txt", ""))
		assert.Empty(t, deleteAll(t, client, false).Errors)
		assert.Empty(t, left(fake))
		assert.Equal(t, []int{0}, lab.Proxy().Rules().Fired())
	})
	synctest.Test(t, func(t *testing.T) {
		lab, fake := verifying(t, false)
		for _, key := range awkwardKeys {
			require.NoError(t, fake.Put("demo", key, []byte(key)))
		}
		lab.Rule("", faultproxy.Optional(), faultproxy.DeleteErrors("*.bin", ""))
		assert.Empty(t, deleteAll(t, client(lab, true), false).Errors)
		assert.Empty(t, left(fake))
		assert.Equal(t, []int{0}, lab.Proxy().Rules().Fired())
		synctest.Wait()
		assert.Empty(t, lab.Journal().Records()[0].Rule)
	})
}

// Keys that stay have not changed, so reads of them are not stale.
func TestDeleteErrorsTellsStaleWhatWasDeleted(t *testing.T) {
	for _, quiet := range []bool{false, true} {
		inDeletion(t, func(t *testing.T, lab *faulttest.Lab, fake *fakes3.Server, client *s3.Client) {
			lab.Rule("DeleteObjects", faultproxy.DeleteErrors("*.bin", ""))
			lab.Rule("GetObject", faultproxy.Stale(0))
			deleteAll(t, client, quiet)
			for _, key := range awkwardKeys {
				_, err := client.GetObject(t.Context(),
					&s3.GetObjectInput{Bucket: aws.String("demo"), Key: aws.String(key)})
				require.NoError(t, err)
			}
			synctest.Wait()
			for _, rec := range lab.Journal().Records() {
				if rec.Operation == "GetObject" {
					assert.Equal(t, !strings.HasSuffix(rec.Key, ".bin"), rec.Fault != "", rec.Key)
				}
			}
		})
	}
}

// The upstream's own errors stay in the document, whatever its form is.
func TestDeleteErrorsAddsToTheDocumentOfTheUpstream(t *testing.T) {
	const added = "<Error><Key>a</Key><Code>InternalError</Code><Message>We encountered an internal error. " +
		"Please try again.</Message></Error></DeleteResult>"
	for upstream, want := range map[string]string{
		"<DeleteResult><Error><Key>b</Key></Error></DeleteResult>": "<DeleteResult><Error><Key>b</Key></Error>" + added,
		"<DeleteResult xmlns=\"x\" />\n":                           "<DeleteResult xmlns=\"x\">" + added,
		"<DeleteResult/>":                                          "<DeleteResult>" + added,
		"<Other></Other>":                                          "<Other></Other>",
	} {
		answer := strings.Replace(lengthed(200, upstream), "\r\n", "\r\nContent-Type: application/xml\r\n", 1)
		inRig(t, always(answer), []string{"delete_errors: {keys: a}"}, func(r *rig) {
			got, end, _ := r.talk(deleteObjects(twoKeys))
			_, body, _ := strings.Cut(got, "\r\n\r\n")
			assert.Equal(t, want, body)
			assert.Equal(t, open, end)
			seen := r.upstreamSaw()
			assert.NotContains(t, seen, "<Key>a</Key>")
			assert.Contains(t, seen, "<Key>b</Key>")
		})
	}
}

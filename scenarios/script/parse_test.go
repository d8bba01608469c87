package script_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/faultproxy"
	"github.com/s3chaos/s3chaos/internal/strictyaml"
	"github.com/s3chaos/s3chaos/scenarios/script"
)

func parse(t *testing.T, text string) *script.Scenario {
	t.Helper()
	s, err := script.Parse("drill.yaml", []byte(text))
	require.NoError(t, err)
	return s
}

const minimal = "version: 1\nname: a drill\nclient: {builtin: {}}\nsteps:\n  - exists: {bucket: demo, key: a}\n"

func TestParseReadsEveryKeyOfTheFormat(t *testing.T) {
	data, err := os.ReadFile("testdata/every-word.yaml")
	require.NoError(t, err)
	s := parse(t, string(data))

	assert.Equal(t, uint64(7), s.Seed)
	assert.Equal(t, 10*time.Minute, s.Timeout)
	assert.Equal(t, []string{"aws"}, s.Requires)
	assert.Equal(t, script.Size(64<<10), s.Objects[0].Size)
	assert.Nil(t, s.Objects[0].Content)
	assert.Equal(t, "hello", *s.Objects[1].Content)
	assert.Equal(t, []string{"demo", "vault"}, s.Buckets)
	assert.Equal(t, script.LockMode("governance"), s.BucketSettings[1].ObjectLock.Mode)
	states := s.Objects[2].States(s.Seed)
	assert.Equal(t, []int64{4, 4, 2}, states[0].Parts)
	assert.True(t, states[0].Checksum.None())
	assert.Equal(t, "gzip", states[1].StoredHeader()["Content-Encoding"])
	assert.True(t, states[2].Deleted)
	assert.Equal(t, []int64{6, 4}, states[3].Parts)
	assert.Equal(t, script.ChecksumComposite, states[3].Checksum.Type)
	assert.Equal(t, time.Hour, states[3].Retention.For)

	assert.Equal(t, -20*time.Minute, s.Server.Clock.Duration)
	assert.Equal(t, script.RegionRedirect, s.Server.Region.Answer)
	assert.Equal(t, 10*time.Minute, s.Client.Credentials.ExpireAfter)
	assert.False(t, s.Client.Credentials.Announces())

	b := s.Client.Builtin
	assert.Equal(t, 20*time.Second, *b.Retry.AttemptTimeout)
	assert.Equal(t, script.JitterName("none"), *b.Retry.Jitter)
	assert.Equal(t, 14, *b.Retry.Budget.RetryCost)
	assert.Equal(t, script.Size(5<<20), b.PartSize)

	var operations []string
	s.EachStep(func(step *script.Step) { operations = append(operations, step.ID+" "+step.Operation()) })
	assert.Equal(t, []string{
		"1 upload", "2 upload_stream", "3 download", "4 list", "5 delete", "6 exists", "7 wait",
		"8 parallel", "8.1 download", "8.2 download", "9 repeat", "9.1 upload",
		"10 delete_many", "11 copy", "12 stat", "13 upload",
		"14 load", "14.1 upload", "14.2 exists", "15 load", "15.1 upload", "16 upload",
		"17 resume", "18 upload", "19 list", "20 get", "21 delete_prefix", "22 presign", "23 presign",
		"24 upload_dir", "25 download_dir", "26 delete", "27 delete", "28 download", "29 stat",
		"30 copy", "31 call", "32 call", "33 call", "34 rules", "35 raw",
	}, operations)
	assert.Equal(t, script.CurrentETag, s.Steps[12].Upload.IfMatch)
	l := s.Steps[13].Load
	assert.Equal(t, script.Drawn, l.Order)
	assert.Equal(t, 500*time.Millisecond, l.Every)
	assert.Equal(t, script.Draw{Min: 1 << 10, Max: 1 << 20}, script.Draw{Min: l.Sizes.Min, Max: l.Sizes.Max})
	planned, largest := l.Planned()
	assert.Equal(t, 360, planned)
	assert.Equal(t, script.Size(1<<20), largest)
	assert.Equal(t, "in.bin", s.Steps[15].Upload.From)
	assert.Equal(t, "logs", s.Steps[23].UploadDir.From)
	assert.False(t, s.Steps[23].Mirrors())
	assert.True(t, s.Steps[24].Mirrors())
	assert.Equal(t, 1, s.Steps[25].Delete.Version)
	assert.Equal(t, script.CurrentETag, s.Steps[26].Delete.IfMatch)
	read, _ := s.Steps[27].Read()
	assert.Equal(t, script.ReadOptions{Version: 1, IfMatch: `"01"`, CustomerKey: "ours"}, *read)
	assert.Equal(t, script.CurrentETag, s.Steps[28].Stat.IfNoneMatch)
	assert.Equal(t, script.CurrentETag, s.Steps[29].Copy.From.IfMatch)
	assert.Equal(t, "*", s.Steps[29].Copy.To.IfNoneMatch)
	assert.True(t, s.EncryptsWithKeys())
	assert.Equal(t, script.Size(64<<10), *s.ChangeFile[0].AtByte)
	assert.Equal(t, "new", string(s.ChangeFile[0].Bytes(1)))
	assert.Equal(t, script.InTurn, s.Steps[14].Load.Order)
	assert.Equal(t, script.DefaultEvery, s.Steps[14].Load.Every)
	assert.Equal(t, script.Range{First: 0, Last: 99}, *s.Steps[2].Download.Range)
	assert.Equal(t, "hundred", s.Steps[8].Label())
	assert.Equal(t, "wait 7", s.Steps[6].Label())
	assert.Equal(t, 2*time.Second, s.Steps[8].CancelAfter)
	assert.Equal(t, []string{"a.bin", "b.txt"}, s.Steps[9].DeleteMany.Keys)
	assert.Equal(t, "other", s.Steps[10].Copy.To.Bucket)

	e := s.Expect
	assert.Equal(t, script.ErrorExpect{Code: "NoSuchKey", Kind: script.KindPermanent},
		script.ErrorExpect{Code: e.Error.Code, Kind: e.Error.Kind})
	assert.Equal(t, "PutObject", e.Attempts[0].Of)
	assert.True(t, e.Attempts[0].Contains(3))
	assert.True(t, e.Objects[0].SameAs.Upload)
	assert.Equal(t, "a.bin", e.Files[0].SameAs.Key)
	assert.Equal(t, []script.Finding{script.WrongRead}, e.Violates)
	assert.Equal(t, script.Size(3<<20), *e.Requests[0].RangeStart)
}

func TestParseReadsEveryFault(t *testing.T) {
	data, err := os.ReadFile("testdata/every-word.yaml")
	require.NoError(t, err)
	s := parse(t, string(data))
	seen := map[string]bool{}
	for _, rule := range s.Rules() {
		seen[rule.Fault.Kind()] = true
	}
	for _, kind := range faultproxy.Kinds() {
		assert.True(t, seen[kind], "%s is missing from the file", kind)
	}
	first := s.Faults[0].Rule
	assert.Equal(t, "slow-down", first.Name)
	assert.Equal(t, faultproxy.Match{
		Operation: "UploadPart", Bucket: "demo", Key: "*.bin", Method: "PUT", Part: 2, Attempt: 1,
		Header: map[string]string{"Range": "*"}, Query: map[string]string{"list-type": "2"},
	}, first.Match)
	assert.Equal(t, 0.3, *first.Probability)
	assert.Equal(t, faultproxy.Window{From: 10 * time.Second, To: 40 * time.Second}, first.During)
	assert.Equal(t, faultproxy.RespondAfter(503, "SlowDown", 2*time.Second), first.Fault)
}

func TestParseSetsDefaults(t *testing.T) {
	s := parse(t, minimal)
	assert.Equal(t, uint64(1), s.Seed)
	assert.Equal(t, 10*time.Minute, s.Timeout)
	assert.Equal(t, script.Virtual, s.Clock)
	assert.Equal(t, []string{"demo"}, s.Buckets, "those that are named")
	assert.Equal(t, "drill", s.ID)

	run := parse(t, "version: 1\nname: a drill\nclient: {run: 'aws s3 ls'}\n")
	assert.Equal(t, script.Real, run.Clock)
	assert.Equal(t, "aws s3 ls", run.Client.Run.Shell)
	assert.Equal(t, "run", run.Client.Kind())

	sdk := parse(t, strings.Replace(minimal, "builtin: {}", "sdk: {}", 1))
	assert.Equal(t, script.SDKStandard, sdk.Client.SDK.Mode)

	zero := parse(t, minimal+"seed: 0\n")
	assert.Zero(t, zero.Seed, "a zero that was written is no default")
}

func TestNumbersInArgvAndEnvAreText(t *testing.T) {
	s := parse(t, "version: 1\nname: a drill\nclient:\n  run: [sleep, 5, 0x10, yes]\n"+
		"  env: {AWS_MAX_ATTEMPTS: 3, A: 1.50, B: true}\n")
	assert.Equal(t, []string{"sleep", "5", "0x10", "yes"}, s.Client.Run.Argv)
	assert.Equal(t, map[string]string{"AWS_MAX_ATTEMPTS": "3", "A": "1.50", "B": "true"}, s.Client.Env)
}

// A failing expectation reports its line, so decoding keeps the places.
func TestParseKeepsPlaces(t *testing.T) {
	s := parse(t, minimal+"expect:\n  outcome: success\n  waits:\n    - 1s\n    - {min: 2s}\n  attempts: [{of: HeadObject, exactly: 1}, 2]\nfaults:\n  - {match: {}, times: 1, timeout: {}}\n")
	assert.Equal(t, strictyaml.Place{Line: 7, Column: 3}, s.Expect.At("outcome"))
	assert.Equal(t, 9, s.Expect.Waits.Each[0].Line)
	assert.Equal(t, 10, s.Expect.Waits.Each[1].Line)
	assert.Equal(t, strictyaml.Place{Line: 11, Column: 44}, s.Expect.Attempts[1].Place)
	assert.Equal(t, 13, s.Faults[0].Line)
	assert.Equal(t, 5, s.Steps[0].Line)
	assert.Equal(t, s.Expect.Place, s.Expect.At("keys"), "a key that is not there stands where its mapping does")
	assert.True(t, s.Expect.Has("waits"))
	assert.False(t, s.Expect.Has("keys"))
}

func TestEmptyListsAreExpectations(t *testing.T) {
	s := parse(t, "version: 1\nname: a drill\nclient: {builtin: {}}\nsteps:\n  - list: {bucket: demo}\n    expect: {keys: [], waits: []}\n")
	e := s.Steps[0].Expect
	assert.NotNil(t, e.Keys)
	assert.Empty(t, e.Keys)
	assert.NotNil(t, e.Waits)
	assert.False(t, e.Waits.Policy)
	assert.Empty(t, e.Waits.Each)
	assert.Nil(t, s.Expect.Keys)
	assert.Nil(t, s.Expect.Waits)
}

// These valid scenarios come close to a mistake, but Parse accepts them.
func TestParseAcceptsEdgeCases(t *testing.T) {
	download := "steps:\n  - download: {bucket: demo, key: a}\n"
	head := "version: 1\nname: a drill\nclient: {builtin: {}}\n"
	for name, text := range map[string]string{
		"a byte order mark":            "\ufeff" + minimal,
		"Windows line ends":            strings.ReplaceAll(minimal, "\n", "\r\n"),
		"a document marker and an end": "---\n" + minimal + "...\n",
		"waits at the top of one step": minimal + "expect: {waits: policy}\n",
		"waits beside a wait": head + "steps:\n  - wait: 1s\n  - download: {bucket: demo, key: a}\n" +
			"expect: {waits: [1s]}\n",
		"exists at the top, of one step": minimal + "expect: {exists: false}\n",
		"a bucket that is missing":       head + "buckets: [other]\n" + download,
		"a key that tries to escape": head + "steps:\n" +
			"  - upload: {bucket: demo, key: ../../etc/passwd, content: \"\"}\n",
		"a rule without match": minimal + "faults:\n  - {times: 1, timeout: 5s}\n",
		"a file in a folder":   head + "files:\n  - {path: a/b..c, size: 0}\n" + download,
		"a duration of nothing": head + "steps:\n  - download: {bucket: demo, key: a}\n" +
			"    expect: {elapsed: {max: 0}}\n",
		"text that looks like a date": "version: 1\nname: 2024-01-01\nclient: {builtin: {}}\n" + download,
		"connection faults in a real clock": head + "clock: real\n" + download + "faults:\n" +
			"  - {match: {}, during: [1s, 2s], refuse: refused}\n",
		"a rule for a run client's bucket": "version: 1\nname: a drill\nclient: {run: [aws]}\nfaults:\n" +
			"  - {match: {bucket: any}, timeout: {}}\n",
	} {
		t.Run(name, func(t *testing.T) { parse(t, text) })
	}
}

func TestTooLargeFileIsRefused(t *testing.T) {
	_, err := script.Parse("big.yaml", []byte(minimal+"description: "+strings.Repeat("x", 1<<20)+"\n"))
	assert.EqualError(t, err, "big.yaml:1:1: the file is larger than 1MiB")
}

func TestMistakesAboveTheLimitAreCounted(t *testing.T) {
	_, err := script.Parse("drill.yaml", []byte(minimal+"tags: ["+strings.Repeat("a b, ", 1000)+"]\n"))
	var input *script.InputError
	require.ErrorAs(t, err, &input)
	require.Len(t, input.Problems, 101)
	assert.Equal(t, "drill.yaml: and 900 more mistakes", input.Problems[100].String())
}

func BenchmarkParse(b *testing.B) {
	data, err := os.ReadFile("testdata/every-word.yaml")
	require.NoError(b, err)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := script.Parse("every-word.yaml", data); err != nil {
			b.Fatal(err)
		}
	}
}

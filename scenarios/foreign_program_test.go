package scenarios_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/aws/smithy-go"

	"github.com/s3chaos/s3chaos/retry"
	"github.com/s3chaos/s3chaos/s3client"
	"github.com/s3chaos/s3chaos/scenarios/adapter"
)

// The test binary is also an S3 program. Adapters of the tests start it with programVariable set to
// one of these words.
const (
	programVariable = "S3CHAOS_TEST_PROGRAM"
	programSteps    = "steps"   // performs the call in its argument
	programSession  = "session" // performs the calls on standard input
	programCommand  = "command" // performs the calls of the file in $steps
)

// programFlaw names a deliberate mistake of the program.
const programFlaw = "S3CHAOS_TEST_FLAW"

// programMain runs the test binary as an S3 program and returns its exit code.
func programMain(kind string) int {
	switch kind {
	case programSession:
		return sessionMain()
	case programCommand:
		return commandMain()
	}
	a := os.Args[1:]
	call := adapter.Call{
		Verb: adapter.Verb(a[0]), Bucket: a[1], Key: a[2], File: a[3], Prefix: a[4],
		SourceBucket: a[6], SourceKey: a[7], Dir: a[8], Keys: a[9:],
	}
	var first, last int64
	switch n, _ := fmt.Sscanf(a[5], "bytes=%d-%d", &first, &last); {
	case n == 2:
		call.First, call.Last = &first, &last
	case n == 1 && first < 0:
		call.Suffix = -first
	case n == 1:
		call.First = &first
	}
	if call.Verb == adapter.UploadStream {
		call.File = "/dev/stdin"
	}
	answer := performCall(&call)
	switch {
	case !answer.OK:
		fmt.Fprintln(os.Stderr, answer.Error)
		return 1
	case call.Verb == adapter.Exists && !answer.Found:
		return 44
	case call.Verb == adapter.List:
		fmt.Println(strings.Join(answer.Keys, "\n"))
	case call.Verb == adapter.Stat:
		fmt.Println(answer.Size)
	}
	return 0
}

// commandMain performs all calls, and fails at the end if one of them failed.
func commandMain() (code int) {
	file, err := os.Open(os.Getenv("steps"))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	defer func() { _ = file.Close() }()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		var call adapter.Call
		if err := json.Unmarshal(lines.Bytes(), &call); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 2
		}
		answer := performCall(&call)
		for _, key := range answer.Keys {
			fmt.Println(key)
		}
		if !answer.OK {
			fmt.Fprintln(os.Stderr, answer.Error)
			code = 1
		}
	}
	return code
}

func sessionMain() int {
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		var call adapter.Call
		if err := json.Unmarshal(lines.Bytes(), &call); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 2
		}
		switch os.Getenv(programFlaw) {
		case "dies":
			return 3
		case "chatters":
			fmt.Println("uploading...")
			continue
		case "twice":
			if err := json.NewEncoder(os.Stdout).Encode(performCall(&call)); err != nil {
				return 3
			}
		case "leaves":
			if err := exec.Command("sleep", "60").Start(); err != nil {
				return 3
			}
		case "silent":
			select {}
		case "hangs":
			if answer := performCall(&call); !answer.OK {
				select {}
			}
		}
		if err := json.NewEncoder(os.Stdout).Encode(performCall(&call)); err != nil {
			return 3
		}
	}
	return 0
}

// performCall performs a call with the client of this project, without waits between attempts.
func performCall(call *adapter.Call) (answer adapter.Answer) {
	policy := retry.DefaultConfig()
	policy.InitialDelay, policy.MaxAttempts = retry.NoDelay, 4
	client, err := s3client.New(s3client.Config{
		Endpoint: os.Getenv("AWS_ENDPOINT_URL"), Bucket: call.Bucket, Region: os.Getenv("AWS_REGION"),
		AccessKey: os.Getenv("AWS_ACCESS_KEY_ID"), SecretKey: os.Getenv("AWS_SECRET_ACCESS_KEY"),
		UsePathStyle: os.Getenv("STYLE") != "virtual", VirtualHosted: os.Getenv("STYLE") == "virtual", Retry: &policy,
		PartSize: call.PartSize,
	})
	if err == nil {
		defer client.CloseIdleConnections()
		err = perform(context.Background(), client, call, &answer)
	}
	if os.Getenv(programFlaw) == "lies" {
		err = nil
	}
	if os.Getenv(programFlaw) == "fails" {
		err = errors.New("it always fails")
	}
	if os.Getenv(programFlaw) == "tells" {
		err = fmt.Errorf("the keys are %s and %s", os.Getenv("AWS_ACCESS_KEY_ID"), os.Getenv("AWS_SECRET_ACCESS_KEY"))
	}
	answer.OK = err == nil
	if err != nil {
		answer.Error = err.Error()
		if api, ok := errors.AsType[smithy.APIError](err); ok {
			answer.Code = api.ErrorCode()
		}
	}
	return answer
}

func perform(ctx context.Context, client *s3client.Client, call *adapter.Call, answer *adapter.Answer) (err error) {
	switch call.Verb {
	case adapter.Upload:
		return client.Upload(ctx, call.File, call.Key, nil)
	case adapter.UploadStream:
		file, err := os.Open(call.File)
		if err != nil {
			return err
		}
		defer func() { _ = file.Close() }()
		return client.UploadStream(ctx, file, call.Key, nil)
	case adapter.Download:
		return client.Download(ctx, call.Key, call.File, nil)
	case adapter.Ranged:
		var span string
		switch {
		case call.Suffix > 0:
			span = "-" + strconv.FormatInt(call.Suffix, 10)
		case call.Last != nil:
			span = fmt.Sprintf("%d-%d", *call.First, *call.Last)
		default:
			span = fmt.Sprintf("%d-", *call.First)
		}
		options := &s3client.DownloadOptions{GetOptions: s3client.GetOptions{Range: span}}
		return client.Download(ctx, call.Key, call.File, options)
	case adapter.List:
		for o, err := range client.List(ctx, call.Prefix, nil) {
			if err != nil {
				return err
			}
			answer.Keys = append(answer.Keys, o.Key)
		}
	case adapter.Delete:
		return client.Delete(ctx, call.Key)
	case adapter.DeleteMany:
		return client.DeleteMany(ctx, call.Keys)
	case adapter.Exists:
		answer.Found, err = client.Exists(ctx, call.Key)
	case adapter.Stat:
		info, err := client.Stat(ctx, call.Key, nil)
		answer.Size = info.Size
		return err
	case adapter.Copy:
		return client.Copy(ctx, call.SourceKey, call.Key, &s3client.CopyOptions{SourceBucket: call.SourceBucket})
	case adapter.Move:
		return client.Move(ctx, call.SourceKey, call.Key, &s3client.CopyOptions{SourceBucket: call.SourceBucket})
	case adapter.UploadDir:
		_, err = client.UploadDir(ctx, call.Dir, call.Prefix, nil)
	case adapter.DownloadDir:
		_, err = client.DownloadDir(ctx, call.Prefix, call.Dir, nil)
	case adapter.MirrorUp, adapter.MirrorDown:
		return performMirror(ctx, client, call)
	}
	return err
}

// performMirror transfers a directory and then deletes what the source lacks.
func performMirror(ctx context.Context, client *s3client.Client, call *adapter.Call) (err error) {
	if call.Verb == adapter.MirrorUp {
		_, err = client.UploadDir(ctx, call.Dir, call.Prefix, nil)
	} else {
		_, err = client.DownloadDir(ctx, call.Prefix, call.Dir, nil)
	}
	keys := make(map[string]bool)
	for o, listing := range client.List(ctx, call.Prefix, nil) {
		err = errors.Join(err, listing)
		name := strings.TrimPrefix(o.Key, call.Prefix)
		keys[name] = true
		_, missing := os.Stat(filepath.Join(call.Dir, name))
		if call.Verb == adapter.MirrorUp && err == nil && missing != nil {
			err = client.Delete(ctx, o.Key)
		}
	}
	if err != nil || call.Verb == adapter.MirrorUp {
		return err
	}
	return filepath.WalkDir(call.Dir, func(path string, entry fs.DirEntry, err error) error {
		name, _ := filepath.Rel(call.Dir, path)
		if err != nil || entry.IsDir() || keys[name] {
			return err
		}
		return os.Remove(path)
	})
}

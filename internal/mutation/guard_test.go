package mutation_test

import (
	"context"
	"io"
	"net"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/s3chaos/s3chaos/internal/mutation"
)

// role makes this test binary another program: a process that a test starts.
const role = "MUTATION_TEST_ROLE"

func TestMain(m *testing.M) {
	switch os.Getenv(role) {
	case "allocates":
		allocate()
	case "waits":
		wait(os.Getenv("MUTATION_TEST_ADDR"))
	case "runs":
		run()
	default:
		os.Exit(m.Run())
	}
}

// allocate takes half a GiB of memory.
func allocate() {
	var kept [][]byte
	for range 512 {
		block := make([]byte, 1<<20)
		for i := range block {
			block[i] = 1
		}
		kept = append(kept, block)
		time.Sleep(10 * time.Millisecond)
	}
	os.Stdout.WriteString("took it all\n")
	_ = kept
}

// wait keeps a connection open for as long as the process lives.
func wait(addr string) {
	c, err := net.Dial("tcp", addr)
	if err != nil {
		panic(err)
	}
	_, _ = c.Write([]byte{1})
	time.Sleep(time.Hour)
	_ = c.Close()
}

// run runs the program that waits, as a mutant.
func run() {
	_, _, err := mutation.Run(context.Background(), mutation.Program{
		Path: os.Args[0], Env: []string{role + "=waits"}, Quiet: time.Hour,
	}, 0)
	panic(err)
}

func TestMutantThatAllocatesForEverIsStopped(t *testing.T) {
	ending, out, err := mutation.Run(t.Context(), mutation.Program{
		Path: os.Args[0], Env: []string{role + "=allocates"}, Quiet: time.Minute, Memory: 128 << 20,
	}, 0)
	require.NoError(t, err)
	require.Equal(t, mutation.Failed, ending)
	require.Contains(t, string(out), "the mutant was stopped: it took more than 134217728 bytes of memory")
	require.NotContains(t, string(out), "took it all")
}

// A tool that is killed cannot stop its mutants.
func TestMutantEndsWithTheProcessThatRunsIt(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	tool := exec.Command(os.Args[0])
	tool.Env = append(os.Environ(), role+"=runs", "MUTATION_TEST_ADDR="+l.Addr().String())
	require.NoError(t, tool.Start())
	mutant, err := l.Accept()
	require.NoError(t, err)
	defer mutant.Close()
	require.NoError(t, mutant.SetReadDeadline(time.Now().Add(time.Minute)))
	_, err = mutant.Read(make([]byte, 1))
	require.NoError(t, err)

	require.NoError(t, tool.Process.Kill())
	_ = tool.Wait()

	_, err = mutant.Read(make([]byte, 1))
	require.ErrorIs(t, err, io.EOF, "the mutant still runs")
}

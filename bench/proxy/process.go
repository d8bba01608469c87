package proxy

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime/pprof"
	"strconv"
	"strings"
	"time"
)

// roleVariable is the environment variable that makes a process a server: its name, and its upstream.
const roleVariable = "S3CHAOS_BENCH_SERVER"

// Main turns the process into a server when its environment says so; it then does not return. Call it first in main or
// TestMain.
func Main() {
	role := os.Getenv(roleVariable)
	if role == "" {
		return
	}
	if err := serve(role, os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, role+":", err)
		os.Exit(1)
	}
	os.Exit(0)
}

// serve runs a server until in ends. Each line of in is a question: "cpu" asks for the time used of all processors, in
// nanoseconds; "profile FILE" and "profile" begin and end a profile of it.
func serve(role string, in io.Reader, out io.Writer) error {
	name, upstream, _ := strings.Cut(role, " ")
	start, ok := servers[name]
	if !ok {
		return fmt.Errorf("no such server")
	}
	addr, err := start(upstream)
	if err != nil {
		return err
	}
	fmt.Fprintln(out, addr)
	for lines := bufio.NewScanner(in); lines.Scan(); {
		verb, arg, _ := strings.Cut(lines.Text(), " ")
		switch {
		case verb == "cpu":
			fmt.Fprintln(out, cpuTime().Nanoseconds())
		case arg == "":
			pprof.StopCPUProfile()
			fmt.Fprintln(out)
		default:
			f, err := os.Create(arg)
			if err != nil {
				return err
			}
			if err := pprof.StartCPUProfile(f); err != nil {
				return err
			}
			fmt.Fprintln(out)
		}
	}
	return nil
}

// process is a server that runs.
type process struct {
	addr string
	cmd  *exec.Cmd
	in   io.WriteCloser
	out  *bufio.Reader
}

// startProcess starts this program anew as the server of that name.
func startProcess(ctx context.Context, name, upstream string) (*process, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, self)
	cmd.Env = append(os.Environ(), roleVariable+"="+name+" "+upstream)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p := &process{cmd: cmd, in: in, out: bufio.NewReader(out)}
	if p.addr, err = p.line(); err != nil {
		p.stop()
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	return p, nil
}

func (p *process) line() (string, error) {
	text, err := p.out.ReadString('\n')
	return strings.TrimSpace(text), err
}

func (p *process) ask(question string) (string, error) {
	if _, err := io.WriteString(p.in, question+"\n"); err != nil {
		return "", err
	}
	return p.line()
}

// cpu is the time it has used of all processors so far.
func (p *process) cpu() (time.Duration, error) {
	text, err := p.ask("cpu")
	if err != nil {
		return 0, err
	}
	n, err := strconv.ParseInt(text, 10, 64)
	return time.Duration(n), err
}

// stop ends the process and waits for it.
func (p *process) stop() {
	_ = p.in.Close() // tells it to end
	_ = p.cmd.Wait() // its exit says nothing about the measurements
}

// field is a process for every contender.
type field struct {
	proxies map[string]*process // direct: the upstream itself
}

func startField(ctx context.Context, names []string) (*field, error) {
	up, err := startProcess(ctx, serveUpstream, "")
	if err != nil {
		return nil, err
	}
	f := &field{proxies: map[string]*process{Direct: up}}
	for _, name := range names {
		if name == Direct {
			continue
		}
		p, err := startProcess(ctx, name, up.addr)
		if err != nil {
			f.stop()
			return nil, err
		}
		f.proxies[name] = p
	}
	return f, nil
}

func (f *field) stop() {
	for _, p := range f.proxies {
		p.stop()
	}
}

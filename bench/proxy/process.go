package proxy

// Servers as separate processes, so that the processor time of each is known.

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

// roleVariable names the environment variable that makes a process a server. Its value is the name
// of the server and its upstream.
const roleVariable = "S3CHAOS_BENCH_SERVER"

// Main makes the process a server if the role variable is set, and then does not return. Call it
// first in main or TestMain.
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

// serve runs a server until in ends. Each line of in is a command: "cpu" prints the used processor
// time in nanoseconds, "profile FILE" starts a profile, and "profile" stops it.
func serve(role string, in io.Reader, out io.Writer) error {
	name, upstream, _ := strings.Cut(role, " ")
	start, ok := servers[name]
	if !ok {
		return fmt.Errorf("unknown server %q", name)
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

// process is a running server.
type process struct {
	addr string
	cmd  *exec.Cmd
	in   io.WriteCloser
	out  *bufio.Reader
}

// startProcess starts this program again as the named server.
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

// cpu asks the process for its used processor time.
func (p *process) cpu() (time.Duration, error) {
	text, err := p.ask("cpu")
	if err != nil {
		return 0, err
	}
	n, err := strconv.ParseInt(text, 10, 64)
	return time.Duration(n), err
}

// stop stops the process and waits for its exit.
func (p *process) stop() {
	_ = p.in.Close() // the process exits
	_ = p.cmd.Wait() // its exit code does not affect the measurements
}

// field holds a process for every contender.
type field struct {
	proxies map[string]*process // by contender; Direct is the upstream itself
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

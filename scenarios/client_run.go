package scenarios

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/s3chaos/s3chaos/scenarios/script"
)

// killDelay is how long a program may take to end after SIGTERM before it gets SIGKILL.
const killDelay = 500 * time.Millisecond

// A program is a `run:` client: a separate process, in any language.
type program struct {
	cmd            *exec.Cmd
	stdout, stderr bounded
	exit           int
	signal         string // the signal that ended the program
	leftovers      bool   // processes of the program's group outlived it

	mu  sync.Mutex
	pid int // while the program runs; else 0
}

// newProgram prepares the command. It returns an error if the program does not exist.
func newProgram(ctx context.Context, w *world) (*program, error) {
	spec := &w.scenario.Client
	argv := spec.Run.Words()
	path, err := findProgram(w.scenario, argv[0])
	if err != nil {
		return nil, fmt.Errorf("start the client: %w", err)
	}
	env, err := programEnvironment(w)
	if err != nil {
		return nil, fmt.Errorf("start the client: %w", err)
	}
	for name, value := range spec.Env {
		env = append(env, name+"="+value)
	}
	p := w.command(ctx, path, argv, env)
	p.stdout.seek(w.scenario.Expect.Stdout)
	p.stderr.seek(w.scenario.Expect.Stderr)
	return p, nil
}

// command prepares the program at path in the work directory, in a process group of its own that
// ends with the context. Its output never shows the secrets of the drill.
func (w *world) command(ctx context.Context, path string, argv, env []string) *program {
	p := &program{cmd: exec.CommandContext(ctx, path, argv[1:]...), exit: -1}
	p.cmd.Args[0] = argv[0]
	p.cmd.Dir, p.cmd.Env = w.workdir, env
	p.stdout.hide, p.stderr.hide = w.keys.hide, w.keys.hide
	p.cmd.Stdout, p.cmd.Stderr = &p.stdout, &p.stderr
	ownGroup(p.cmd)
	if w.hosts != "" {
		withHosts(p.cmd, w.hosts)
	}
	p.cmd.Cancel = func() error { return signalGroup(p.cmd.Process.Pid, syscall.SIGTERM) }
	p.cmd.WaitDelay = killDelay
	return p
}

// findProgram returns the absolute path of a program, because the program runs in the work
// directory. A relative path starts at the scenario's folder. A name without a slash is looked up
// on PATH.
func findProgram(s *Scenario, name string) (string, error) {
	if !filepath.IsAbs(name) && filepath.Base(name) != name {
		dir, err := s.Folder()
		if err != nil {
			return "", err
		}
		name = filepath.Join(dir, name)
	}
	path, err := exec.LookPath(name)
	if err != nil {
		return "", err
	}
	return filepath.Abs(path)
}

// missing returns the reason to skip a drill whose program does not exist.
func missing(name string) string {
	if filepath.Base(name) != name {
		return name + " is not an executable file"
	}
	return name + " is not on PATH"
}

// requires returns the programs that the drill needs. It runs before the drill has an endpoint, so
// it replaces only the placeholder ${dir}.
func requires(s *Scenario) []string {
	return s.Resolve(func(name string) string {
		if dir, err := s.Folder(); name == script.PlaceDir && err == nil {
			return dir
		}
		return "${" + name + "}"
	}).Requires
}

// programEnvironment returns the environment with which a program reaches the endpoint.
func programEnvironment(w *world) ([]string, error) {
	keys, err := w.programKeys()
	if err != nil {
		return nil, err
	}
	env := append(append(cleanEnvironment(w.workdir), keys...), "AWS_ENDPOINT_URL="+w.endpoint)
	if w.authority != nil {
		for _, name := range []string{
			"AWS_CA_BUNDLE", "SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE",
		} {
			env = append(env, name+"="+w.scratch(authorityFile))
		}
	}
	return env, nil
}

// cleanEnvironment returns an environment without credentials and without anything that could lead
// the program to a real cloud.
func cleanEnvironment(workdir string) []string {
	env := []string{
		"HOME=" + workdir,
		"AWS_REGION=" + region,
		"AWS_DEFAULT_REGION=" + region,
		"AWS_EC2_METADATA_DISABLED=true",
	}
	for _, name := range []string{"PATH", "LANG", "TMPDIR"} {
		if value, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+value)
		}
	}
	return env
}

// run starts the program and waits for its end. When the context ends, it ends the program and all
// processes of its group.
func (p *program) run() error {
	if err := start(p.cmd); err != nil {
		return fmt.Errorf("start the client: %w", err)
	}
	pid := p.cmd.Process.Pid
	p.running(pid)
	err := p.cmd.Wait()
	p.running(0)
	p.leftovers = endGroup(pid)
	if state := p.cmd.ProcessState; state != nil {
		p.exit = state.ExitCode()
		if status, ok := state.Sys().(syscall.WaitStatus); ok && status.Signaled() {
			p.signal = status.Signal().String()
			p.exit = 128 + int(status.Signal()) // the convention of shells
		}
	}
	if _, exited := errors.AsType[*exec.ExitError](err); exited || errors.Is(err, exec.ErrWaitDelay) ||
		p.cmd.ProcessState != nil {
		return nil
	}
	return err
}

// running records the id of the process group. 0 means that the program has ended.
func (p *program) running(pid int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.pid = pid
}

// signalled calls send with the id of the process group while the program runs. It reports whether
// the group got the signal.
func (p *program) signalled(send func(pid int) error) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.pid != 0 && send(p.pid) == nil
}

// failure returns the program's end as a client's error, or nil if the program exited with 0.
func (p *program) failure() *failureOf {
	if p.exit == 0 {
		return nil
	}
	f := &failureOf{Text: p.ending()}
	if last := tail(p.stderr.String()); len(last) > 0 {
		f.Text += ": " + last[len(last)-1]
	}
	return f
}

// ending formats how the program ended: by which signal or with which exit status.
func (p *program) ending() string {
	if p.signal != "" {
		return "ended by signal: " + p.signal
	}
	return fmt.Sprintf("exit code %d", p.exit)
}

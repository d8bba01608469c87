package scenarios

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"

	"github.com/s3chaos/s3chaos/scenarios/script"
)

// A smallDisk is a file system of limited size, in memory. It is mounted in namespaces of its own,
// which need no root where the system allows them. This process reaches it through /proc.
type smallDisk struct {
	keeper *exec.Cmd // holds the namespaces
	stdin  io.Closer // the keeper ends when it is closed
	dir    string
}

// newSmallDisk mounts a disk of that size over dir, which other processes do not see.
func newSmallDisk(dir string, size script.Size) (*smallDisk, error) {
	mount := fmt.Sprintf(`mount -t tmpfs -o size=%d,mode=700 s3chaos "$1" && echo ready && exec cat`, int64(size))
	keeper := exec.CommandContext(context.Background(), "sh", "-c", mount, "sh", dir) // close ends it
	keeper.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}},
	}
	var complaint strings.Builder
	keeper.Stderr = &complaint
	stdin, err := keeper.StdinPipe()
	if err != nil {
		return nil, err
	}
	stdout, err := keeper.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := keeper.Start(); err != nil {
		return nil, fmt.Errorf("this system gives no namespaces: %w", err)
	}
	d := &smallDisk{keeper: keeper, stdin: stdin, dir: fmt.Sprintf("/proc/%d/root%s", keeper.Process.Pid, dir)}
	if line, err := bufio.NewReader(stdout).ReadString('\n'); line != "ready\n" {
		_ = d.close() // its error says less than the complaint
		reason := strings.TrimSpace(complaint.String() + " " + errorText(err))
		return nil, fmt.Errorf("this system mounts no disk: %s", reason)
	}
	if _, err := os.Stat(d.dir); err != nil {
		return nil, errors.Join(fmt.Errorf("this system shows no other namespace: %w", err), d.close())
	}
	return d, nil
}

func errorText(err error) string {
	if err == nil || errors.Is(err, io.EOF) {
		return ""
	}
	return err.Error()
}

// close ends the keeper, and with it the disk.
func (d *smallDisk) close() error {
	return errors.Join(d.stdin.Close(), d.keeper.Wait())
}

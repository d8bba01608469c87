package scenarios

import (
	"errors"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
)

// withHosts lets a program see another /etc/hosts: it runs in a mount namespace of its own, which
// needs no root where the system allows it.
func withHosts(cmd *exec.Cmd, hosts string) {
	program := append([]string{cmd.Path}, cmd.Args[1:]...)
	cmd.Path = "/bin/sh"
	cmd.Args = append([]string{"sh", "-c", `mount --bind "$0" /etc/hosts && exec "$@"`, hosts}, program...)
	cmd.SysProcAttr.Cloneflags = syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS
	cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}}
	cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}}
}

// namespaces returns why this system lets no program see another /etc/hosts, or nil.
var namespaces = sync.OnceValue(func() error {
	cmd := exec.Command("/bin/sh", "-c", "exit 0")
	cmd.SysProcAttr = new(syscall.SysProcAttr)
	withHosts(cmd, "/etc/hosts")
	out, err := cmd.CombinedOutput()
	if text := strings.TrimSpace(string(out)); err != nil && text != "" {
		return errors.New(text)
	}
	return err
})

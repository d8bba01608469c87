//go:build !linux

package scenarios

import (
	"errors"
	"os/exec"
)

// withHosts does nothing: namespaces says that this system cannot do it.
func withHosts(*exec.Cmd, string) {}

// namespaces returns why this system lets no program see another /etc/hosts.
func namespaces() error { return errors.New("only Linux has mount namespaces") }

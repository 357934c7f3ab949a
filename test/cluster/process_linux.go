package cluster

import "syscall"

// attributes give a program its own group, so that an interrupt from a terminal
// does not reach it before Stop does, and let it end with this process.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

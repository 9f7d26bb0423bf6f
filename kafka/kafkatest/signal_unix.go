//go:build unix

package kafkatest

import "syscall"

const (
	stopSignal      = syscall.SIGSTOP
	continueSignal  = syscall.SIGCONT
	interruptSignal = syscall.SIGINT
	killSignal      = syscall.SIGKILL
)

// signalGroup signals all processes of a group that apart has made.
func signalGroup(pid int, with syscall.Signal) error { return syscall.Kill(-pid, with) }

// apart puts a process into a group of its own, so that a key on the terminal
// does not end it before us.
var apart = &syscall.SysProcAttr{Setpgid: true}

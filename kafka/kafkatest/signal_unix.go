//go:build unix

package kafkatest

import "syscall"

const (
	stopSignal     = syscall.SIGSTOP
	continueSignal = syscall.SIGCONT
)

// apart puts a process into a group of its own, so that a key on the terminal
// does not end it before us.
var apart = &syscall.SysProcAttr{Setpgid: true}

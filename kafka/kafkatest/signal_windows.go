package kafkatest

import (
	"os"
	"syscall"
)

// Windows cannot stop a process for a while; os.Process.Signal says so.
const (
	stopSignal      = syscall.SIGABRT
	continueSignal  = syscall.SIGABRT
	interruptSignal = syscall.SIGKILL // there is no other
	killSignal      = syscall.SIGKILL
)

// signalGroup ends a process; Windows leaves its children.
func signalGroup(pid int, with syscall.Signal) error {
	process, err := os.FindProcess(pid)
	if err != nil {
		return err
	}
	return process.Signal(with)
}

// apart puts a process into a group of its own, so that a key on the terminal
// does not end it before us.
var apart = &syscall.SysProcAttr{CreationFlags: syscall.CREATE_NEW_PROCESS_GROUP}

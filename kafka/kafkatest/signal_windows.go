package kafkatest

import "syscall"

// Windows cannot stop a process for a while; os.Process.Signal says so.
const (
	stopSignal     = syscall.SIGABRT
	continueSignal = syscall.SIGABRT
)

// apart puts a process into a group of its own, so that a key on the terminal
// does not end it before us.
var apart = &syscall.SysProcAttr{CreationFlags: syscall.CREATE_NEW_PROCESS_GROUP}

package kafkatest

import (
	"fmt"
	"os/exec"
)

// guard starts a process that kills others when we are gone: a process, or all of
// a group by its negative id. Its standard input closes when we end, even by
// kill -9.
func guard(pid int) (*exec.Cmd, error) {
	g := exec.Command("sh", "-c", `cat >/dev/null; kill -9 "$1"`, "guard", fmt.Sprint(pid))
	g.SysProcAttr = apart
	if _, err := g.StdinPipe(); err != nil {
		return nil, err
	}
	return g, g.Start()
}

// RunWhole runs a command as Run does and ends it with all its children: when its
// context ends, by an interrupt and, WaitDelay later, by force; and when we end,
// even by kill -9.
func RunWhole(cmd *exec.Cmd) error {
	cmd.SysProcAttr = apart
	cmd.Cancel = func() error { return signalGroup(cmd.Process.Pid, interruptSignal) }
	if err := cmd.Start(); err != nil {
		return err
	}
	pid := cmd.Process.Pid
	g, err := guard(-pid)
	if err == nil {
		err = cmd.Wait()
	}
	_ = signalGroup(pid, killSignal) // what it has left behind, if anything
	if g != nil && g.Process != nil {
		_ = g.Process.Kill()
		_ = g.Wait()
	}
	return err
}

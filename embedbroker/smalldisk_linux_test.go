package embedbroker_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
)

// smallDiskEnv holds the folder over which this test binary mounts a small disk when
// it does that instead of running tests, smallDiskSizeEnv its size for mount.
const (
	smallDiskEnv     = "KDECK_TEST_DISK"
	smallDiskSizeEnv = "KDECK_TEST_DISK_SIZE"
)

// holdSmallDisk keeps a small disk mounted until stdin ends, in a namespace of its
// own: others reach it through /proc.
func holdSmallDisk(dir string) error {
	if err := syscall.Mount("none", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""); err != nil {
		return err
	}
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size="+os.Getenv(smallDiskSizeEnv)); err != nil {
		return err
	}
	fmt.Println("mounted")
	_, err := io.Copy(io.Discard, os.Stdin)
	return err
}

// smallDisk returns a folder on a disk of a size, as in "160m". Where the system
// allows no such mount it returns "".
func smallDisk(t *testing.T, size string) string {
	t.Helper()
	dir := t.TempDir()
	for _, flags := range []uintptr{syscall.CLONE_NEWNS, syscall.CLONE_NEWNS | syscall.CLONE_NEWUSER} {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), smallDiskEnv+"="+dir, smallDiskSizeEnv+"="+size)
		cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: flags, Pdeathsig: syscall.SIGKILL}
		if flags&syscall.CLONE_NEWUSER != 0 {
			cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{HostID: os.Getuid(), Size: 1}}
			cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{HostID: os.Getgid(), Size: 1}}
		}
		stdin, err := cmd.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		stdout, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			continue // not allowed
		}
		if _, err := bufio.NewReader(stdout).ReadString('\n'); err != nil {
			_ = cmd.Wait()
			continue
		}
		t.Cleanup(func() {
			stdin.Close()
			_ = cmd.Wait()
		})
		return fmt.Sprintf("/proc/%d/root%s", cmd.Process.Pid, dir)
	}
	return ""
}

// fillDisk writes a file until the disk of a folder has no byte left.
func fillDisk(t *testing.T, dir string) {
	t.Helper()
	f, err := os.Create(filepath.Join(dir, "ballast"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for block := make([]byte, 1<<20); len(block) > 0; {
		if _, err := f.Write(block); errors.Is(err, syscall.ENOSPC) {
			block = block[:len(block)/2]
		} else if err != nil {
			t.Fatal(err)
		}
	}
}

func emptyDisk(t *testing.T, dir string) {
	t.Helper()
	if err := os.Remove(filepath.Join(dir, "ballast")); err != nil {
		t.Fatal(err)
	}
}

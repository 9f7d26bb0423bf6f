package lab

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
)

// The socket of a cluster is in a folder of its own below the data folder, which
// only the owner may enter: the rights of the socket itself are not looked at
// everywhere. The address of a socket is short (about 100 bytes); when the data
// folder is too deep for that, the socket is in a temporary folder that only the
// owner may enter, and a file tells where.
const (
	socketDir  = "lab"
	socketName = "control.sock"
	placeName  = "control.path"
	longest    = 100
	tmpPrefix  = "kdeck-lab-"
)

// socket is where a cluster listens.
type socket struct {
	net.Listener
	dir string // the folder below the data folder
	tmp string // the temporary folder, "" for none
}

// listen makes the socket of the cluster on a data folder, which its caller
// holds the lock of: a socket that is there was left behind.
func listen(dataDir string) (*socket, error) {
	s := &socket{dir: filepath.Join(dataDir, socketDir)}
	if raw, err := os.ReadFile(filepath.Join(s.dir, placeName)); err == nil {
		if tmp := filepath.Dir(string(raw)); strings.HasPrefix(filepath.Base(tmp), tmpPrefix) {
			_ = os.RemoveAll(tmp) // left behind by a crash; the system clears it too
		}
	}
	if err := os.RemoveAll(s.dir); err != nil {
		return nil, err
	}
	if err := os.Mkdir(s.dir, 0o700); err != nil {
		return nil, err
	}
	path := filepath.Join(s.dir, socketName)
	if len(path) > longest {
		tmp, err := os.MkdirTemp("", tmpPrefix+"*") // with rights 0700
		if err != nil {
			return nil, err
		}
		s.tmp, path = tmp, filepath.Join(tmp, socketName)
		if err := os.WriteFile(filepath.Join(s.dir, placeName), []byte(path), 0o600); err != nil {
			return nil, errors.Join(err, os.RemoveAll(tmp))
		}
	}
	ln, err := net.Listen("unix", path)
	if err != nil {
		return nil, errors.Join(err, s.remove())
	}
	s.Listener = ln
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, errors.Join(err, ln.Close(), s.remove())
	}
	return s, nil
}

// Close ends the socket and removes it.
func (s *socket) Close() error { return errors.Join(s.Listener.Close(), s.remove()) }

func (s *socket) remove() error {
	err := os.RemoveAll(s.dir)
	if s.tmp != "" {
		err = errors.Join(err, os.RemoveAll(s.tmp))
	}
	return err
}

// path is where the socket of the cluster on a data folder is.
func path(dataDir string) (string, error) {
	dir := filepath.Join(dataDir, socketDir)
	raw, err := os.ReadFile(filepath.Join(dir, placeName))
	if err == nil {
		return strings.TrimSpace(string(raw)), nil
	}
	path := filepath.Join(dir, socketName)
	_, err = os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("no local cluster runs on %s: start one with kdeck local, or name another by --name or --data-dir", dataDir)
	}
	return path, err
}

func contains(ids []int32, id int32) bool {
	for _, x := range ids {
		if x == id {
			return true
		}
	}
	return false
}

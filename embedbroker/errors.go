package embedbroker

import (
	"fmt"
	"net"
	"strconv"
)

// PortError reports that a broker could not listen on its port.
type PortError struct {
	Host string // the address to listen on
	Port int    // the port asked for, 0 when any free port would have done
	Err  error
}

func (e *PortError) Error() string {
	if e.Port == 0 {
		return fmt.Sprintf("listen on a free port of %s: %v", e.Host, e.Err)
	}
	return fmt.Sprintf("listen on %s: %v; end the program that uses the port or choose another --port (0 takes free ones)", net.JoinHostPort(e.Host, strconv.Itoa(e.Port)), e.Err)
}

func (e *PortError) Unwrap() error { return e.Err }

// InUseError reports that another process runs a cluster on the data folder.
type InUseError struct {
	Dir  string
	Name string // name of the cluster that runs, "" when unknown
	PID  int    // the process that holds the folder, 0 when unknown
}

func (e *InUseError) Error() string {
	who := "another process"
	if e.PID != 0 {
		who = fmt.Sprintf("process %d", e.PID)
	}
	if e.Name != "" {
		who += fmt.Sprintf(" (cluster %q)", e.Name)
	}
	return fmt.Sprintf("data folder %s is in use by %s; end it, or choose another --name or --data-dir", e.Dir, who)
}

// DataDirError reports that the data folder could not be used.
type DataDirError struct {
	Dir string
	Op  string // what was tried: "create", "write to", "read"
	Err error
}

func (e *DataDirError) Error() string {
	return fmt.Sprintf("%s data folder %s: %v; check its permissions or choose another --data-dir", e.Op, e.Dir, e.Err)
}

func (e *DataDirError) Unwrap() error { return e.Err }

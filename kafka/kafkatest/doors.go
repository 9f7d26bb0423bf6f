package kafkatest

import (
	"net"
	"strings"
)

// Door is one more listener of every broker of an Own cluster, for ways in that the
// shared clusters do not have.
type Door struct {
	Name     string // of the listener, in capital letters
	Protocol string // SSL, SASL_SSL, SASL_PLAINTEXT or PLAINTEXT
	// Host is what brokers advertise in place of 127.0.0.1, with their own port.
	Host string
	// Lines are of server.properties, without listener.name.NAME. before them.
	Lines []string
}

// openDoors finds a port for each door of each broker.
func (n *Nodes) openDoors(spec Spec) error {
	n.doors, n.Doors = spec.Doors, make(map[string][]string)
	for _, d := range spec.Doors {
		addrs, err := freeAddrs(spec.Brokers)
		if err != nil {
			return err
		}
		n.Doors[d.Name] = addrs
	}
	return nil
}

// advertised is what a broker that listens at addr advertises.
func (d Door) advertised(addr string) string {
	_, port, err := net.SplitHostPort(addr)
	if d.Host == "" || err != nil {
		return addr
	}
	return net.JoinHostPort(d.Host, port)
}

func (d Door) lines() []string {
	var lines []string
	for _, line := range d.Lines {
		lines = append(lines, "listener.name."+strings.ToLower(d.Name)+"."+line)
	}
	return lines
}

// protocols are the doors' part of listener.security.protocol.map.
func protocols(doors []Door) string {
	var all strings.Builder
	for _, d := range doors {
		all.WriteString("," + d.Name + ":" + d.Protocol)
	}
	return all.String()
}

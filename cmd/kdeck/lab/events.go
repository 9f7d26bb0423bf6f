package lab

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/kdeck/kdeck/embedbroker/lab"
	"github.com/kdeck/kdeck/tui/text"
)

// writeEvent prints one event as a line.
func writeEvent(out io.Writer, e lab.Event, asJSON bool) error {
	if asJSON {
		return json.NewEncoder(out).Encode(e)
	}
	_, err := fmt.Fprintf(out, "%s  %-10s  %s%s\n", e.Time.Local().Format("15:04:05.000"), brokerOf(e), partitionOf(e), text.Clean(e.Text))
	return err
}

func brokerOf(e lab.Event) string {
	if e.Broker < 0 {
		return "-"
	}
	return fmt.Sprintf("broker %d", e.Broker)
}

func partitionOf(e lab.Event) string {
	if e.Topic == "" {
		return ""
	}
	return fmt.Sprintf("%s-%d: ", text.Clean(e.Topic), e.Partition)
}

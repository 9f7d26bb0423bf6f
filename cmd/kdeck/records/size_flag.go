package records

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/kdeck/kdeck/kafka/unpack"
	"github.com/kdeck/kdeck/tui/text"
)

// sizeFlag is a number of bytes on the command line: 1048576, 512KiB, 64MiB or 1GiB.
// It is a pflag.Value.
type sizeFlag struct {
	bytes       int
	least, most int
}

// batchLimit is how much a batch may take once it is decompressed.
func batchLimit() sizeFlag { return sizeFlag{bytes: unpack.Bound, least: 1 << 10, most: unpack.Most} }

// String is part of pflag.Value.
func (s *sizeFlag) String() string {
	return strings.ReplaceAll(strings.Replace(text.Bytes(int64(s.bytes)), ".0 ", "", 1), " ", "")
}

// Type is part of pflag.Value.
func (s *sizeFlag) Type() string { return "SIZE" }

// Set is part of pflag.Value.
func (s *sizeFlag) Set(value string) error {
	number, unit := value, 1.0
	for _, u := range []struct {
		name  string
		bytes float64
	}{{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {"B", 1}} {
		if cut, ok := strings.CutSuffix(value, u.name); ok {
			number, unit = cut, u.bytes
			break
		}
	}
	n, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
	bytes := n * unit
	if err != nil || math.IsNaN(bytes) || bytes < float64(s.least) || bytes > float64(s.most) {
		return fmt.Errorf("want a size from %s to %s, such as 256MiB", text.Bytes(int64(s.least)), text.Bytes(int64(s.most)))
	}
	s.bytes = int(bytes)
	return nil
}

package groups_test

import (
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kdeck/kdeck/kafka/kafkatest"
	"github.com/kdeck/kdeck/kafka/kafkatest/labtest"
)

// groupLab is a lab with what tests of groups need besides.
type groupLab struct{ *labtest.Lab }

func newGroupLab(tb testing.TB) *groupLab {
	tb.Helper()
	return &groupLab{labtest.Start(tb)}
}

func newFaultLab(tb testing.TB) *groupLab {
	tb.Helper()
	return &groupLab{labtest.WithFaults(tb)}
}

func attachGroupLab(tb testing.TB, cluster *kafkatest.Cluster, addrs []string, opts ...kgo.Opt) *groupLab {
	tb.Helper()
	return &groupLab{labtest.Attach(tb, cluster, addrs, opts...)}
}

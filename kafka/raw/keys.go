package raw

import (
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/kversion"
)

// Name is the name of an API, as "ListOffsets".
func Name(key int16) string { return kmsg.NameForKey(key) }

// LongPoll reports whether an API waits for something to happen, so that how long it
// takes says nothing about the broker.
func LongPoll(key int16) bool { return kmsg.Key(key) == kmsg.Fetch }

// AnyBroker reports whether any broker can answer what an API asks, or hands the
// question on by itself.
func AnyBroker(key int16) bool {
	switch kmsg.Key(key) {
	case kmsg.Metadata, kmsg.FindCoordinator, kmsg.DescribeCluster, kmsg.DescribeConfigs, kmsg.DescribeQuorum:
		return true
	}
	return false
}

// MaxVersions is what kgo speaks by itself, with OffsetFetch held at v9: v10 names
// topics by their id alone, which leaves out commits on topics that are gone.
func MaxVersions() *kversion.Versions {
	versions := kversion.Stable()
	versions.SetMaxKeyVersion(int16(kmsg.OffsetFetch), 9)
	return versions
}

package embedbroker

import (
	"fmt"
	"slices"
	"strings"

	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/kversion"
)

// oldestKafka is the oldest version that a cluster can pretend to be: the first
// with topic ids (KIP-516), which the metadata of our own placement needs.
const oldestKafka = "2.8"

// kafkaVersions are the versions that a cluster can pretend to be, oldest first.
func kafkaVersions() []string {
	var known []string
	for _, v := range kversion.VersionStrings() { // newest first
		known = append(known, strings.TrimPrefix(v, "v"))
		if known[len(known)-1] == oldestKafka {
			break
		}
	}
	slices.Reverse(known)
	return known
}

// servedVersions are the API versions of a Kafka release, of the newest one for
// "", but for Produce v13 (KIP-516): the engine panics on one that holds two
// unknown topic ids, as a producer sends when two topics are deleted. Up to v12
// topics have names.
func servedVersions(kafka string) (*kversion.Versions, error) {
	v := kversion.Stable()
	if kafka != "" {
		known := kafkaVersions()
		if !slices.Contains(known, kafka) {
			return nil, fmt.Errorf("version %q of Kafka: must be one of %s to %s", kafka, known[0], known[len(known)-1])
		}
		v = kversion.FromString(kafka)
	}
	const produce = int16(kmsg.Produce)
	if newest, _ := v.LookupMaxKeyVersion(produce); newest > 12 {
		v.SetMaxKeyVersion(produce, 12)
	}
	return v, nil
}

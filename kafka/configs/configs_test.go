package configs

import (
	"testing"

	"github.com/twmb/franz-go/pkg/kmsg"
)

func synonym(name, value string, source kmsg.ConfigSource) kmsg.DescribeConfigsResponseResourceConfigConfigSynonym {
	s := kmsg.NewDescribeConfigsResponseResourceConfigConfigSynonym()
	s.Name, s.Value, s.Source = name, &value, source
	return s
}

func TestConfigDefaults(t *testing.T) {
	const (
		topic  = kmsg.ConfigSourceDynamicTopicConfig
		file   = kmsg.ConfigSourceStaticBrokerConfig
		kafkas = kmsg.ConfigSourceDefaultConfig
	)
	type synonyms = []kmsg.DescribeConfigsResponseResourceConfigConfigSynonym
	for _, tc := range []struct {
		name, entry, value string
		source             kmsg.ConfigSource
		synonyms           synonyms
		want               string
	}{
		{"the entry itself comes first", "retention.ms", "1000", topic,
			synonyms{synonym("retention.ms", "1000", topic), synonym("log.retention.ms", "5", file), synonym("log.retention.hours", "168", kafkas)}, "5"},
		{"hours behind milliseconds", "retention.ms", "1000", topic,
			synonyms{synonym("retention.ms", "1000", topic), synonym("log.retention.hours", "168", kafkas)}, "604800000"},
		{"minutes behind milliseconds", "retention.ms", "1000", topic,
			synonyms{synonym("log.retention.minutes", "2", file)}, "120000"},
		{"no limit has no unit", "retention.ms", "1000", topic,
			synonyms{synonym("log.retention.hours", "-1", file)}, "-1"},
		{"the entry is in hours as well", "log.retention.hours", "24", file,
			synonyms{synonym("log.retention.hours", "168", kafkas)}, "168"},
		{"a default", "segment.bytes", "1073741824", kafkas, nil, "1073741824"},
		{"nothing behind it", "follower.replication.throttled.replicas", "*", topic, nil, ""},
	} {
		c := kmsg.NewDescribeConfigsResponseResourceConfig()
		c.Name, c.Value, c.Source, c.ConfigSynonyms = tc.entry, &tc.value, tc.source, tc.synonyms
		if got := readConfig(&c); got.Default != tc.want || got.Value != tc.value {
			t.Errorf("%s: %+v, want the default %q", tc.name, got, tc.want)
		}
	}
}

func TestSensitiveConfigHasNoValue(t *testing.T) {
	c := kmsg.NewDescribeConfigsResponseResourceConfig()
	c.Name, c.IsSensitive, c.Source = "ssl.key.password", true, kmsg.ConfigSourceStaticBrokerConfig
	if got := readConfig(&c); !got.Sensitive || got.Value != "" || got.Source != FromBrokerFile {
		t.Errorf("read as %+v", got)
	}
}

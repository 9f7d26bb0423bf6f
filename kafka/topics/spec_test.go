package topics_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/kdeck/kdeck/kafka/topics"
)

func TestCheckName(t *testing.T) {
	for name, want := range map[string]string{
		"orders": "", "a.b_c-D9": "", strings.Repeat("x", 249): "",
		"": "needs a name", ".": `cannot be named "."`, "..": "cannot be named", "or/ders": "has '/'", "é": "has 'é'",
		strings.Repeat("x", 250): "250 characters",
	} {
		got := ""
		if err := topics.CheckName(name); err != nil {
			got = err.Error()
		}
		if (want == "") != (got == "") || !strings.Contains(got, want) {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}

func TestCollides(t *testing.T) {
	if got := topics.Collides("a.b", []string{"a_b", "a.b", "ab"}); !slices.Equal(got, []string{"a_b"}) {
		t.Error(got)
	}
}

func TestParseConfigs(t *testing.T) {
	got, err := topics.ParseConfigs([]string{"a=1", "b=x=y", "c="})
	if err != nil || len(got) != 3 || got["b"] != "x=y" || got["c"] != "" {
		t.Error(got, err)
	}
	for _, bad := range [][]string{{"a"}, {"=1"}, {"a=1", "a=2"}} {
		if _, err := topics.ParseConfigs(bad); err == nil {
			t.Errorf("%v is taken", bad)
		}
	}
}

func TestCommands(t *testing.T) {
	s := topics.Spec{Name: "orders", Partitions: 6, ReplicationFactor: topics.BrokerDefault, Configs: map[string]string{
		"cleanup.policy": "compact,delete", "follower.replication.throttled.replicas": "it's *",
	}}
	want := `kafka-topics.sh --create --topic orders --partitions 6 --config cleanup.policy=compact,delete --config 'follower.replication.throttled.replicas=it'\''s *'`
	if got := s.KafkaCommand(); got != want {
		t.Error(got)
	}
	if got := s.Command(); got != strings.Replace(want, "kafka-topics.sh --create --topic", "kdeck topics create", 1) {
		t.Error(got)
	}
}

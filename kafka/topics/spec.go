package topics

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// BrokerDefault stands for a number that the brokers' configuration gives (Kafka
// 2.4 and newer, KIP-464).
const BrokerDefault = -1

// Spec is what a topic is made of.
type Spec struct {
	Name              string            `json:"topic"`
	Partitions        int32             `json:"partitions"`        // BrokerDefault for num.partitions of the broker
	ReplicationFactor int16             `json:"replicationFactor"` // BrokerDefault for default.replication.factor
	Configs           map[string]string `json:"configs,omitempty"` // what differs from the defaults
}

// maxName is how long the name of a topic may be, in bytes.
const maxName = 249

// CheckName says why a topic cannot have the name, or nil. The rules are Kafka's
// own (org.apache.kafka.common.internals.Topic).
func CheckName(name string) error {
	switch {
	case name == "":
		return fmt.Errorf("a topic needs a name")
	case name == ".", name == "..":
		return fmt.Errorf("a topic cannot be named %q", name)
	case len(name) > maxName:
		return fmt.Errorf("the name has %d characters; Kafka allows %d", len(name), maxName)
	}
	for _, r := range name {
		if !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-", r) {
			return fmt.Errorf("the name has %q; Kafka allows letters of ASCII, digits, '.', '_' and '-'", r)
		}
	}
	return nil
}

// Collides returns the existing topics whose metrics would have the same names,
// since '.' and '_' are one there; Kafka refuses such a name.
func Collides(name string, existing []string) []string {
	same := func(s string) string { return strings.ReplaceAll(s, ".", "_") }
	var found []string
	for _, other := range existing {
		if other != name && same(other) == same(name) {
			found = append(found, other)
		}
	}
	return found
}

// ParseConfigs reads KEY=VALUE pairs; a value may be empty and may hold '='.
func ParseConfigs(pairs []string) (map[string]string, error) {
	configs := make(map[string]string, len(pairs))
	for _, pair := range pairs {
		key, value, ok := strings.Cut(pair, "=")
		key = strings.TrimSpace(key)
		if !ok || key == "" {
			return nil, fmt.Errorf("%q is no KEY=VALUE, as in retention.ms=86400000", pair)
		}
		if _, twice := configs[key]; twice {
			return nil, fmt.Errorf("%s is given twice", key)
		}
		configs[key] = value
	}
	return configs, nil
}

// configText lists configurations by key, as in "cleanup.policy=compact, …".
func (s Spec) configText() string {
	var parts []string
	for _, key := range slices.Sorted(maps.Keys(s.Configs)) {
		parts = append(parts, key+"="+s.Configs[key])
	}
	return strings.Join(parts, ", ")
}

// KafkaCommand is the same creation as a kafka-topics.sh command line.
func (s Spec) KafkaCommand() string { return s.command("kafka-topics.sh --create --topic " + s.Name) }

// Command is the same creation as a kdeck command line.
func (s Spec) Command() string { return s.command("kdeck topics create " + s.Name) }

func (s Spec) command(line string) string {
	if s.Partitions != BrokerDefault {
		line += fmt.Sprintf(" --partitions %d", s.Partitions)
	}
	if s.ReplicationFactor != BrokerDefault {
		line += fmt.Sprintf(" --replication-factor %d", s.ReplicationFactor)
	}
	for _, key := range slices.Sorted(maps.Keys(s.Configs)) {
		line += " --config " + shellQuote(key+"="+s.Configs[key])
	}
	return line
}

// shellQuote quotes a word for a POSIX shell where it has to be.
func shellQuote(word string) string {
	plain := func(r rune) bool {
		return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-=:,/+@%", r)
	}
	if word != "" && !strings.ContainsFunc(word, plain) {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

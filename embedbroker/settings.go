package embedbroker

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/kdeck/kdeck/embedbroker/replication"
)

// catchUp is how long a replica needs to copy what it is behind, so that it can
// be watched.
const catchUp = 3 * time.Second

// setting is a setting of brokers, by Kafka's name.
type setting struct {
	initial string // Kafka's default, or ours where it says so
	least   int64  // of numbers
	boolean bool
	engine  string // the name of the engine's configuration, "" when it has none
}

// settings are what Config.Settings may set.
func settings() map[string]setting {
	return map[string]setting{
		"replica.lag.time.max.ms":                 {initial: "30000", least: 1},
		"broker.session.timeout.ms":               {initial: "9000", least: 1},
		"auto.leader.rebalance.enable":            {initial: "true", boolean: true},
		"leader.imbalance.check.interval.seconds": {initial: "300", least: 1},
		"min.insync.replicas":                     {initial: "1", least: 1, engine: "min.insync.replicas"},
		"log.retention.check.interval.ms":         {initial: "300000", least: 1},
		"log.cleaner.backoff.ms":                  {initial: "600000", least: 1}, // ours: a compaction rewrites whole partitions
		"log.retention.ms":                        {initial: "604800000", least: -1, engine: "log.retention.ms"},
		"log.retention.bytes":                     {initial: "-1", least: -1, engine: "log.retention.bytes"},
		"log.segment.bytes":                       {initial: "104857600", least: 14, engine: "log.segment.bytes"},
		"message.max.bytes":                       {initial: "1048588", least: 0, engine: "message.max.bytes"},
		"group.consumer.session.timeout.ms":       {initial: "45000", least: 1, engine: "group.consumer.session.timeout.ms"},
		"group.consumer.heartbeat.interval.ms":    {initial: "5000", least: 1, engine: "group.consumer.heartbeat.interval.ms"},
		"transaction.max.timeout.ms":              {initial: "900000", least: 1, engine: "transaction.max.timeout.ms"},
		"offsets.retention.minutes":               {initial: "10080", least: 1, engine: "offsets.retention.minutes"},
	}
}

// Settings are the names that Config.Settings may have, sorted.
func Settings() []string { return slices.Sorted(maps.Keys(settings())) }

// SettingError reports a setting that does not exist, or a wrong value.
type SettingError struct {
	Name, Value string
	Why         string
}

func (e *SettingError) Error() string {
	return fmt.Sprintf("setting %s=%s: %s", e.Name, e.Value, e.Why)
}

// checkSettings returns what is wrong with settings.
func checkSettings(given map[string]string) error {
	known := settings()
	for _, name := range slices.Sorted(maps.Keys(given)) {
		s, ok := known[name]
		value := given[name]
		if !ok {
			return &SettingError{name, value, "the local cluster has no such setting; it has " + strings.Join(Settings(), ", ")}
		}
		if s.boolean {
			if value != "true" && value != "false" {
				return &SettingError{name, value, "must be true or false"}
			}
			continue
		}
		if n, err := strconv.ParseInt(value, 10, 64); err != nil || n < s.least {
			return &SettingError{name, value, fmt.Sprintf("must be a number of at least %d", s.least)}
		}
	}
	return nil
}

// number is a numeric setting, checked before.
func number(given map[string]string, name string) int64 {
	value, ok := given[name]
	if !ok {
		value = settings()[name].initial
	}
	n, _ := strconv.ParseInt(value, 10, 64)
	return n
}

// replicationSettings are what the model of replicas goes by.
func replicationSettings(given map[string]string) (replication.Settings, error) {
	if err := checkSettings(given); err != nil {
		return replication.Settings{}, err
	}
	s := replication.Settings{
		LagTimeMax:     time.Duration(number(given, "replica.lag.time.max.ms")) * time.Millisecond,
		SessionTimeout: time.Duration(number(given, "broker.session.timeout.ms")) * time.Millisecond,
		RebalanceEvery: time.Duration(number(given, "leader.imbalance.check.interval.seconds")) * time.Second,
		CatchUp:        catchUp,
		OneLog:         true,
	}
	if given["auto.leader.rebalance.enable"] == "false" {
		s.RebalanceEvery = 0
	}
	return s, nil
}

// brokerConfigs are the configurations that the engine starts with.
func (c *Cluster) brokerConfigs() map[string]string {
	configs := fixedConfigs()
	for name, s := range settings() {
		if value, given := c.cfg.Settings[name]; given && s.engine != "" {
			configs[s.engine] = value
		}
	}
	return configs
}

// milliseconds is a setting that is a time in milliseconds.
func (c *Cluster) milliseconds(name string) time.Duration {
	return time.Duration(number(c.cfg.Settings, name)) * time.Millisecond
}

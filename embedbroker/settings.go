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
	initial string
	least   int64 // of numbers
	boolean bool
	// engine says that it is a configuration of the engine too.
	engine bool
}

// settings are what Config.Settings may set, with Kafka's defaults.
func settings() map[string]setting {
	return map[string]setting{
		"replica.lag.time.max.ms":                 {initial: "30000", least: 1},
		"broker.session.timeout.ms":               {initial: "9000", least: 1},
		"auto.leader.rebalance.enable":            {initial: "true", boolean: true},
		"leader.imbalance.check.interval.seconds": {initial: "300", least: 1},
		"min.insync.replicas":                     {initial: "1", least: 1, engine: true},
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
		if value, given := c.cfg.Settings[name]; given && s.engine {
			configs[name] = value
		}
	}
	return configs
}

package embedbroker

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// fixedConfigs are broker configs that clients may not change: the engine makes
// timers of them without a look, and its own cleaner, which is not safe against
// a crash, must not run (see janitor).
func fixedConfigs() map[string]string {
	return map[string]string{
		"log.cleaner.backoff.ms":              "3153600000000", // a century
		"offsets.retention.check.interval.ms": "600000",
	}
}

// topicConfigs are the names of Kafka's topic configs (TopicConfig, LogConfig).
// The engine takes any name, and one with a slip of the fingers would look as if
// it held.
const topicConfigs = ` cleanup.policy compression.gzip.level compression.lz4.level compression.type
 compression.zstd.level delete.retention.ms file.delete.delay.ms flush.messages flush.ms
 follower.replication.throttled.replicas index.interval.bytes internal.segment.bytes
 leader.replication.throttled.replicas local.retention.bytes local.retention.ms
 max.compaction.lag.ms max.message.bytes message.timestamp.after.max.ms
 message.timestamp.before.max.ms message.timestamp.type min.cleanable.dirty.ratio
 min.compaction.lag.ms min.insync.replicas preallocate remote.log.copy.disable
 remote.log.delete.on.disable remote.storage.enable retention.bytes retention.ms segment.bytes
 segment.index.bytes segment.jitter.ms segment.ms unclean.leader.election.enable `

// checkTopicConfig returns what is wrong with a topic config, "" if nothing is; a
// value of nil sets the default. A number that is none would count as 0 in the
// engine, and a retention of 0 deletes all.
func checkTopicConfig(name string, value *string) string {
	engines := strings.HasPrefix(name, "kfake.")
	if value != nil && !engines && !slices.Contains(strings.Fields(topicConfigs), name) {
		return "unknown topic config name: " + name
	}
	if values := topicChoices()[name]; value != nil && values != nil {
		for _, v := range strings.Split(*value, ",") {
			if !slices.Contains(values, strings.TrimSpace(v)) {
				return fmt.Sprintf("invalid value %q for configuration %s: must be of %s", *value, name, strings.Join(values, ", "))
			}
		}
	}
	least, number := topicNumbers()[name]
	if !number || value == nil {
		return ""
	}
	n, err := strconv.ParseInt(*value, 10, 64)
	if err != nil || n < least {
		return fmt.Sprintf("invalid value %q for configuration %s: must be a number of at least %d", *value, name, least)
	}
	return ""
}

// topicChoices are the topic configs that have one of few values.
func topicChoices() map[string][]string {
	return map[string][]string{
		"cleanup.policy":         {"compact", "delete"}, // or both
		"compression.type":       {"uncompressed", "zstd", "lz4", "snappy", "gzip", "producer"},
		"message.timestamp.type": {"CreateTime", "LogAppendTime"},
	}
}

// topicNumbers are the topic configs whose numbers the engine acts on, with the
// least value that Kafka accepts.
func topicNumbers() map[string]int64 {
	return map[string]int64{
		"retention.ms":        -1,
		"retention.bytes":     -1,
		"segment.bytes":       14,
		"segment.ms":          1,
		"max.message.bytes":   0,
		"delete.retention.ms": 0,
		"min.insync.replicas": 1,
	}
}

// checkConfig returns what is wrong with setting a config of a resource.
func checkConfig(kind kmsg.ConfigResourceType, name string, value *string) string {
	switch kind {
	case kmsg.ConfigResourceTypeTopic:
		return checkTopicConfig(name, value)
	case kmsg.ConfigResourceTypeBroker, kmsg.ConfigResourceTypeBrokerLogger:
		return checkBrokerConfig(name, value)
	}
	return ""
}

// checkBrokerConfig is checkTopicConfig for brokers. Their names are not checked:
// Kafka takes unknown ones too, for plugins.
func checkBrokerConfig(name string, value *string) string {
	if _, fixed := fixedConfigs()[name]; fixed || slices.Contains(strings.Fields(readOnlyConfigs), name) {
		return fmt.Sprintf("configuration %s cannot be changed while the broker runs", name)
	}
	if value == nil || !slices.Contains(strings.Fields(brokerNumbers), name) {
		return ""
	}
	if _, err := strconv.ParseInt(*value, 10, 64); err != nil {
		return fmt.Sprintf("invalid value %q for configuration %s: must be a number", *value, name)
	}
	return ""
}

// readOnlyConfigs are what Kafka reads when it starts (DynamicBrokerConfig).
const readOnlyConfigs = ` broker.id broker.rack controller.listener.names controller.quorum.voters
 delete.topic.enable log.dir log.dirs node.id num.partitions offsets.topic.num.partitions
 process.roles transaction.state.log.num.partitions `

// brokerNumbers are dynamic broker configs that are numbers.
const brokerNumbers = ` background.threads log.cleaner.threads log.flush.interval.ms
 log.retention.bytes log.retention.ms log.segment.bytes max.connections message.max.bytes
 min.insync.replicas num.io.threads num.network.threads num.replica.fetchers `

// amendConfigs tells fixed configs as read when the broker started: the engine
// has them among those that clients have set.
func amendConfigs(_ kmsg.Request, a kmsg.Response) error {
	resp := a.(*kmsg.DescribeConfigsResponse)
	for i := range resp.Resources {
		if resp.Resources[i].ResourceType != kmsg.ConfigResourceTypeBroker {
			continue
		}
		for j := range resp.Resources[i].Configs {
			c := &resp.Resources[i].Configs[j]
			if _, fixed := fixedConfigs()[c.Name]; fixed {
				c.Source, c.ReadOnly, c.ConfigSynonyms = kmsg.ConfigSourceStaticBrokerConfig, true, nil
			}
		}
	}
	return nil
}

// alterConfigs refuses a request with a value that would harm. AlterConfigs
// sets what it does not name to the default, so what is fixed is added.
func alterConfigs(r kmsg.Request) (kmsg.Response, kmsg.Request, error) {
	req := r.(*kmsg.AlterConfigsRequest)
	for i := range req.Resources {
		res := &req.Resources[i]
		for _, c := range res.Configs {
			if why := checkConfig(res.ResourceType, c.Name, c.Value); why != "" {
				return refuseAlterConfigs(req, why), nil, nil
			}
		}
		if res.ResourceType != kmsg.ConfigResourceTypeBroker {
			continue
		}
		for name, value := range fixedConfigs() {
			c := kmsg.NewAlterConfigsRequestResourceConfig()
			c.Name, c.Value = name, &value
			res.Configs = append(res.Configs, c)
		}
	}
	return nil, req, nil
}

func refuseAlterConfigs(req *kmsg.AlterConfigsRequest, why string) kmsg.Response {
	resp := req.ResponseKind().(*kmsg.AlterConfigsResponse)
	for i := range req.Resources {
		r := kmsg.NewAlterConfigsResponseResource()
		r.ResourceType, r.ResourceName = req.Resources[i].ResourceType, req.Resources[i].ResourceName
		r.ErrorCode, r.ErrorMessage = kerr.InvalidConfig.Code, &why
		resp.Resources = append(resp.Resources, r)
	}
	return resp
}

// incrementalAlterConfigs refuses a request with a value that would harm.
func incrementalAlterConfigs(r kmsg.Request) (kmsg.Response, kmsg.Request, error) {
	req := r.(*kmsg.IncrementalAlterConfigsRequest)
	for i := range req.Resources {
		res := &req.Resources[i]
		for _, c := range res.Configs {
			value := c.Value
			if c.Op == kmsg.IncrementalAlterConfigOpDelete { // Java sends "" with it
				value = nil
			}
			if why := checkConfig(res.ResourceType, c.Name, value); why != "" {
				return refuseIncremental(req, why, refusal(res.ResourceType)), nil, nil
			}
		}
	}
	return nil, nil, nil
}

// refusal is the error of a value that does not fit: for a broker's Kafka has
// another one.
func refusal(kind kmsg.ConfigResourceType) int16 {
	if kind == kmsg.ConfigResourceTypeBroker {
		return kerr.InvalidRequest.Code
	}
	return kerr.InvalidConfig.Code
}

func refuseIncremental(req *kmsg.IncrementalAlterConfigsRequest, why string, code int16) kmsg.Response {
	resp := req.ResponseKind().(*kmsg.IncrementalAlterConfigsResponse)
	for i := range req.Resources {
		r := kmsg.NewIncrementalAlterConfigsResponseResource()
		r.ResourceType, r.ResourceName = req.Resources[i].ResourceType, req.Resources[i].ResourceName
		r.ErrorCode, r.ErrorMessage = code, &why
		resp.Resources = append(resp.Resources, r)
	}
	return resp
}

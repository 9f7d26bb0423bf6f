package raw

import (
	"context"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// ConfigKind is a kind of resource that has a configuration.
type ConfigKind = kmsg.ConfigResourceType

// Config is an entry of a configuration.
type Config = kmsg.DescribeConfigsResponseResourceConfig

// ConfigSource is the place that gives an entry its value.
type ConfigSource = kmsg.ConfigSource

// The kinds that are read.
const (
	TopicConfigs  = kmsg.ConfigResourceTypeTopic
	BrokerConfigs = kmsg.ConfigResourceTypeBroker
)

// The sources of configuration (KIP-226, KIP-848).
const (
	DynamicTopic         = kmsg.ConfigSourceDynamicTopicConfig
	DynamicBroker        = kmsg.ConfigSourceDynamicBrokerConfig
	DynamicDefaultBroker = kmsg.ConfigSourceDynamicDefaultBrokerConfig
	StaticBroker         = kmsg.ConfigSourceStaticBrokerConfig
	KafkaDefault         = kmsg.ConfigSourceDefaultConfig
	DynamicGroup         = kmsg.ConfigSourceGroupConfig
)

// DescribeConfigs asks for the configuration of resources, in one request for all
// topics and one to each broker: the entries of keys, or all of them when there is none.
// whole adds where else a value could come from, and the documentation. found is called
// with each resource that was read, failed with each that was not.
//
// Not kadm.DescribeTopicConfigs: it takes no keys, so that the four entries of a topic
// which a list shows come with all the others, which Apache Kafka has some thirty of; it
// leaves out the documentation and whether an entry is read-only; and it answers with
// nothing at all when the user may not describe one topic of many.
func DescribeConfigs(ctx context.Context, cl *kgo.Client, kind ConfigKind, names, keys []string, whole bool,
	found func(name string, configs []Config), failed func(name string, err error),
) {
	req := kmsg.NewPtrDescribeConfigsRequest()
	req.IncludeSynonyms, req.IncludeDocumentation = whole, whole
	for _, name := range names {
		r := kmsg.NewDescribeConfigsRequestResource()
		r.ResourceType, r.ResourceName, r.ConfigNames = kind, name, keys
		req.Resources = append(req.Resources, r)
	}
	for _, shard := range cl.RequestSharded(ctx, req) {
		if shard.Err != nil {
			for _, r := range shard.Req.(*kmsg.DescribeConfigsRequest).Resources {
				failed(r.ResourceName, shard.Err)
			}
			continue
		}
		answer := shard.Resp.(*kmsg.DescribeConfigsResponse).Resources
		for i := range answer {
			if err := kerr.ErrorForCode(answer[i].ErrorCode); err != nil {
				failed(answer[i].ResourceName, err)
			} else {
				found(answer[i].ResourceName, answer[i].Configs)
			}
		}
	}
}

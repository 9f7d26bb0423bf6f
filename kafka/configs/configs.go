// Package configs reads the configuration of topics, brokers and groups.
package configs

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/kdeck/kdeck/kafka"
)

// Source is the place that gives a configuration entry its value, in the
// words that the console uses (DescribeConfigs v1, KIP-226).
type Source string

// The sources of configuration, as in Kafka's order of precedence.
const (
	FromTopic         Source = "topic"          // set on the topic
	FromGroup         Source = "group"          // set on the group, KIP-848
	FromBroker        Source = "broker"         // set on this broker while it ran
	FromBrokerDefault Source = "broker default" // set for all brokers while they ran
	FromBrokerFile    Source = "broker file"    // in the broker's server.properties
	FromDefault       Source = "default"        // Kafka's own default
	FromOther         Source = "other"          // a source that this version does not know
)

func configSource(s kmsg.ConfigSource) Source {
	switch s {
	case kmsg.ConfigSourceDynamicTopicConfig:
		return FromTopic
	case kmsg.ConfigSourceDynamicBrokerConfig:
		return FromBroker
	case kmsg.ConfigSourceDynamicDefaultBrokerConfig:
		return FromBrokerDefault
	case kmsg.ConfigSourceStaticBrokerConfig:
		return FromBrokerFile
	case kmsg.ConfigSourceDefaultConfig:
		return FromDefault
	case kmsg.ConfigSourceGroupConfig:
		return FromGroup
	}
	return FromOther
}

// Entry is one configuration entry of a topic or a broker, as it holds
// now.
type Entry struct {
	Name   string
	Value  string // empty for a sensitive entry: brokers never tell those
	Source Source
	// Default is the value that takes over when the one at Source is removed:
	// that of the next source in the order of precedence, or Value itself where
	// Source is Kafka's own default. Empty when the cluster did not say.
	Default   string
	Sensitive bool
	ReadOnly  bool   // cannot be changed while the broker runs
	Doc       string // the cluster's own explanation (KIP-569); empty before Kafka 2.6
}

// configChunk is how many topics one DescribeConfigs request asks about: a whole
// configuration with its documentation takes some 20 kB.
const configChunk = 1000

// Describe reads the whole configuration of topics or brokers (whose names
// are their node ids): one request per broker, or one per 1,000 topics. A
// resource that could not be read is missing from the entries and has its reason
// in the map of errors.
func Describe(ctx context.Context, c *kafka.Conn, kind kmsg.ConfigResourceType, names ...string) (map[string][]Entry, map[string]error) {
	entries := make(map[string][]Entry, len(names))
	failed := Request(ctx, c, Query{Kind: kind, whole: true}, names, func(r *kmsg.DescribeConfigsResponseResource) {
		list := make([]Entry, len(r.Configs))
		for i := range r.Configs {
			list[i] = readConfig(&r.Configs[i])
		}
		entries[r.ResourceName] = list
	})
	return entries, failed
}

// Query says what to read of a configuration.
type Query struct {
	Kind  kmsg.ConfigResourceType
	Keys  []string // the entries to read; nil is all
	whole bool     // with sources in the background and documentation
}

// Request asks for the configuration of resources, hands each answer to
// found, one after the other, and returns why the others are missing.
func Request(ctx context.Context, c *kafka.Conn, q Query, names []string, found func(*kmsg.DescribeConfigsResponseResource)) map[string]error {
	pending := make(map[string]error, len(names))
	for _, n := range names {
		pending[n] = errors.New("the broker left it out of its answer")
	}
	for len(names) > 0 {
		chunk := names[:min(configChunk, len(names))]
		names = names[len(chunk):]
		req := kmsg.NewPtrDescribeConfigsRequest()
		req.IncludeSynonyms, req.IncludeDocumentation = q.whole, q.whole
		for _, n := range chunk {
			r := kmsg.NewDescribeConfigsRequestResource()
			r.ResourceType, r.ResourceName, r.ConfigNames = q.Kind, n, q.Keys
			req.Resources = append(req.Resources, r)
		}
		for _, shard := range c.Kgo().RequestSharded(ctx, req) {
			if shard.Err != nil {
				for _, r := range shard.Req.(*kmsg.DescribeConfigsRequest).Resources {
					pending[r.ResourceName] = shard.Err
				}
				continue
			}
			answer := shard.Resp.(*kmsg.DescribeConfigsResponse).Resources
			for i := range answer {
				r := &answer[i]
				if err := kerr.ErrorForCode(r.ErrorCode); err != nil {
					pending[r.ResourceName] = err
					continue
				}
				delete(pending, r.ResourceName)
				found(r)
			}
		}
	}
	return pending
}

func readConfig(r *kmsg.DescribeConfigsResponseResourceConfig) Entry {
	e := Entry{Name: r.Name, Source: configSource(r.Source), Sensitive: r.IsSensitive, ReadOnly: r.ReadOnly}
	if r.Value != nil {
		e.Value = *r.Value
	}
	if r.Documentation != nil {
		e.Doc = *r.Documentation
	}
	if e.Source == FromDefault {
		e.Default = e.Value
	}
	// The synonyms are in order of precedence. Apache Kafka's first is the entry
	// itself; others leave it out.
	for _, s := range r.ConfigSynonyms {
		if s.Source != r.Source && s.Value != nil {
			e.Default = inUnitOf(r.Name, s.Name, *s.Value)
			break
		}
	}
	return e
}

// inUnitOf returns a synonym's value in the unit of the entry: retention.ms falls
// back on log.retention.hours, whose number means hours.
func inUnitOf(entry, synonym, value string) string {
	if !strings.HasSuffix(entry, ".ms") {
		return value
	}
	unit := time.Millisecond
	switch {
	case strings.HasSuffix(synonym, ".hours"):
		unit = time.Hour
	case strings.HasSuffix(synonym, ".minutes"):
		unit = time.Minute
	}
	n, err := strconv.ParseInt(value, 10, 64)
	if err != nil || n < 0 {
		return value
	}
	return strconv.FormatInt(n*unit.Milliseconds(), 10)
}

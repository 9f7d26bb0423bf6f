// Package configs reads the configuration of topics, brokers and groups.
package configs

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/raw"
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

func configSource(s raw.ConfigSource) Source {
	switch s {
	case raw.DynamicTopic:
		return FromTopic
	case raw.DynamicBroker:
		return FromBroker
	case raw.DynamicDefaultBroker:
		return FromBrokerDefault
	case raw.StaticBroker:
		return FromBrokerFile
	case raw.KafkaDefault:
		return FromDefault
	case raw.DynamicGroup:
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
func Describe(ctx context.Context, c *kafka.Conn, kind raw.ConfigKind, names ...string) (map[string][]Entry, map[string]error) {
	entries := make(map[string][]Entry, len(names))
	failed := Request(ctx, c, Query{Kind: kind, whole: true}, names, func(name string, configs []raw.Config) {
		list := make([]Entry, len(configs))
		for i := range configs {
			list[i] = readConfig(&configs[i])
		}
		entries[name] = list
	})
	return entries, failed
}

// Query says what to read of a configuration.
type Query struct {
	Kind  raw.ConfigKind
	Keys  []string // the entries to read; nil is all
	whole bool     // with sources in the background and documentation
}

// Request asks for the configuration of resources, hands each answer to
// found, one after the other, and returns why the others are missing.
func Request(ctx context.Context, c *kafka.Conn, q Query, names []string, found func(name string, configs []raw.Config)) map[string]error {
	pending := make(map[string]error, len(names))
	for _, n := range names {
		pending[n] = errors.New("the broker left it out of its answer")
	}
	for chunk := range slices.Chunk(names, configChunk) {
		raw.DescribeConfigs(ctx, c.Kgo(), q.Kind, chunk, q.Keys, q.whole, func(name string, configs []raw.Config) {
			delete(pending, name)
			found(name, configs)
		}, func(name string, err error) { pending[name] = err })
	}
	return pending
}

func readConfig(r *raw.Config) Entry {
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

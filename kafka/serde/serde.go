// Package serde turns the bytes of keys and values into something that a person
// can read, and back. It finds out by itself how they are written and says why
// it thinks so; a context or the user may know better.
//
// Decoding never waits and never fails: what cannot be decoded is shown as its
// bytes, with the reason. Schemas that are still to be read from a registry are
// noted, and Lookup reads them.
package serde

import (
	"context"
	"fmt"
	"sync"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kdeck/kdeck/kafka/unpack"
)

// Side is a part of a record that is decoded by itself.
type Side int

// The sides.
const (
	Key Side = iota
	Value
)

// String is "key" or "value", as in the names of a registry's subjects.
func (s Side) String() string {
	if s == Key {
		return "key"
	}
	return "value"
}

func (s Side) of(rec *kgo.Record) []byte {
	if s == Key {
		return rec.Key
	}
	return rec.Value
}

// Decoded is a key or value as it can be read.
type Decoded struct {
	// Form is how the bytes were read: never Auto; Hex when nothing fits.
	Form Form
	// Text is what they say: one JSON value without line breaks where JSON is set,
	// except in the forms Text and JSON, which have the bytes as they are. It is nil
	// in Hex. It is not cleaned for a terminal.
	Text []byte
	JSON bool
	// Schema names the schema, as in "Avro shop.Order", and SchemaID is its id in
	// the registry; 0 is none, since registries count from 1. GUID names the schema
	// where a header of the record has that in place of an id.
	Schema   string
	SchemaID int
	GUID     string
	Framing  Framing
	// Message is the full name of a Protobuf message, and Index its place before the
	// payload, where that is not the one by which Encode writes it.
	Message string
	Index   []int
	// Reason says why this form was taken, in a few words.
	Reason string
	// Note is what is odd about a value that was decoded; may be empty.
	Note string
	// Loss is what Text does not say of the bytes, so that Text would be encoded as
	// another value; empty where it says all.
	Loss string
	// Err says why the bytes could not be decoded; the form is then Hex.
	Err error
	// Waiting is set while the schema has not been read; Lookup reads it.
	Waiting bool
	// Masked is set when something was taken out by a masking rule.
	Masked bool

	bytes  []byte
	schema schema // by which Text was made; nil is none
	head   int    // how many bytes stand before the payload
	sealed bool   // bytes are what may be shown, and not what was decoded
}

// Bytes returns the bytes that were decoded, or, where a masking rule took
// something out of them, what is left.
func (d Decoded) Bytes() []byte { return d.bytes }

// SchemaKey is what names the schema in the registry, in words, as in "schema id 5"; "" where no schema of a registry is named.
func (d Decoded) SchemaKey() string {
	if d.SchemaID == 0 && d.GUID == "" {
		return ""
	}
	return schemaKey{id: d.SchemaID, guid: d.GUID}.String()
}

// Config says how a context reads its topics. The zero Config finds out
// everything by itself.
type Config struct {
	Cluster  string     // what the user calls it: choices are remembered under this name
	Registry *Registry  // nil is none
	Rules    []Rule     // the first that fits a topic holds
	Masks    []MaskRule // all that fit a topic hold
	// StateDir is the folder in which choices are remembered; "" remembers them as
	// long as the program runs.
	StateDir string
}

// Serde decodes and encodes the records of one cluster. It is safe for
// concurrent use.
type Serde struct {
	registry *Registry
	rules    []rule
	masks    []maskRule
	choices  *choices

	mu     sync.Mutex
	topics map[string]*topic
}

// topic is what holds for one topic.
type topic struct {
	name  string
	sides [2]*decoding // by the context, or nil
	mask  *mask        // nil is none
}

// New returns a Serde. It reads the schema files of the rules; one that cannot
// be read is no error here, but is told with every record that needs it.
func New(cfg Config) (*Serde, error) {
	s := &Serde{registry: cfg.Registry, topics: make(map[string]*topic)}
	for _, r := range cfg.Rules {
		if err := r.Validate(); err != nil {
			return nil, err
		}
		s.rules = append(s.rules, r.load())
	}
	for _, m := range cfg.Masks {
		compiled, err := m.compile()
		if err != nil {
			return nil, err
		}
		s.masks = append(s.masks, compiled)
	}
	s.choices = loadChoices(cfg.StateDir, cfg.Cluster)
	return s, nil
}

// topic returns what holds for a topic.
func (s *Serde) topic(name string) *topic {
	const most = 10_000 // names come from the cluster
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.topics[name]
	if t == nil {
		if len(s.topics) >= most {
			clear(s.topics)
		}
		t = &topic{name: name, sides: sidesOf(s.rules, name), mask: maskOf(s.masks, name)}
		s.topics[name] = t
	}
	return t
}

// Decode decodes a side of a record in the form that was chosen for its topic,
// or else as it can be found out. It never waits.
func (s *Serde) Decode(rec *kgo.Record, side Side) Decoded {
	return s.DecodeAs(rec, side, Auto)
}

// DecodeAs decodes a side of a record in a form. Auto is what Decode does. A
// masking rule may leave no choice.
func (s *Serde) DecodeAs(rec *kgo.Record, side Side, form Form) Decoded {
	t := s.topic(rec.Topic)
	if form == Auto {
		form = s.choices.get(rec.Topic, side)
	}
	if side.of(rec) == nil {
		return Decoded{Form: Text, Reason: "null"}
	}
	if large := unpack.Of(rec); large != nil {
		return notRead(large)
	}
	if t.mask != nil {
		return t.mask.decode(s, t, rec, side, form)
	}
	return s.read(t, rec, side, form)
}

// Detect is Decode without the form that was chosen for the topic.
func (s *Serde) Detect(rec *kgo.Record, side Side) Decoded {
	t := s.topic(rec.Topic)
	if side.of(rec) == nil {
		return Decoded{Form: Text, Reason: "null"}
	}
	if large := unpack.Of(rec); large != nil {
		return notRead(large)
	}
	d := s.detect(t, rec, side)
	if t.mask != nil {
		return t.mask.apply(d)
	}
	return d
}

// notRead is the value of a record that stands for a batch that was not unpacked.
func notRead(large *unpack.Oversize) Decoded {
	return Decoded{Form: Hex, Reason: "too large", Err: large, bytes: []byte{}}
}

// read decodes without masks.
func (s *Serde) read(t *topic, rec *kgo.Record, side Side, form Form) Decoded {
	if form == Auto {
		return s.detect(t, rec, side)
	}
	d := s.as(t, rec, side, form)
	d.Reason = "chosen"
	return d
}

// Await is DecodeAs for programs that read records one after the other: it waits
// for a schema, as long as a registry may take.
func (s *Serde) Await(ctx context.Context, rec *kgo.Record, side Side, form Form) Decoded {
	d := s.DecodeAs(rec, side, form)
	if d.Waiting {
		s.Lookup(ctx)
		d = s.DecodeAs(rec, side, form)
	}
	return d
}

// Wanting reports whether there are schemas for Lookup to read.
func (s *Serde) Wanting() bool { return s.registry != nil && s.registry.wanting() }

// Lookup reads the schemas that records wanted, from the registry. It takes some
// seconds at most. Failures are told by the records.
func (s *Serde) Lookup(ctx context.Context) {
	if s.registry != nil {
		s.registry.lookup(ctx)
	}
}

// Choice is the form that was chosen for a side of a topic; Auto unless one was.
func (s *Serde) Choice(topic string, side Side) Form { return s.choices.get(topic, side) }

// Choose reads a side of a topic in a form from now on, in later runs too. Auto
// takes a choice back. It writes a file; a failure holds for later runs alone.
func (s *Serde) Choose(topic string, side Side, form Form) error {
	if err := s.choices.set(topic, side, form); err != nil {
		return fmt.Errorf("remember that the %s of %s is read as %s: %w; it holds until kdeck ends", side, topic, form, err)
	}
	return nil
}

// Forms returns the forms in which a side of a record can be read, besides Auto:
// text, JSON, what else the bytes and the context allow, and hex.
func (s *Serde) Forms(rec *kgo.Record, side Side) []Form {
	t := s.topic(rec.Topic)
	if unpack.Of(rec) != nil {
		return []Form{Hex}
	}
	fit := []Form{Text, JSON}
	for _, form := range Forms() {
		switch form {
		case Auto, Text, JSON, Hex:
			continue
		}
		if d := s.as(t, rec, side, form); d.Err == nil {
			fit = append(fit, form)
		}
	}
	return append(fit, Hex)
}

package serde

import (
	"context"
	"errors"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kdeck/kdeck/kafka/serde/jsonvalue"
)

// MaskRule hides parts of records wherever kdeck would show, copy or write them.
type MaskRule struct {
	// Fields are names of members and headers, ignoring case, at any depth; a name
	// may be a path ("card.number") and have * and ? in it. Their values are hidden
	// whole.
	Fields []string `yaml:"fields,omitempty,flow" json:"fields,omitempty"`
	// Pattern is a regular expression (RE2): what it matches is hidden, in text,
	// names, strings and numbers.
	Pattern string `yaml:"pattern,omitempty" json:"pattern,omitempty"`
	// Topics are names, or patterns with * and ?; none means all.
	Topics []string `yaml:"topics,omitempty,flow" json:"topics,omitempty"`
}

// Validate reports what is wrong with the rule.
func (m MaskRule) Validate() error {
	_, err := m.compile()
	return err
}

// maskRule is a MaskRule that is ready to use.
type maskRule struct {
	fields  []field
	pattern *regexp.Regexp
	topics  []string
}

// field is a path of patterns in lower case, the innermost name last.
type field struct {
	path []string
	// literal is the longest part of the innermost name that stands for itself.
	literal string
}

func (m MaskRule) compile() (maskRule, error) {
	if len(m.Fields) == 0 && m.Pattern == "" {
		return maskRule{}, errors.New("mask: a rule without fields and pattern hides nothing")
	}
	rule := maskRule{topics: m.Topics}
	for _, topic := range m.Topics {
		if _, err := path.Match(topic, ""); err != nil {
			return maskRule{}, fmt.Errorf("mask: topic %q: %w", topic, err)
		}
	}
	for _, name := range m.Fields {
		f := field{path: strings.Split(strings.ToLower(name), ".")}
		for _, part := range f.path {
			if _, err := path.Match(part, ""); err != nil || part == "" {
				return maskRule{}, fmt.Errorf("mask: field %q is not a name, or names with dots between them", name)
			}
		}
		for _, part := range strings.FieldsFunc(f.path[len(f.path)-1], func(r rune) bool { return strings.ContainsRune(`*?[]\`, r) }) {
			if len(part) > len(f.literal) {
				f.literal = part
			}
		}
		rule.fields = append(rule.fields, f)
	}
	if m.Pattern != "" {
		var err error
		if rule.pattern, err = regexp.Compile(m.Pattern); err != nil {
			return maskRule{}, fmt.Errorf("mask: pattern: %w", err)
		}
		if rule.pattern.MatchString("") {
			return maskRule{}, fmt.Errorf("mask: pattern %q matches nothing at all, and so everywhere", m.Pattern)
		}
	}
	return rule, nil
}

// mask is what all rules together hide of a topic.
type mask struct {
	fields   []field
	patterns []*regexp.Regexp
}

// maskOf returns the mask of a topic, or nil.
func maskOf(rules []maskRule, topic string) *mask {
	var m mask
	for _, r := range rules {
		if len(r.topics) > 0 && !slices.ContainsFunc(r.topics, func(p string) bool { fit, _ := path.Match(p, topic); return fit }) {
			continue
		}
		m.fields = append(m.fields, r.fields...)
		if r.pattern != nil {
			m.patterns = append(m.patterns, r.pattern)
		}
	}
	if len(m.fields) == 0 && len(m.patterns) == 0 {
		return nil
	}
	return &m
}

// Hidden stands where a masking rule took something out.
const Hidden = "********"

// Masks reports whether a masking rule holds for a topic.
func (s *Serde) Masks(topic string) bool { return s.topic(topic).mask != nil }

// Masked returns a record with what may be shown of its key, value and headers:
// the record itself where no rule holds.
func (s *Serde) Masked(rec *kgo.Record) *kgo.Record {
	return s.masked(rec, func(side Side) Decoded { return s.Decode(rec, side) })
}

// AwaitMasked is Masked that waits for schemas, as Await does.
func (s *Serde) AwaitMasked(ctx context.Context, rec *kgo.Record) *kgo.Record {
	return s.masked(rec, func(side Side) Decoded { return s.Await(ctx, rec, side, Auto) })
}

func (s *Serde) masked(rec *kgo.Record, decode func(Side) Decoded) *kgo.Record {
	t := s.topic(rec.Topic)
	if t.mask == nil {
		return rec
	}
	shown := *rec
	if rec.Key != nil {
		shown.Key = decode(Key).Bytes()
	}
	if rec.Value != nil {
		shown.Value = decode(Value).Bytes()
	}
	shown.Headers = s.Headers(rec)
	return &shown
}

// Headers returns what may be shown of a record's headers.
func (s *Serde) Headers(rec *kgo.Record) []kgo.RecordHeader {
	t := s.topic(rec.Topic)
	if t.mask == nil {
		return rec.Headers
	}
	shown := make([]kgo.RecordHeader, len(rec.Headers))
	for i, h := range rec.Headers {
		shown[i] = t.mask.header(h)
	}
	return shown
}

func (m *mask) header(h kgo.RecordHeader) kgo.RecordHeader {
	if h.Value != nil {
		if m.names([]string{strings.ToLower(h.Key)}) {
			h.Value = []byte(Hidden)
		} else {
			h.Value = m.apply(detectPlain(h.Value)).Bytes()
		}
	}
	h.Key, _ = m.inWords(h.Key)
	return h
}

// decode decodes with the mask. What is found out by itself decides what may be
// seen: another form of the same bytes would show what it hides.
func (m *mask) decode(s *Serde, t *topic, rec *kgo.Record, side Side, form Form) Decoded {
	found := m.apply(s.detect(t, rec, side))
	if form == Auto || form == found.Form {
		return found
	}
	wanted := s.read(t, rec, side, form)
	if form.Structured() && wanted.Err == nil && wanted.JSON {
		if form == JSON && found.Form != Hex || wanted.Waiting {
			return found // the same text; nothing to gain
		}
		return m.apply(wanted)
	}
	if found.Masked || found.Form.Structured() && found.Form != JSON {
		found.Note = jsonvalue.Join(found.Note, "a masking rule allows no other form")
		return found
	}
	if form == Hex {
		return wanted // nothing was hidden of what is text
	}
	return m.apply(wanted)
}

// apply hides what the rules hide. Bytes that say nothing are hidden whole:
// what is to be hidden may be in them.
func (m *mask) apply(d Decoded) Decoded {
	if d.Waiting {
		d.bytes, d.sealed = []byte(Hidden), true
		d.Masked = true
		return d
	}
	var shown string
	changed, whole := false, false
	switch {
	case d.Form == Hex && len(d.bytes) > 0:
		whole = true
	case len(d.Text) > maxStructured:
		whole = true
	case d.JSON:
		if shown, changed = m.inJSON(string(d.Text)); shown == "" {
			whole = true
		}
	case hasControls(d.Text):
		whole = true // text by chance
	default:
		shown, changed = m.inText(string(d.Text))
	}
	if whole {
		shown, changed = Hidden, true
		d.Form, d.JSON = Text, false
		d.Note = jsonvalue.Join(d.Note, "hidden whole: a masking rule holds for the topic, and nothing tells which part it means")
	}
	d.Masked = changed
	if changed {
		d.Text = []byte(shown)
		if !whole {
			d.Note = "" // what a schema refuses, it quotes
		}
	}
	if changed || d.Form.Structured() && d.Form != JSON {
		d.bytes, d.sealed = d.Text, true
	}
	return d
}

func hasControls(data []byte) bool {
	return slices.ContainsFunc(data, func(c byte) bool { return c < 0x20 && c != '\n' && c != '\r' && c != '\t' })
}

// names reports whether a path of names, in lower case, ends as a field does.
func (m *mask) names(at []string) bool {
	return slices.ContainsFunc(m.fields, func(f field) bool {
		if len(at) < len(f.path) {
			return false
		}
		for i, name := range at[len(at)-len(f.path):] {
			if fit, _ := path.Match(f.path[i], name); !fit {
				return false
			}
		}
		return true
	})
}

// inText hides what the patterns match. Text that is JSON is read as such; other
// text that holds the name of a field may hold its value, in any syntax.
func (m *mask) inText(s string) (shown string, changed bool) {
	if looksJSON([]byte(s)) {
		if shown, changed := m.inJSON(s); shown != "" {
			return shown, changed
		}
	}
	lower := strings.ToLower(s)
	if slices.ContainsFunc(m.fields, func(f field) bool { return strings.Contains(lower, f.literal) }) {
		return Hidden, true
	}
	return m.inWords(s)
}

// inWords hides what the patterns match.
func (m *mask) inWords(s string) (shown string, changed bool) {
	for _, p := range m.patterns {
		if p.MatchString(s) {
			s, changed = p.ReplaceAllLiteralString(s, Hidden), true
		}
	}
	return s, changed
}

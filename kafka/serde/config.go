package serde

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/twmb/franz-go/pkg/sr"

	"github.com/kdeck/kdeck/kafka/serde/protobuf"
)

// Rule says how the records of some topics are written.
type Rule struct {
	// Topic is a name, or a pattern with * and ?.
	Topic string    `yaml:"topic" json:"topic"`
	Key   *Decoding `yaml:"key,omitempty" json:"key,omitempty"`
	Value *Decoding `yaml:"value,omitempty" json:"value,omitempty"`
}

// Decoding says how one side is written.
type Decoding struct {
	// Form is any but auto.
	Form Form `yaml:"form" json:"form"`
	// Schema is the file for Avro (JSON) and Protobuf (.proto). Paths are absolute
	// or start with ~/.
	Schema string `yaml:"schema,omitempty" json:"schema,omitempty"`
	// Message is the Protobuf message; it may be left out when the file has one.
	Message string `yaml:"message,omitempty" json:"message,omitempty"`
	// Imports are the folders in which a Protobuf file looks for what it imports,
	// besides its own.
	Imports []string `yaml:"imports,omitempty" json:"imports,omitempty"`
}

// Validate reports what cannot work on any machine; files are not looked at.
func (r Rule) Validate() error {
	if r.Topic == "" {
		return errors.New("decode: a rule without a topic; write topic: NAME, or a pattern such as payments-*")
	}
	if _, err := path.Match(r.Topic, ""); err != nil {
		return fmt.Errorf("decode: topic %q: %w", r.Topic, err)
	}
	if r.Key == nil && r.Value == nil {
		return fmt.Errorf("decode: topic %s has neither key nor value", r.Topic)
	}
	for side, d := range map[Side]*Decoding{Key: r.Key, Value: r.Value} {
		if d == nil {
			continue
		}
		if err := d.validate(); err != nil {
			return fmt.Errorf("decode: %s of topic %s: %w", side, r.Topic, err)
		}
	}
	return nil
}

func (d *Decoding) validate() error {
	if _, err := ParseForm(string(d.Form)); err != nil {
		return err
	}
	local := d.Form == Avro || d.Form == Protobuf
	switch {
	case d.Form == Auto:
		return errors.New("auto is what happens without a rule; leave it out")
	case local && d.Schema == "":
		return fmt.Errorf("%s needs a schema: the path of its file", d.Form)
	case !local && d.Schema != "":
		return fmt.Errorf("%s takes no schema; avro and protobuf do", d.Form)
	case d.Form != Protobuf && (d.Message != "" || len(d.Imports) > 0):
		return errors.New("message and imports are for protobuf")
	}
	for _, p := range append([]string{d.Schema}, d.Imports...) {
		if p != "" && !filepath.IsAbs(p) && !strings.HasPrefix(p, "~/") {
			return fmt.Errorf("path %s is relative; write it from / or ~/", p)
		}
	}
	return nil
}

// rule is a Rule whose files have been read.
type rule struct {
	topic string
	sides [2]*decoding
}

// decoding is a Decoding whose file has been read.
type decoding struct {
	form   Form
	schema schema // for Avro and Protobuf
	err    error  // why there is no schema
}

func (r Rule) load() rule {
	return rule{r.Topic, [2]*decoding{r.Key.load(), r.Value.load()}}
}

func (d *Decoding) load() *decoding {
	if d == nil {
		return nil
	}
	loaded := &decoding{form: d.Form}
	switch d.Form {
	case Avro:
		loaded.schema, loaded.err = loadAvro(home(d.Schema))
	case Protobuf:
		loaded.schema, loaded.err = d.loadProtobuf()
	}
	return loaded
}

// sidesOf returns what the first rule that fits a topic says.
func sidesOf(rules []rule, topic string) [2]*decoding {
	for _, r := range rules {
		if fit, _ := path.Match(r.topic, topic); fit { // Validate has seen the pattern
			return r.sides
		}
	}
	return [2]*decoding{}
}

func loadAvro(file string) (schema, error) {
	text, err := readSchema(file)
	if err != nil {
		return nil, err
	}
	compiled, err := compile(context.Background(), source{kind: sr.TypeAvro, text: text})
	if err != nil {
		return nil, fmt.Errorf("schema file %s: %w", file, err)
	}
	return compiled, nil
}

func (d *Decoding) loadProtobuf() (schema, error) {
	file := home(d.Schema)
	if _, err := readSchema(file); err != nil {
		return nil, err
	}
	dirs := []string{filepath.Dir(file)}
	for _, dir := range d.Imports {
		dirs = append(dirs, home(dir))
	}
	compiled, err := protobuf.CompileFile(context.Background(), filepath.Base(file), func(path string) (string, bool, error) {
		for _, dir := range dirs {
			text, err := readSchema(filepath.Join(dir, filepath.FromSlash(path)))
			if !errors.Is(err, fs.ErrNotExist) {
				return text, err == nil, err
			}
		}
		return "", false, nil
	})
	if err == nil {
		err = compiled.Choose(d.Message)
	}
	if err != nil {
		return nil, fmt.Errorf("schema file %s: %w", file, err)
	}
	return protoSchema{compiled}, nil
}

// maxSchema bounds the text of a schema; the largest ones in use have some
// hundred KiB.
const maxSchema = 4 << 20

func readSchema(file string) (string, error) {
	info, err := os.Stat(file)
	if err != nil {
		return "", fmt.Errorf("read the schema file: %w", err)
	}
	if !info.Mode().IsRegular() || info.Size() > maxSchema {
		return "", fmt.Errorf("read the schema file %s: it is not a regular file of at most %d MiB", file, maxSchema>>20)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("read the schema file: %w", err)
	}
	return string(text), nil
}

// home replaces a leading ~/ by the user's home folder.
func home(p string) string {
	rest, found := strings.CutPrefix(p, "~/")
	dir, err := os.UserHomeDir()
	if !found || err != nil {
		return p
	}
	return filepath.Join(dir, rest)
}

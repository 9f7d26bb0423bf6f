package profile

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"
)

// mask stands for a literal secret wherever one would be printed.
const mask = "********"

// envReference matches ${env:NAME} with a portable variable name.
var envReference = regexp.MustCompile(`^\$\{env:([A-Za-z_][A-Za-z0-9_]*)\}$`)

// Secret is a password, token or private key, or the place to get one from:
// an environment variable, a file or the output of a command. However it is
// printed, logged or marshalled it shows the place, and a literal as
// ********; only [Secret.Resolve] yields the value. The zero Secret is "none".
type Secret struct {
	// A pointer to a pointer, because fmt prints a Secret in an unexported
	// field of another type without asking its methods, and then follows
	// one pointer.
	src **source
}

func newSecret(src source) Secret {
	pointer := &src
	return Secret{&pointer}
}

// source returns the zero source for the zero Secret.
func (s Secret) source() source {
	if s.src == nil {
		return source{}
	}
	return **s.src
}

// source has exactly one of its first four fields set.
type source struct {
	literal string
	env     string
	file    string
	command []string

	// reveal makes MarshalYAML write the literal: set on the copy that
	// Config.Save encodes, and nowhere else.
	reveal bool
}

// LiteralSecret returns a Secret that is value itself; "" gives the zero Secret.
func LiteralSecret(value string) Secret {
	if value == "" {
		return Secret{}
	}
	return newSecret(source{literal: value})
}

// FileSecret returns a Secret that is the content of the file at path,
// without trailing line ends.
func FileSecret(path string) Secret { return newSecret(source{file: path}) }

// CommandSecret returns a Secret that is what the command prints on its
// standard output, without trailing line ends. No shell is involved.
func CommandSecret(name string, args ...string) Secret {
	return newSecret(source{command: append([]string{name}, args...)})
}

// ParseSecret reads the short form of a secret: ${env:NAME}, or else a
// literal. Text that looks like a broken or embedded reference is an error.
func ParseSecret(text string) (Secret, error) {
	if m := envReference.FindStringSubmatch(text); m != nil {
		return newSecret(source{env: m[1]}), nil
	}
	if strings.Contains(text, "${env:") {
		return Secret{}, errors.New("a reference is ${env:NAME} with nothing around it (in the config file, {value: …} takes text as it is)")
	}
	if text == mask {
		return Secret{}, errors.New("this is the mask that stands for a secret, not the secret")
	}
	return LiteralSecret(text), nil
}

// IsZero reports whether there is no secret.
func (s Secret) IsZero() bool { return s.src == nil }

// IsLiteral reports whether the value itself is stored.
func (s Secret) IsLiteral() bool { return s.source().literal != "" }

// String tells where the secret comes from. Arguments of a command are left
// out, as they may hold secrets of their own.
func (s Secret) String() string {
	switch src := s.source(); {
	case s.IsZero():
		return ""
	case src.env != "":
		return "${env:" + src.env + "}"
	case src.file != "":
		return "file " + src.file
	case len(src.command) == 1:
		return "command " + src.command[0]
	case len(src.command) > 1:
		return "command " + src.command[0] + " …"
	}
	return mask
}

// GoString is String in the shape of %#v.
func (s Secret) GoString() string { return fmt.Sprintf("profile.Secret(%q)", s.String()) }

// Format prints GoString for %#v, a quoted String for %q, and String for
// every other verb.
func (s Secret) Format(f fmt.State, verb rune) {
	text := s.String()
	switch {
	case verb == 'v' && f.Flag('#'):
		text = s.GoString()
	case verb == 'q':
		text = fmt.Sprintf("%q", text)
	}
	_, _ = io.WriteString(f, text) // fmt.State never fails
}

// MarshalText returns String; encoding/json and encoding/xml use it.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// LogValue is String, for log/slog.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// secretYAML is the long form of a secret in the config file.
type secretYAML struct {
	File    string   `yaml:"file,omitempty"`
	Command []string `yaml:"command,omitempty,flow"`
	Value   string   `yaml:"value,omitempty"`
}

// MarshalYAML returns the form that the config file has, with a literal
// masked: only [Config.Save] writes literals and the arguments of commands.
func (s Secret) MarshalYAML() (any, error) {
	src := s.source()
	switch {
	case src.file != "":
		return secretYAML{File: src.file}, nil
	case src.env != "" || !src.reveal:
		return s.String(), nil
	case len(src.command) > 0:
		return secretYAML{Command: src.command}, nil
	}
	if plain, err := ParseSecret(src.literal); err == nil && plain.IsLiteral() {
		return src.literal, nil
	}
	return secretYAML{Value: src.literal}, nil
}

// UnmarshalYAML reads ${env:NAME}, a literal, {file: PATH},
// {command: [NAME, ARG…]} or {value: LITERAL}. Its errors never quote a value.
func (s *Secret) UnmarshalYAML(node *yaml.Node) error {
	parsed, err := secretFromNode(node)
	if err != nil {
		return fmt.Errorf("line %d: %w", node.Line, err)
	}
	*s = parsed
	return nil
}

func secretFromNode(node *yaml.Node) (Secret, error) {
	switch {
	case node.Kind == yaml.ScalarNode && node.Tag == "!!null":
		return Secret{}, nil
	case node.Kind == yaml.ScalarNode:
		return ParseSecret(node.Value) // verbatim: 0123 and yes are passwords here
	case node.Kind != yaml.MappingNode || len(node.Content) != 2:
		return Secret{}, errSecretForm
	}
	key, value := node.Content[0].Value, node.Content[1]
	switch {
	case key == "file" && value.Kind == yaml.ScalarNode && value.Value != "":
		return FileSecret(value.Value), nil
	case key == "value" && value.Kind == yaml.ScalarNode:
		return LiteralSecret(value.Value), nil
	case key == "command" && value.Kind == yaml.SequenceNode && len(value.Content) > 0:
		var args []string
		if err := value.Decode(&args); err != nil || args[0] == "" {
			return Secret{}, errSecretForm
		}
		return CommandSecret(args[0], args[1:]...), nil
	}
	return Secret{}, errSecretForm
}

var errSecretForm = errors.New("a secret is ${env:NAME}, text, {file: PATH}, {command: [NAME, ARG, …]} or {value: TEXT}")

// revealed returns a copy of s that MarshalYAML writes in full.
func (s Secret) revealed() Secret {
	if s.IsZero() {
		return s
	}
	src := s.source()
	src.reveal = true
	return newSecret(src)
}

package profile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Config is the content of the config file.
type Config struct {
	// Current names the context that is used when none is asked for; "" is none.
	Current string `yaml:"current-context,omitempty"`
	// Contexts have different names and stand in the order of the file.
	Contexts []Context `yaml:"contexts,omitempty"`
	// Keys overrides key bindings: action to keys. It is kept as written;
	// whoever owns the key table validates it.
	Keys map[string][]string `yaml:"keys,omitempty"`

	// LagThreshold is the lag in records from which a group is coloured; 0 leaves it
	// at lag.DefaultThreshold.
	LagThreshold int64 `yaml:"lag-threshold,omitempty"`

	// file is what Load read, nil without a file. Save keeps its comments,
	// and refuses to overwrite a file with other content.
	file []byte
}

// maxConfig bounds the config file: a thousand contexts with inline
// certificates fit.
const maxConfig = 4 << 20

// ErrNoContext says that no context is current, so a cluster must be named.
var ErrNoContext = errors.New("no current context; name a cluster with --context or --bootstrap-server, or set one up with: kdeck context add NAME --bootstrap-server HOST:PORT")

// Path returns the path of the config file: kdeck/config.yaml in
// $XDG_CONFIG_HOME, by default ~/.config.
func Path() (string, error) {
	dir, err := xdg("XDG_CONFIG_HOME", ".config")
	if err != nil {
		return "", err
	}
	return filepath.Join(dir, "config.yaml"), nil
}

// Load reads the config file. A file that does not exist is an empty Config.
// An unknown key, a second value for a key, or a context that cannot work is
// an error that names the file and the line or context; no error quotes a
// value, which might be a secret in the wrong place.
func Load(path string) (*Config, error) {
	data, err := readConfig(path)
	if errors.Is(err, fs.ErrNotExist) {
		return &Config{}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read config %s: %w", path, pathReason(err))
	}
	c, err := parseConfig(data)
	if err != nil {
		return nil, fmt.Errorf("config %s: %w", path, err)
	}
	c.file = data
	if info, err := os.Stat(path); err == nil {
		if warning := readableByOthers(path, info); warning != "" {
			c.warnOfLiterals(warning)
		}
	}
	return c, nil
}

// warnOfLiterals gives the warning to contexts with a password in the file itself.
func (c *Config) warnOfLiterals(warning string) {
	for i := range c.Contexts {
		if c.Contexts[i].hasLiteral() {
			c.Contexts[i].notes = append(c.Contexts[i].notes, warning)
		}
	}
}

func readConfig(path string) ([]byte, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, errors.New("it is not a regular file")
	case info.Size() > maxConfig:
		return nil, fmt.Errorf("it is larger than %d MiB", maxConfig>>20)
	}
	return os.ReadFile(path)
}

func parseConfig(data []byte) (*Config, error) {
	c := &Config{}
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	decoder.KnownFields(true)
	if err := decoder.Decode(c); err != nil && !errors.Is(err, io.EOF) {
		return nil, yamlReason(err)
	}
	if err := decoder.Decode(&yaml.Node{}); !errors.Is(err, io.EOF) {
		return nil, errors.New("it has a second YAML document (---); there can be only one")
	}
	if err := refuseEmpty(data); err != nil {
		return nil, err
	}
	return c, c.validate()
}

func (c *Config) validate() error {
	seen := map[string]bool{}
	for i, ctx := range c.Contexts {
		if ctx.Name == "" {
			return fmt.Errorf("context number %d has no name", i+1)
		}
		if seen[ctx.Name] {
			return fmt.Errorf("context %s is there twice", ctx.Name)
		}
		seen[ctx.Name] = true
		if err := ctx.Validate(); err != nil {
			return fmt.Errorf("context %s: %w", ctx.Name, oneLine(err))
		}
	}
	if c.LagThreshold < 0 {
		return errors.New("lag-threshold must not be negative; it is a number of records")
	}
	if c.Current != "" && !seen[c.Current] {
		return fmt.Errorf("current-context %q is not one of the contexts", c.Current)
	}
	return nil
}

// refuseEmpty keeps keys of contexts with nothing after them, which YAML reads as
// null, from being taken as left out: "tls:" would mean a plaintext connection,
// "read-only:" one that may change the cluster, "mask:" one that hides nothing.
func refuseEmpty(data []byte) error {
	var sections struct {
		Contexts []yaml.Node `yaml:"contexts"`
	}
	if err := yaml.Unmarshal(data, &sections); err != nil {
		return yamlReason(err)
	}
	for i := range sections.Contexts {
		if err := refuseNull(&sections.Contexts[i], 0); err != nil {
			return err
		}
	}
	return nil
}

// maxNesting bounds how deep a context is looked into; none is half as deep.
const maxNesting = 16

func refuseNull(node *yaml.Node, depth int) error {
	if node.Kind == yaml.AliasNode {
		node = node.Alias
	}
	if depth > maxNesting {
		return fmt.Errorf("line %d: nested too deeply", node.Line)
	}
	for i, child := range node.Content {
		value := child
		if value.Kind == yaml.AliasNode {
			value = value.Alias
		}
		if node.Kind == yaml.MappingNode && i%2 == 1 && value.Tag == "!!null" {
			return emptyError(node.Content[i-1].Value, child.Line)
		}
		if err := refuseNull(value, depth+1); err != nil {
			return err
		}
	}
	return nil
}

func emptyError(key string, line int) error {
	switch key {
	case "tls":
		return fmt.Errorf("line %d: tls is empty; leave the key out to go without (or write tls: {} for TLS with the system's authorities)", line)
	case "read-only":
		return fmt.Errorf("line %d: read-only is empty; write read-only: true, or leave the key out to allow changes", line)
	}
	return fmt.Errorf("line %d: %s is empty; leave the key out to go without", line, shorten(key))
}

var (
	unknownField = regexp.MustCompile(`field (.+) not found in type \S+`)
	doubledField = regexp.MustCompile(`field (.+) already set in type \S+`)
	quotedValue  = regexp.MustCompile("(?s) ?`.*`")
)

// yamlReason rewrites an error of the decoder as one line that quotes no
// value and names no Go type.
func yamlReason(err error) error {
	const shown = 3
	reasons := []string{"it is not YAML: " + strings.TrimPrefix(err.Error(), "yaml: ")}
	var list *yaml.TypeError
	if errors.As(err, &list) {
		reasons = slices.Clone(list.Errors)
	}
	for i, reason := range reasons {
		reason = unknownField.ReplaceAllString(reason, "unknown key $1")
		reason = doubledField.ReplaceAllString(reason, "key $1 is there twice")
		reason = quotedValue.ReplaceAllString(reason, "")
		reason, wanted, _ := strings.Cut(reason, " into ")
		reasons[i] = shorten(strings.NewReplacer(
			"cannot unmarshal !!str", "text does not belong here",
			"cannot unmarshal !!seq", "a list does not belong here",
			"cannot unmarshal !!map", "a mapping does not belong here",
			"cannot unmarshal !!", "wrong kind of value: ",
		).Replace(reason))
		if wanted == "[]string" {
			reasons[i] += "; want a list, as in [one, two]"
		}
	}
	if len(reasons) > shown {
		reasons = append(reasons[:shown], fmt.Sprintf("and %d more", len(reasons)-shown))
	}
	return errors.New(strings.Join(reasons, "; "))
}

// oneLine joins the lines that errors.Join makes.
func oneLine(err error) error {
	return errors.New(clean(strings.ReplaceAll(err.Error(), "\n", "; ")))
}

// Lookup returns the context of that name.
func (c *Config) Lookup(name string) (Context, bool) {
	if i := c.index(name); i >= 0 {
		return c.Contexts[i], true
	}
	return Context{}, false
}

// CurrentContext returns the current context, or [ErrNoContext].
func (c *Config) CurrentContext() (Context, error) {
	if ctx, found := c.Lookup(c.Current); found {
		return ctx, nil
	}
	return Context{}, ErrNoContext
}

// Names returns the names of all contexts in the order of the file.
func (c *Config) Names() []string {
	names := make([]string, len(c.Contexts))
	for i, ctx := range c.Contexts {
		names[i] = ctx.Name
	}
	return names
}

// Put adds ctx, in the place of one with the same name if there is one. The
// first context becomes the current one.
func (c *Config) Put(ctx Context) {
	if i := c.index(ctx.Name); i >= 0 {
		c.Contexts[i] = ctx
	} else {
		c.Contexts = append(c.Contexts, ctx)
	}
	if len(c.Contexts) == 1 {
		c.Current = ctx.Name
	}
}

// Remove removes the context of that name and reports whether it was there.
// When it was the current one, the first that remains is current.
func (c *Config) Remove(name string) bool {
	i := c.index(name)
	if i < 0 {
		return false
	}
	c.Contexts = slices.Delete(c.Contexts, i, i+1)
	if c.Current == name {
		c.Current = ""
		if len(c.Contexts) > 0 {
			c.Current = c.Contexts[0].Name
		}
	}
	return true
}

func (c *Config) index(name string) int {
	return slices.IndexFunc(c.Contexts, func(ctx Context) bool { return ctx.Name == name })
}

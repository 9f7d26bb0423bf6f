package profile

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/kdeck/kdeck/kafka/disk"
)

// Save writes the config file at once (temporary file, sync, rename) with
// mode 0600, in a folder that it creates with 0700 if needed. Comments and
// order of the file that Load read are kept. A file that has changed since
// then, or that was not loaded at all, is not overwritten. A symbolic link
// is followed, so that the file behind it changes.
func (c *Config) Save(path string) error {
	if err := c.validate(); err != nil {
		return fmt.Errorf("write config %s: %w", path, err)
	}
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target
	}
	data, err := c.encode()
	if err == nil {
		err = c.checkUnchanged(path)
	}
	if err == nil {
		err = disk.Replace(path, data)
	}
	if err != nil {
		return fmt.Errorf("write config %s: %w", path, pathReason(err))
	}
	c.file = data
	for i := range c.Contexts {
		c.Contexts[i].notes = nil // they were about the file as it was
	}
	return nil
}

// lockPatience bounds the wait for others who edit the config file: they do so in
// milliseconds.
const lockPatience = 10 * time.Second

// Edit loads the config file, changes it, and saves it, while no other kdeck does.
func Edit(path string, change func(*Config) error) error {
	ctx, cancel := context.WithTimeout(context.Background(), lockPatience)
	defer cancel()
	// The file itself is replaced, so that a lock on it would be one on the old file.
	lock, err := disk.Lock(ctx, filepath.Join(filepath.Dir(path), ".config.lock"))
	if err != nil {
		return fmt.Errorf("edit config %s: %w", path, err)
	}
	defer lock.Unlock()
	c, err := Load(path)
	if err != nil {
		return err
	}
	if err := change(c); err != nil {
		return err
	}
	return c.Save(path)
}

func (c *Config) checkUnchanged(path string) error {
	data, err := readConfig(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case c.file == nil || !bytes.Equal(data, c.file):
		return errors.New("somebody else changed it meanwhile; nothing is written, try again")
	}
	return nil
}

// encode returns the file with literals in full and with the comments of the
// file that was loaded.
func (c *Config) encode() ([]byte, error) {
	full := Config{Current: c.Current, Keys: c.Keys, LagThreshold: c.LagThreshold}
	for _, ctx := range c.Contexts {
		full.Contexts = append(full.Contexts, ctx.revealed())
	}
	var fresh, loaded yaml.Node
	if err := fresh.Encode(&full); err != nil {
		return nil, err
	}
	if err := yaml.Unmarshal(c.file, &loaded); err != nil {
		return nil, yamlReason(err)
	}
	var out bytes.Buffer
	document := &fresh
	if loaded.Kind == yaml.DocumentNode {
		loaded.Content[0] = merge(loaded.Content[0], &fresh)
		document = &loaded
	} else {
		out.Write(c.file) // nothing but comments
	}
	encoder := yaml.NewEncoder(&out)
	encoder.SetIndent(2)
	if err := errors.Join(encoder.Encode(document), encoder.Close()); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// revealed returns a copy of c whose secrets are written in full.
func (c Context) revealed() Context {
	c = c.clone()
	for _, secret := range c.secrets() {
		*secret = secret.revealed()
	}
	return c
}

// merge returns a node with the value of fresh that keeps of old the
// comments, the order of keys, and the style of what has not changed.
func merge(old, fresh *yaml.Node) *yaml.Node {
	if old.Kind != fresh.Kind {
		keepComments(old, fresh)
		return fresh
	}
	switch fresh.Kind {
	case yaml.MappingNode:
		return mergeMapping(old, fresh)
	case yaml.SequenceNode:
		return mergeSequence(old, fresh)
	case yaml.ScalarNode:
		if old.Value == fresh.Value && old.ShortTag() == fresh.ShortTag() {
			return old
		}
	}
	keepComments(old, fresh)
	return fresh
}

func keepComments(from, to *yaml.Node) {
	to.HeadComment, to.LineComment, to.FootComment = from.HeadComment, from.LineComment, from.FootComment
}

func mergeMapping(old, fresh *yaml.Node) *yaml.Node {
	if len(old.Content) == 0 {
		keepComments(old, fresh)
		return fresh // {} has flow style, which would put it all on one line
	}
	merged := *old
	merged.Content = nil
	seen := map[string]bool{}
	for i := 0; i+1 < len(old.Content); i += 2 {
		key := old.Content[i]
		if value := valueOf(fresh, key.Value); value != nil {
			merged.Content = append(merged.Content, key, merge(old.Content[i+1], value))
			seen[key.Value] = true
		}
	}
	for i := 0; i+1 < len(fresh.Content); i += 2 {
		if key := fresh.Content[i]; !seen[key.Value] {
			merged.Content = append(merged.Content, key, fresh.Content[i+1])
		}
	}
	return &merged
}

// mergeSequence pairs contexts by name and other items by position.
func mergeSequence(old, fresh *yaml.Node) *yaml.Node {
	if len(old.Content) == 0 {
		keepComments(old, fresh)
		return fresh // [] has flow style, which would put it all on one line
	}
	merged := *old
	merged.Content = nil
	for i, item := range fresh.Content {
		if before := counterpart(old.Content, item, i); before != nil {
			item = merge(before, item)
		}
		merged.Content = append(merged.Content, item)
	}
	return &merged
}

func counterpart(olds []*yaml.Node, item *yaml.Node, position int) *yaml.Node {
	name := valueOf(item, "name")
	if name == nil {
		if position < len(olds) {
			return olds[position]
		}
		return nil
	}
	for _, old := range olds {
		if n := valueOf(old, "name"); n != nil && n.Value == name.Value {
			return old
		}
	}
	return nil
}

// valueOf returns the value of a key in a mapping, or nil.
func valueOf(node *yaml.Node, key string) *yaml.Node {
	if node.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(node.Content); i += 2 {
		if node.Content[i].Value == key {
			return node.Content[i+1]
		}
	}
	return nil
}

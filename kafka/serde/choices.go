package serde

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"sync"

	"github.com/kdeck/kdeck/kafka/disk"
)

// choices are the forms that the user chose, which a file remembers.
type choices struct {
	path    string // "" remembers nothing
	cluster string

	mu     sync.Mutex
	broken error // why the file cannot be used: it is not written over
	forms  chosen
}

// chosen are the forms of topics: by their name, then by side.
type chosen map[string]map[string]Form

// loadChoices reads the choices for a cluster. A file that cannot be read is
// told when something is to be written to it.
func loadChoices(dir, cluster string) *choices {
	c := &choices{cluster: cluster, forms: chosen{}}
	if dir == "" {
		return c
	}
	c.path = filepath.Join(dir, "decode.json")
	all, err := c.read()
	c.broken = err
	for topic, sides := range all[cluster] {
		for side, form := range sides {
			if _, err := ParseForm(string(form)); err == nil { // a newer kdeck may know more
				c.forms.set(topic, side, form)
			}
		}
	}
	return c
}

// read returns the choices for all clusters.
func (c *choices) read() (map[string]chosen, error) {
	all := map[string]chosen{}
	data, err := os.ReadFile(c.path)
	if errors.Is(err, fs.ErrNotExist) {
		return all, nil
	}
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(data, &all); err != nil {
		return nil, fmt.Errorf("%s is not what kdeck writes: %w", c.path, err)
	}
	return all, nil
}

func (f chosen) set(topic, side string, form Form) {
	if f[topic] == nil {
		f[topic] = map[string]Form{}
	}
	f[topic][side] = form
	if form == Auto {
		delete(f[topic], side)
	}
	if len(f[topic]) == 0 {
		delete(f, topic)
	}
}

func (c *choices) get(topic string, side Side) Form {
	c.mu.Lock()
	defer c.mu.Unlock()
	if form, ok := c.forms[topic][side.String()]; ok {
		return form
	}
	return Auto
}

// set takes a choice and writes it at once, beside what other runs have chosen
// meanwhile.
func (c *choices) set(topic string, side Side, form Form) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.forms.set(topic, side.String(), form)
	switch {
	case c.path == "":
		return errors.New("there is no state folder")
	case c.broken != nil:
		return c.broken
	}
	all, err := c.read()
	if err != nil {
		return err
	}
	mine := chosen{}
	maps.Copy(mine, all[c.cluster])
	mine.set(topic, side.String(), form)
	all[c.cluster] = mine
	data, err := json.MarshalIndent(all, "", "  ")
	if err != nil {
		return err
	}
	return disk.Replace(c.path, append(data, '\n'))
}

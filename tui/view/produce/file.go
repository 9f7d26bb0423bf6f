package produce

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/kdeck/kdeck/keymap"
	"github.com/kdeck/kdeck/tui/page"
)

// takenIn is text for a part of the record from elsewhere: a file or an editor.
type takenIn struct {
	to     field
	change int // of the part when it was asked for
	data   []byte
	from   string
	err    error
}

// askPath opens the line for the path of a file.
func (p *Page) askPath() tea.Cmd {
	if p.part() == nil {
		return page.Say(page.Info, "a file can be the key, the value, or the headers")
	}
	p.asking = true
	p.file.CursorEnd()
	return p.file.Focus()
}

// pathKey takes a key in that line.
func (p *Page) pathKey(key tea.KeyPressMsg) tea.Cmd {
	b, _ := p.env.Keys.Resolve(key, keymap.Input)
	switch b.Action {
	case keymap.Cancel:
		p.asking = false
		return nil
	case keymap.Accept:
		path := strings.TrimSpace(p.file.Value())
		if path == "" {
			return nil
		}
		to, change := p.focus, p.part().change
		return func() tea.Msg {
			data, err := readFile(path)
			return takenIn{to, change, data, filepath.Base(path), err}
		}
	}
	var cmd tea.Cmd
	p.file, cmd = p.file.Update(key)
	return cmd
}

// readFile reads a file that a record can have as its value. ~/ is the home of the
// user.
func readFile(path string) ([]byte, error) {
	if rest, ok := strings.CutPrefix(path, "~/"); ok {
		home, err := os.UserHomeDir()
		if err != nil {
			return nil, err
		}
		path = filepath.Join(home, rest)
	}
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular(): // a pipe may never end
		return nil, fmt.Errorf("%s is not a file", path)
	case info.Size() > mostBytes:
		return nil, errors.New(path + ": " + tooMuch(int(info.Size())))
	}
	file, err := os.Open(path) //nolint:gosec // the user's own choice
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(io.LimitReader(file, mostBytes))
	return data, errors.Join(err, file.Close())
}

// edit opens the part in the user's editor.
func (p *Page) edit() tea.Cmd {
	part := p.part()
	if part == nil {
		return page.Say(page.Info, "the editor is for a key, a value, or headers")
	}
	if why := part.locked(); why != "" {
		return page.Say(page.Failure, p.focus.String()+": "+why)
	}
	to, change := p.focus, part.change
	return page.Edit("kdeck-"+to.String(), part.text(), func(data []byte, err error) tea.Msg {
		if err == nil && len(data) > mostBytes {
			err = errors.New(tooMuch(len(data)))
		}
		return takenIn{to, change, data, "edited", err}
	})
}

// takeIn puts such text where it was wanted. The line for the path stays open
// on a mistake.
func (p *Page) takeIn(b takenIn) tea.Cmd {
	part := &p.form.parts[b.to-keyField]
	switch {
	case b.err != nil && b.from == "edited":
		return page.Say(page.Failure, "edit the "+b.to.String()+": "+b.err.Error())
	case b.err != nil:
		return page.Say(page.Failure, "take the "+b.to.String()+" from a file: "+b.err.Error())
	case part.change != b.change:
		return nil // something newer has been typed meanwhile
	}
	p.asking = false
	if b.from == "edited" {
		same := string(part.text())
		if string(b.data) == same || string(b.data) == same+"\n" { // editors end the last line
			return nil
		}
		if !strings.HasSuffix(same, "\n") {
			b.data = []byte(strings.TrimSuffix(string(b.data), "\n"))
		}
	}
	part.absent = false
	part.put(b.data, b.from)
	p.touch()
	return nil
}

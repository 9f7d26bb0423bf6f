package page

import (
	"cmp"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"strings"

	tea "charm.land/bubbletea/v2"
)

// Edit returns a command that opens data in the user's editor, in a file of its
// own that only the user can read and that is gone afterwards. name is what that
// file's name begins with. done is told what the file holds in the end, or why
// there was no editor.
func Edit(name string, data []byte, done func(data []byte, err error) tea.Msg) tea.Cmd {
	return func() tea.Msg {
		editor, err := editorCommand(os.Getenv)
		if err != nil {
			return done(nil, err)
		}
		file, err := writeCopy(name, data)
		if err != nil {
			return done(nil, err)
		}
		return Run{Command: editor(file), Done: func(err error) tea.Msg {
			edited, unread := os.ReadFile(file) //nolint:gosec // the file that was written above
			return done(edited, errors.Join(err, unread, os.Remove(file)))
		}}
	}
}

// writeCopy writes data to a file of its own, which only the user can read.
func writeCopy(name string, data []byte) (path string, err error) {
	file, err := os.CreateTemp("", name+"-*"+extension(data))
	if err != nil {
		return "", err
	}
	_, err = file.Write(data)
	if err = errors.Join(err, file.Close()); err != nil {
		return "", errors.Join(err, os.Remove(file.Name()))
	}
	return file.Name(), nil
}

func extension(data []byte) string {
	if json.Valid(data) {
		return ".json"
	}
	return ".txt"
}

// editorCommand returns a command that opens a file in the editor that the
// environment names, VISUAL before EDITOR, which may have arguments of its own.
func editorCommand(getenv func(string) string) (func(file string) *exec.Cmd, error) {
	words := strings.Fields(cmp.Or(getenv("VISUAL"), getenv("EDITOR")))
	if len(words) == 0 {
		return nil, errors.New("set EDITOR to the name of one")
	}
	path, err := exec.LookPath(words[0])
	if err != nil {
		return nil, err
	}
	return func(file string) *exec.Cmd {
		return exec.Command(path, append(words[1:len(words):len(words)], file)...) //nolint:gosec // the user's own choice
	}, nil
}

package tail

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"

	tea "charm.land/bubbletea/v2"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kdeck/kdeck/kafka/serde"
	"github.com/kdeck/kdeck/tui/page"
)

// editRecord opens a copy of the value, less what is masked, in the user's editor.
// What is changed there changes nothing in the cluster.
func editRecord(s *serde.Serde, rec *kgo.Record) tea.Cmd {
	return func() tea.Msg {
		rec := s.Masked(rec)
		editor, err := editorCommand(os.Getenv)
		if err != nil {
			return page.Notify{Level: page.Failure, Text: "open the value in an editor: " + err.Error()}
		}
		name, err := writeCopy(rec)
		if err != nil {
			return page.Notify{Level: page.Failure, Text: "write the value for an editor: " + err.Error()}
		}
		return page.Run{Command: editor(name), Done: func(err error) page.Notify {
			if err = errors.Join(err, os.Remove(name)); err != nil {
				return page.Notify{Level: page.Failure, Text: "open the value in an editor: " + err.Error()}
			}
			return page.Notify{Level: page.Info, Text: "the editor had a copy; the record is as it was"}
		}}
	}
}

// writeCopy writes the value to a file of its own, which only the user can read.
func writeCopy(rec *kgo.Record) (name string, err error) {
	file, err := os.CreateTemp("", fmt.Sprintf("kdeck-%d-%d-*%s", rec.Partition, rec.Offset, extension(rec.Value)))
	if err != nil {
		return "", err
	}
	_, err = file.Write(rec.Value)
	if err = errors.Join(err, file.Close()); err != nil {
		return "", errors.Join(err, os.Remove(file.Name()))
	}
	return file.Name(), nil
}

func extension(value []byte) string {
	if json.Valid(value) {
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

// Package output prints what a command has found, as a table or as JSON. Text of a
// cluster is made safe to print.
package output

import (
	"encoding/json"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"github.com/kdeck/kdeck/cmd/kdeck/kit/option"
)

// Format is the value of --output.
type Format struct{ option.Choice }

// Formats is a Format that can be one of several; the first is the default.
func Formats(names ...string) Format { return Format{option.OneOf(names...)} }

// Or is the Format with another default, which is one of its names.
func (f Format) Or(name string) Format { return Format{f.Choice.Or(name)} }

// TableOrJSON is the Format of most commands.
func TableOrJSON() Format { return Formats("table", "json") }

// Register adds --output to cmd, with its completion.
func (f *Format) Register(cmd *cobra.Command) { f.Choice.Register(cmd, "output", "o", "print as") }

// JSON reports whether JSON is wanted.
func (f *Format) JSON() bool { return f.Is("json") }

// WithMember is a JSON object with one member more at its end.
func WithMember(object []byte, name string, value any) ([]byte, error) {
	member, err := json.Marshal(map[string]any{name: value})
	if err != nil {
		return nil, err
	}
	if len(object) == len("{}") {
		return member, nil
	}
	return slices.Concat(object[:len(object)-1], []byte{','}, member[1:]), nil
}

// WriteJSON prints a value as indented JSON.
func WriteJSON(w io.Writer, value any) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(value)
}

package protobuf

import "embed"

// Registries have these files built in: schemas import them without a reference. The
// files here have what reading values takes: the numbers and types of fields.
//
//go:embed builtin
var builtInFiles embed.FS

// builtIn returns the text of a file that registries have.
func builtIn(path string) (string, bool) {
	text, err := builtInFiles.ReadFile("builtin/" + path)
	return string(text), err == nil
}

package profile

import (
	"fmt"
	"os"
	"path/filepath"
)

// StateDir is kdeck's folder for what it keeps of its own doings, such as saved
// offsets and the audit log: $XDG_STATE_HOME/kdeck, by default
// ~/.local/state/kdeck.
func StateDir() (string, error) { return xdg("XDG_STATE_HOME", ".local/state") }

// DataDir is kdeck's folder for the data of local clusters: $XDG_DATA_HOME/kdeck,
// by default ~/.local/share/kdeck.
func DataDir() (string, error) { return xdg("XDG_DATA_HOME", ".local/share") }

// xdg is kdeck's folder in the one that an environment variable names, or else in
// a folder of the user's home. As the XDG specification says, a relative path in
// the variable is ignored.
func xdg(variable, fallback string) (string, error) {
	dir := os.Getenv(variable)
	if !filepath.IsAbs(dir) {
		home, err := os.UserHomeDir()
		if err != nil {
			return "", fmt.Errorf("find kdeck's folder: %w; set HOME or %s", err, variable)
		}
		dir = filepath.Join(home, filepath.FromSlash(fallback))
	}
	return filepath.Join(dir, "kdeck"), nil
}

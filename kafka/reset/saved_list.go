package reset

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// SavedFile is a saved state with the path of its file.
type SavedFile struct {
	Path string
	Saved
}

// List reads the states of a group that were saved in a folder, the newest first.
// Those of a cluster with another id are left out. Files that cannot be read are
// named in the error; the others are returned all the same.
func List(dir, group, clusterID string) ([]SavedFile, error) {
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var files []SavedFile
	var unread []error
	for _, e := range slices.Backward(entries) { // names begin with the time
		if !strings.HasSuffix(e.Name(), "-"+plainName(group)+".json") {
			continue
		}
		path := filepath.Join(dir, e.Name())
		s, err := Load(path)
		switch {
		case err != nil:
			unread = append(unread, err)
		case s.Group == group && (s.ClusterID == "" || s.ClusterID == clusterID):
			files = append(files, SavedFile{path, s})
		}
	}
	return files, errors.Join(unread...)
}

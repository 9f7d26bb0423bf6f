package repair

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// CheckState holds the state files of a data folder against their copies and puts
// right what is missing or damaged. exact says that the copies were made when the
// last run stopped in order, so that any difference is damage; otherwise a file that
// can be read counts, as it may have changed since. clusterID is for a folder that
// has lost its own and has no copy of it.
//
// It reports whether something was put right from what may be older than the log, so
// that Run is needed.
func CheckState(dir string, exact bool, clusterID string, report func(Event)) (bool, error) {
	restored := false
	for _, name := range stateFiles() {
		raw, err := os.ReadFile(filepath.Join(dir, name))
		missing := errors.Is(err, fs.ErrNotExist)
		if err != nil && !missing {
			return false, err
		}
		saved, ok := readCopy(dir, name)
		if missing && !ok {
			continue
		}
		why := differs(name, raw, saved, missing, ok, exact)
		if why == "" {
			continue
		}
		if !ok {
			return false, fmt.Errorf("%s is damaged (%s) and has no copy: put a good one in its place, or move %s away to begin anew", filepath.Join(dir, name), why, dir)
		}
		if err := keep(dir, name, raw, missing); err != nil {
			return false, err
		}
		if err := replaceFile(filepath.Join(dir, name), saved); err != nil {
			return false, err
		}
		report(Event{File: name, What: why + ", put back from its copy", Offset: -1})
		restored = true
	}
	return restored, checkMeta(dir, clusterID, report)
}

// DamagedDir holds state files that were damaged, as they were found.
const DamagedDir = "damaged"

func keep(dir, name string, raw []byte, missing bool) error {
	if missing {
		return nil
	}
	if err := os.MkdirAll(filepath.Join(dir, DamagedDir), 0o755); err != nil {
		return err
	}
	return replaceFile(filepath.Join(dir, DamagedDir, name), raw)
}

// differs says why a state file is to be replaced by its copy, "" if it is not.
func differs(name string, raw, saved []byte, missing, ok, exact bool) string {
	switch {
	case missing:
		return "is missing"
	case ok && bytes.Equal(raw, saved):
		return ""
	case exact && ok:
		return "is not what was written when the cluster stopped"
	case filepath.Ext(name) != ".json":
		return "" // what is damaged is taken out by itself: MendLogs
	case name == "topics.json":
		return wrongTopics(raw, saved)
	case !json.Valid(raw):
		return "cannot be read"
	}
	return ""
}

// wrongTopics says what cannot be right in a record of topics. Those of its copy may
// have been deleted since, and others made, but none renamed or made smaller.
func wrongTopics(raw, saved []byte) string {
	topics, why := parseTopics(raw)
	if why != "" {
		return why
	}
	before, _ := parseTopics(saved)
	old := make(map[string]Topic, len(before))
	for _, t := range before {
		old[t.ID] = t
	}
	for _, t := range topics {
		if o, ok := old[t.ID]; ok && (o.Name != t.Name || o.Partitions > t.Partitions) {
			return fmt.Sprintf("tells another name or fewer partitions of topic %s", o.Name)
		}
	}
	return ""
}

func parseTopics(raw []byte) ([]Topic, string) {
	var state struct {
		Version int     `json:"version"`
		Topics  []Topic `json:"topics"`
	}
	if json.Unmarshal(raw, &state) != nil || state.Version != 1 {
		return nil, "cannot be read"
	}
	for _, t := range state.Topics {
		id, err := base64.StdEncoding.DecodeString(t.ID)
		if err != nil || len(id) != 16 || t.Name == "" || t.Partitions < 1 {
			return nil, fmt.Sprintf("tells nonsense of topic %q", t.Name)
		}
	}
	return state.Topics, ""
}

// checkMeta makes sure that a folder with topics has the file without which the
// engine takes it for a new one, and overwrites its topics with none.
func checkMeta(dir, clusterID string, report func(Event)) error {
	path := filepath.Join(dir, "meta.json")
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if _, err := os.Stat(filepath.Join(dir, "topics.json")); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err
	}
	raw, err := json.Marshal(struct {
		Version   int    `json:"version"`
		ClusterID string `json:"cluster_id"`
	}{1, clusterID})
	if err != nil {
		return err
	}
	report(Event{File: "meta.json", What: "is missing and has no copy, made anew with another cluster id", Offset: -1})
	return replaceFile(path, raw)
}

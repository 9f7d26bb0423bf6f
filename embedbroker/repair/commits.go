package repair

import "encoding/json"

// commitEntry is an entry of groups.log that commits an offset. Other entries have
// other types and are left alone.
type commitEntry struct {
	Type       string  `json:"type"`
	Group      string  `json:"g"`
	Topic      string  `json:"t,omitempty"`
	Part       int32   `json:"p,omitempty"`
	Offset     int64   `json:"o,omitempty"`
	Epoch      int32   `json:"e,omitempty"`
	Metadata   *string `json:"m,omitempty"`
	LastCommit *int64  `json:"lc,omitempty"` // milliseconds since 1970
}

type commitKey struct {
	group, topic string
	part         int32
}

// stagedCommits returns the entries that commit the offsets of decided transactions,
// but for those that were committed since: by the transaction itself before the
// crash, or by a later commit.
func stagedCommits(entries [][]byte, decisions []Decision) ([]byte, error) {
	wanted := make(map[commitKey]int64) // the time of the last commit
	for _, d := range decisions {
		for _, s := range d.Offsets {
			wanted[commitKey{s.Group, s.Topic, s.Partition}] = -1
		}
	}
	if len(wanted) == 0 {
		return nil, nil
	}
	for _, raw := range entries {
		var e commitEntry
		if json.Unmarshal(raw, &e) != nil || e.Type != "commit" || e.LastCommit == nil {
			continue
		}
		key := commitKey{e.Group, e.Topic, e.Part}
		if at, ok := wanted[key]; ok {
			wanted[key] = max(at, *e.LastCommit)
		}
	}
	var log []byte
	for _, d := range decisions {
		for _, s := range d.Offsets {
			if wanted[commitKey{s.Group, s.Topic, s.Partition}] > d.Time {
				continue
			}
			raw, err := json.Marshal(commitEntry{
				Type: "commit", Group: s.Group, Topic: s.Topic, Part: s.Partition, Offset: s.Offset,
				Epoch: s.LeaderEpoch, Metadata: s.Metadata, LastCommit: &d.Time,
			})
			if err != nil {
				return nil, err
			}
			log = AppendEntry(log, raw)
		}
	}
	return log, nil
}

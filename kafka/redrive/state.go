package redrive

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/disk"
	"github.com/kdeck/kdeck/kafka/produce"
	"github.com/kdeck/kdeck/kafka/records"
)

// stateVersion is the version of the file's format.
const stateVersion = 1

// State is what a run that is under way, was stopped or has died has left to do. A
// file keeps it, which goes when nothing is left.
type State struct {
	Version       int             `json:"version"`
	Cluster       string          `json:"cluster"` // what the user calls it
	Time          time.Time       `json:"time"`
	From          string          `json:"from"`
	TopicID       [16]byte        `json:"topicId"`
	Expression    string          `json:"expression"`
	Committed     bool            `json:"committed"`
	BatchBytes    int             `json:"batchBytes,omitempty"` // see records.Query
	To            string          `json:"to"`
	ToID          [16]byte        `json:"toId"`
	KeepPartition bool            `json:"keepPartition"`
	KeepTimestamp bool            `json:"keepTimestamp"`
	NoOrigin      bool            `json:"noOrigin"`
	Rate          float64         `json:"rate"`
	StopOnError   bool            `json:"stopOnError"`
	Options       produce.Options `json:"options"`
	// Left is what was not confirmed when the file was written.
	Left Ranges `json:"left"`
	// Ends are where the destination ended when the run began: what it has sent lies
	// after them.
	Ends []int64 `json:"ends"`
	// Open says that more may be stored than Left tells: the run is under way or has
	// died, or some records got no answer.
	Open bool `json:"open"`
	// Running says that the run is under way, or has died.
	Running bool      `json:"running"`
	Saved   time.Time `json:"saved"` // when the file was written

	path  string
	fresh bool // the file was not there before this run
}

func newState(client *kafka.Conn, p *Plan, to kafka.TopicLog) *State {
	now := time.Now()
	s := &State{
		Version: stateVersion, Cluster: client.Name(), Time: now, From: p.Query.Topic, TopicID: p.TopicID,
		Expression: p.Query.Filter.String(), Committed: p.Query.Committed, BatchBytes: p.Query.BatchBytes, To: p.To, ToID: to.ID,
		KeepPartition: p.KeepPartition, KeepTimestamp: p.KeepTimestamp, NoOrigin: p.NoOrigin,
		Rate: p.Rate, StopOnError: p.StopOnError, Options: p.Options, Ends: to.Ends, path: p.State,
	}
	if s.path == "" {
		s.fresh = true
		s.path = filepath.Join(client.RedriveDir(), now.UTC().Format("20060102T150405.000000000Z")+".json")
	}
	return s
}

// save writes what is left.
func (s *State) save(left Ranges, running bool) error {
	s.Left, s.Running, s.Saved = left, running, time.Now()
	data, err := json.Marshal(s)
	if err == nil {
		err = disk.Replace(s.path, data)
	}
	if err != nil {
		return fmt.Errorf("keep the place to go on from in %s: %w", s.path, err)
	}
	return nil
}

// undo takes back the first save, of a run that has not begun.
func (s *State) undo() error {
	if s.fresh {
		return os.Remove(s.path)
	}
	s.Open = false
	return s.save(s.Left, false)
}

// saveEvery is how much a run that dies has to look up in the destination at most.
const saveEvery = time.Second

// keep saves what is left now and then, until the function that it returns is
// called. What cannot be saved is told at the end, when it is saved again.
func (s *State) keep(left func() Ranges) (stop func()) {
	end, over := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(over)
		tick := time.NewTicker(saveEvery)
		defer tick.Stop()
		for {
			select {
			case <-end:
				return
			case <-tick.C:
				_ = s.save(left(), true) // see above
			}
		}
	}()
	return func() {
		close(end)
		<-over
	}
}

// end keeps what a run has left, and returns the path of the file; or removes it.
func (s *State) end(r Report) (path string, err error) {
	if len(r.Left) == 0 {
		if err := os.Remove(s.path); err != nil {
			return "", fmt.Errorf("remove what a redrive has no use for any more: %w", err)
		}
		return "", nil
	}
	s.Open = r.Unknown > 0 || s.Options.Transaction != "" && !r.Summary.Aborted
	return s.path, s.save(r.Left, false)
}

// Load reads the state that a run has left.
func Load(path string) (*State, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("go on with a redrive: %w", err)
	}
	s := &State{path: path}
	if err := json.Unmarshal(data, s); err != nil {
		return nil, fmt.Errorf("go on with a redrive: %s: %w", path, err)
	}
	if s.Version != stateVersion {
		return nil, fmt.Errorf("go on with a redrive: %s has format %d, and this kdeck knows %d", path, s.Version, stateVersion)
	}
	return s, nil
}

// request is what the run was asked for, and what is left of it.
func (s *State) request() (Request, error) {
	if s.Left == nil {
		s.Left = make(Ranges) // all that is left is nothing, rather than everything
	}
	filter, err := records.ParseFilter(s.Expression)
	if err != nil {
		return Request{}, fmt.Errorf("go on with a redrive: %s: %w", s.path, err)
	}
	return Request{
		Query:  records.Query{Topic: s.From, Filter: filter, Committed: s.Committed, BatchBytes: s.BatchBytes},
		Within: s.Left, To: s.To, KeepPartition: s.KeepPartition, KeepTimestamp: s.KeepTimestamp,
		NoOrigin: s.NoOrigin, Rate: s.Rate, StopOnError: s.StopOnError, Options: s.Options, State: s.path,
	}, nil
}

// String names the run in a few words.
func (s *State) String() string {
	what := "every record"
	if s.Expression != "" {
		what = s.Expression
	}
	return fmt.Sprintf("redrive %s to %s of %s, begun at %s", s.From, s.To, what, s.Time.Format(time.DateTime))
}

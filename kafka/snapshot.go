package kafka

import "time"

// Snapshot is one answer about many things: the items that could be read, when
// they were read, and what could not be.
type Snapshot[T any] struct {
	Items []T
	At    time.Time
	// Partial says why some items or some of their fields are missing, in
	// words for the user; nil when everything was read. The items that are
	// present are true either way.
	Partial error
	// Hidden says that the cluster may have left items out without a word, since
	// the user may not describe all of it; nil when all are there.
	Hidden error
}

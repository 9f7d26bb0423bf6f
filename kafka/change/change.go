package change

import (
	"context"
	"time"

	"github.com/kdeck/kdeck/kafka/audit"
	"github.com/kdeck/kdeck/kafka/model"
)

// Cluster is what a change stands on. *kafka.Conn is one.
type Cluster interface {
	// MayChange says why nothing may be changed, or nil: the context is read-only,
	// or there is no folder for the audit log. what names the change.
	MayChange(what string) error
	// AuditLog is where changes are noted.
	AuditLog() audit.Log
	// StateDir is the folder for what kdeck keeps.
	StateDir() string
	// RequestTimeout bounds one request.
	RequestTimeout() time.Duration
}

// Change is something that can be done to a cluster. R is what it does to one item.
// A Change holds what was asked for and nothing that was read: that is in the
// parts, so that what was shown and what is done are the same values.
type Change[R Row] interface {
	Kind() Kind
	// Title names the change in errors and prompts, as in "delete group billing".
	Title() string
	// Plan looks at the cluster and returns what would be done, part by part in the
	// order in which it is shown. It sends nothing that changes anything. An error
	// means that nothing can be said at all.
	Plan(ctx context.Context) ([]Part[R], error)
	// Again is the last look, right before the write: it returns the parts that it is
	// given, in that order, with what has moved since refused (see Compare), and with
	// Before as of now.
	Again(ctx context.Context, shown []Part[R]) ([]Part[R], error)
	// Send does what the items say, and returns the cluster's reply to each in that
	// order. It is given planned items only, at least one. ctx ends after
	// three request timeouts, and not because the user left.
	Send(ctx context.Context, items []Item[R]) []model.Reply
	// Judge reads back and returns the items, in that order, with what became of each:
	// Done, Refused or Unknown. What is read back counts more than a reply. ctx ends
	// after two request timeouts.
	Judge(ctx context.Context, items []Item[R], replies []model.Reply) []Item[R]
}

// Row is what a change does to one item. It is encoded as a JSON object.
type Row interface {
	// Subject names the item, as in "billing" or "orders/3". It tells the items of a
	// part apart.
	Subject() string
	// Effect says in a few words what would be done to it, as in "45 → 0".
	Effect() string
}

// Kind is what all changes of a kind have in common.
type Kind struct {
	Action string // in the audit log, as in "delete-group"
	Verb   string // as in "delete"
	Past   string // as in "deleted"
	Noun   string // what an item is, as in "group"
	// Asks is what the user has to do before it is done.
	Asks Confirmation
	// Together is how many parts are looked at, sent and read back at once; 0 is all.
	// Fewer keep the time between the last look and the write short.
	Together int
}

// Confirmation is what the console asks before a change.
type Confirmation int

// The confirmations, by the danger of the change.
const (
	AskNothing Confirmation = iota // it only adds; a command runs it at once
	AskYes                         // it alters what can be altered back
	AskName                        // it takes something away: a name has to be typed
)

// Part is what a change does to one target. The items of a part are saved, noted
// and judged together, and apart from those of other parts.
type Part[R Row] struct {
	Target string // as in "billing"
	Items  []Item[R]
	// Refused is why nothing can be done to the target, or nil. Its items, if there
	// are any, are refused as well.
	Refused error
	// Warnings are about the part as a whole, one sentence each.
	Warnings []string
	// Follows says what follows from it for the user, one sentence each.
	Follows []string
	// Before is what was there before, to be kept; nil when there is nothing to keep.
	Before Before
	// Saved is the path of the file that holds Before; empty before a run, and when
	// nothing was kept.
	Saved string
	// Unnoted is why the audit log does not tell the result, or nil.
	Unnoted error
}

// Before is what was there before a change. It is encoded as JSON into the audit
// log.
type Before interface {
	// Write keeps it in a new file, in a folder of its kind within the state folder,
	// and returns the path once the file is on disk; an empty path when it is for the
	// audit log alone.
	Write(stateDir string) (path string, err error)
}

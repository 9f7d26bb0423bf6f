package model

// Outcome is what became of one item of a change, or what would.
type Outcome string

// The outcomes.
const (
	Planned   Outcome = "planned"   // would be done; nothing was sent
	Unchanged Outcome = "unchanged" // is as it should be already; nothing is sent
	Done      Outcome = "done"      // took effect, as a look afterwards has shown
	Refused   Outcome = "refused"   // is as it was
	Unknown   Outcome = "unknown"   // no answer tells
)

// Reply is how the cluster answered about one item of a change. The zero value is
// that it agreed.
type Reply struct {
	Err error // why not, in words
	// Lost marks that the request was sent and no answer came, so that it may take
	// effect yet.
	Lost bool
}

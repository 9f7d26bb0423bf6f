package page

import "time"

const (
	minPace = 5 * time.Second
	maxPace = 2 * time.Minute
	// idleShare of the time may be spent on one question: a screen that nobody
	// touches has two that cost much, and is to take one hundredth of a core with
	// everything else that it does.
	idleShare = 300
	// rest is how many times as long as an answer took a slow cluster is left
	// alone afterwards.
	rest = 2
)

// Paced is the time to the next question: longer where a question costs this
// process much, so that it takes at most one part in 300 of a core, and longer
// where the cluster took long to answer. cost is processor time.
func Paced(cost, took time.Duration) time.Duration {
	return min(maxPace, max(minPace, cost*idleShare, took*rest))
}

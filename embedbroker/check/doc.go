// Package check finds out whether a Kafka cluster keeps its promises while it is
// broken, in the spirit of Jepsen: clients write, commit and create, and note what
// they were told; meanwhile the cluster is killed, stopped, starved of disk, and the
// clients' answers are delayed and lost. In the end everything is read back and held
// against the notes.
//
//	acknowledged records are there exactly once, in the order of their producer
//	records whose fate is unknown are there at most once
//	what was read once is read again, at the same offset
//	a transaction is visible as a whole, its offsets included, or not at all
//	committed offsets never go back
//	topics that were created are there, those that were deleted are not
//
// It talks to any cluster by its protocol and breaks it by functions that the caller
// gives (Fault), so the embedded cluster and Apache Kafka are checked alike. make soak
// runs it for long.
package check

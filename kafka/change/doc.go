// Package change is the one way to change a cluster.
//
// A change is a value (Change) that knows how to look at the cluster, what it
// would do item by item, how to send that and how to see what became of it. Plan,
// DryRun, Run and Execute do the rest, always in this order:
//
//	refuse → plan → (preview → confirm →) look again → save what was →
//	note in the audit log → send → read back → judge each item → note the end
//
// A dry run is a plan that says "refused" wherever a run would. A preview is
// frozen: Execute does what was shown, or refuses what moved since. The output of
// a command, the confirmation and the report of the console, the audit log and
// the saved files are all made from one Result.
//
// The package holds no rule about any kind of change, and asks no cluster by
// itself: those are in the rooms by noun (kafka/groups, kafka/topics …), which
// import this package; it must never import them, nor package kafka.
package change

package model

// GroupType is the protocol that a group speaks, as ListGroups v5 spells it (KIP-848).
type GroupType string

// The types of group that Kafka has. Brokers older than 3.8 do not say; theirs
// are classic.
const (
	Classic  GroupType = "classic"
	Consumer GroupType = "consumer" // KIP-848
	Share    GroupType = "share"    // KIP-932
	Streams  GroupType = "streams"  // KIP-1071
)

// The states of a group that mean something to kdeck, as Kafka names them. A
// classic group that rebalances is preparing or completing it; the groups of
// KIP-848 and KIP-932 are assigning or reconciling. The coordinator takes offsets
// from outside in two of them: nobody is in an Empty group, and a Dead one does not
// exist, so that a commit creates it.
const (
	StateStable = "Stable"
	StateEmpty  = "Empty"
	StateDead   = "Dead"
)

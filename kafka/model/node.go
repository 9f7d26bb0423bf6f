package model

// Node is a broker as the cluster's metadata names it.
type Node struct {
	ID   int32
	Host string // the advertised host
	Port int32
	Rack string // empty when the broker has none
}

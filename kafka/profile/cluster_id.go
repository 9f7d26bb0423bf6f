package profile

import "fmt"

// AnotherClusterError says that a cluster is not the one of the context.
type AnotherClusterError struct {
	Context string // in words, as in "context prod"
	Want    string // the id that the context pins
	Got     string // "" when the cluster says none
}

func (e *AnotherClusterError) Error() string {
	got := e.Got
	if got == "" {
		got = "none"
	}
	return fmt.Sprintf("%s is the cluster with the id %s, and this one has %s", e.Context, e.Want, got)
}

// CheckClusterID returns an *AnotherClusterError when the context pins another
// cluster than the one with the id.
func (c Context) CheckClusterID(id string) error {
	if c.ClusterID == "" || c.ClusterID == id {
		return nil
	}
	return &AnotherClusterError{Context: c.label(), Want: c.ClusterID, Got: id}
}

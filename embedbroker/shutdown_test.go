package embedbroker

import (
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"
)

// With too many partitions for snapshots, all is there at the next start too,
// and when the end was cut short.
func TestStopWithoutSnapshots(t *testing.T) {
	dir := t.TempDir()
	c, cl, ctx := startClient(t, dir)
	adm := kadm.NewClient(cl)
	if _, err := adm.CreateTopic(ctx, maxSnapshots+1, 1, nil, "many"); err != nil {
		t.Fatal(err)
	}
	if _, err := adm.CreateTopic(ctx, 1, 1, nil, "t"); err != nil {
		t.Fatal(err)
	}
	write(ctx, t, cl, 10)
	to := make(kadm.Offsets)
	to.AddOffset("t", 0, 3, -1)
	if _, err := adm.DeleteRecords(ctx, to); err != nil {
		t.Fatal(err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	if err := hidePartitions(dir); err != nil { // as if it ended here
		t.Fatal(err)
	}
	c, cl, ctx = startClient(t, dir)
	if start, end := offsets(ctx, t, cl); start != 3 || end != 10 {
		t.Errorf("log is %d to %d, want 3 to 10", start, end)
	}
	if got := c.topics.partitions(); got != maxSnapshots+2 {
		t.Errorf("%d partitions, want %d", got, maxSnapshots+2)
	}
}

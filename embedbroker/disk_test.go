package embedbroker

import (
	"strings"
	"testing"

	"github.com/kdeck/kdeck/embedbroker/repair"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// TestDiskGuard follows a disk that fills up and is emptied.
func TestDiskGuard(t *testing.T) {
	const mib = 1 << 20
	free := int64(0)
	var said []string
	d := &disk{dir: "/data", free: func() int64 { return free }, report: func(e repair.Event) { said = append(said, e.What) }}
	for _, step := range []struct {
		name  string
		free  int64
		held  int64
		size  int64
		frees bool
		want  bool
		said  string // the last that was said
	}{
		{"room", 200 * mib, reserveBytes, mib, false, true, ""},
		{"just room", floorBytes + mib, reserveBytes, mib, false, true, ""},
		{"the reserve is missing", floorBytes + mib, 0, mib, false, false, "is full"},
		{"room again", 200 * mib, reserveBytes, mib, false, true, "room again"},
		{"a request too large", floorBytes + mib, reserveBytes, 2 * mib, false, false, "is full"},
		{"a little room is not enough after that", floorBytes + mib, reserveBytes, mib / 2, false, false, "7340032 more bytes"},
		{"deletions go on", floorBytes - mib, reserveBytes, mib, true, true, "is full"},
		{"not without any room", mib, reserveBytes, mib, true, false, "is full"},
		{"enough room", floorBytes + enough, reserveBytes, mib, false, true, "room again"},
		{"nobody knows", -1, reserveBytes, mib, false, true, "room again"},
	} {
		free = step.free
		d.held.Store(step.held)
		d.checked.Store(0) // long ago
		if got := d.admit(step.size, step.frees); got != step.want {
			t.Errorf("%s: admitted %v, want %v", step.name, got, step.want)
		}
		if last := strings.Join(said[max(0, len(said)-1):], ""); !strings.Contains(last, step.said) || step.said == "" && last != "" {
			t.Errorf("%s: said %q, want %q", step.name, last, step.said)
		}
	}
	if len(said) != 4 {
		t.Errorf("said %d times: %q, want each change once", len(said), said)
	}
}

// What was let through since the system was asked counts.
func TestDiskGuardCounts(t *testing.T) {
	const mib = 1 << 20
	free, asked := int64(floorBytes+3*mib), 0
	d := &disk{free: func() int64 { asked++; return free }, report: func(repair.Event) {}}
	d.held.Store(reserveBytes)
	d.look()
	for i := range 3 {
		if !d.admit(mib, false) {
			t.Fatalf("write %d is refused", i)
		}
		free -= mib
	}
	if d.admit(mib, false) {
		t.Error("a fourth MiB is let through")
	}
}

// Every request that the engine writes something for is guarded; this is held
// against the engine's own list of what it serves.
func TestWritesAreKnown(t *testing.T) {
	reads := map[kmsg.Key]bool{
		kmsg.Fetch: true, kmsg.ListOffsets: true, kmsg.Metadata: true, kmsg.OffsetFetch: true, kmsg.FindCoordinator: true,
		kmsg.JoinGroup: true, kmsg.Heartbeat: true, kmsg.LeaveGroup: true, kmsg.SyncGroup: true, kmsg.DescribeGroups: true,
		kmsg.ListGroups: true, kmsg.SASLHandshake: true, kmsg.ApiVersions: true, kmsg.OffsetForLeaderEpoch: true,
		kmsg.DescribeACLs: true, kmsg.DescribeConfigs: true, kmsg.DescribeLogDirs: true, kmsg.SASLAuthenticate: true,
		kmsg.ElectLeaders: true, kmsg.ListPartitionReassignments: true, kmsg.DescribeClientQuotas: true,
		kmsg.DescribeUserSCRAMCredentials: true, kmsg.DescribeCluster: true, kmsg.DescribeProducers: true,
		kmsg.DescribeTransactions: true, kmsg.ListTransactions: true, kmsg.ConsumerGroupHeartbeat: true,
		kmsg.ConsumerGroupDescribe: true, kmsg.GetTelemetrySubscriptions: true, kmsg.PushTelemetry: true,
		kmsg.ListConfigResources: true, kmsg.DescribeTopicPartitions: true, kmsg.ShareGroupHeartbeat: true,
		kmsg.ShareGroupDescribe: true, kmsg.ShareFetch: true, kmsg.ShareAcknowledge: true, kmsg.DescribeShareGroupOffsets: true,
	}
	c, err := Start(Config{Brokers: 1, Ephemeral: true})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	answer, err := c.engine.ask(kmsg.NewPtrApiVersionsRequest())
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range answer.(*kmsg.ApiVersionsResponse).ApiKeys {
		if write, _ := writes(k.ApiKey); write == reads[kmsg.Key(k.ApiKey)] {
			t.Errorf("%s: neither a write nor known to be none", kmsg.NameForKey(k.ApiKey))
		}
	}
}

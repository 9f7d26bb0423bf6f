package e2e

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"

	"github.com/kdeck/kdeck/kafka/kafkatest"
	"github.com/kdeck/kdeck/kafka/reset"
)

// The troubles of TestFailures that a network makes, behind the gates of the lab.

func theNetworkIsCut(t *testing.T, c *kafkatest.Cluster) {
	servers := strings.Join(c.Nodes.Proxied, ",")
	cs, tails := watch(t, "attach", servers), watch(t, "attach", servers)
	cs.WaitFor("3 of 3 up", "partitions are in sync").Type("2").WaitFor("orders", "60")
	tails.WaitFor("3 brokers up").Type(":", "tail orders", "enter").WaitFor("at the end", "60 held")
	for i, disturb := range []func(broker int, on bool){c.Nodes.Cut, c.Nodes.Stall} {
		for broker := range c.Servers {
			disturb(broker, true)
		}
		cs.WaitFor("STALE", "orders", fmt.Sprint(60+i))
		tails.WaitFor("STALE", fmt.Sprint(60+i, " held"))
		produceTo(t, c, "orders", fmt.Sprint("meanwhile ", i))
		cs.Type("?").WaitFor("On the topics screen").Type("esc").WaitFor("STALE")
		for broker := range c.Servers {
			disturb(broker, false)
		}
		cs.WaitGone("STALE").WaitFor("orders", fmt.Sprint(61+i))
		tails.WaitFor("at the end", fmt.Sprint("meanwhile ", i), fmt.Sprint(61+i, " held")).WaitGone("STALE")
	}
	leaveAll(t, cs)
	leaveAll(t, tails)
}

func oneBrokerIsSilent(t *testing.T, c *kafkatest.Cluster) {
	cs := watch(t, "attach", strings.Join(c.Nodes.Proxied, ","))
	cs.WaitFor("3 of 3 up", "partitions are in sync", "billing")
	for _, disturb := range []func(broker int, on bool){c.Nodes.Cut, c.Nodes.Stall} {
		disturb(1, true)
		cs.WaitFor("2 of 3 answer", "broker 1 does not answer").WaitGone("STALE")
		disturb(1, false)
		cs.WaitFor("all 3 brokers answer").WaitGone("STALE")
	}
	for broker := range c.Servers {
		c.Nodes.Delay(broker, time.Second)
	}
	cs.WaitUntil("latencies of a second", regexp.MustCompile(`0  up .*[1-9]\.?\d* ?s`).MatchString)
	cs.WaitGone("STALE", "does not answer")
	for broker := range c.Servers {
		c.Nodes.Delay(broker, 0)
	}
	leaveAll(t, cs)
}

// aResetIsCutOff lets the coordinator take the offsets in and say nothing: the
// console cannot know what became of them, says so for each, and goes on where it
// was when the coordinator is back.
func aResetIsCutOff(t *testing.T, c *kafkatest.Cluster) {
	for _, size := range sizes {
		group := fmt.Sprintf("cut-%d", size.w)
		var committed kadm.Offsets
		for p := range int32(6) {
			committed.AddOffset("orders", p, 4, -1)
		}
		if err := c.Admin.CommitAllOffsets(t.Context(), group, committed); err != nil {
			t.Fatal(err)
		}
		state := t.TempDir()
		s := openKeeping(t, state, size.w, size.h, "attach", strings.Join(c.Nodes.Proxied, ","))
		s.WaitFor("3 brokers up").Type(":", "reset "+group, "enter").WaitFor("reset offsets of "+group, "orders")
		s.Type("enter").WaitFor("earliest").Type("enter").WaitFor("replays 4").Type("enter").WaitFor("type the name")
		c.Nodes.OnCommit(func(broker int) { c.Nodes.Stall(broker, true) })
		s.Type(group, "enter").WaitFor("writing, then reading back").Type("?").WaitFor("Keys").Type("esc")
		s.WaitFor("6 unknown", "no answer in time", "old offsets:")
		c.Nodes.OnCommit(nil)
		for broker := range c.Servers {
			c.Nodes.Stall(broker, false)
		}
		if commits := savedOffsets(t, state); len(commits) != 6 || commits[0].Offset != 4 {
			t.Errorf("saved %+v, want the six offsets from before", commits)
		}
		s.Type("n").WaitFor("skips nothing", "6 unchanged") // all of it had arrived
		leave(t, s)
		now, err := c.Admin.FetchOffsets(t.Context(), group)
		if err != nil {
			t.Fatal(err)
		}
		for p := range int32(6) {
			if o, _ := now.Lookup("orders", p); o.At != 0 {
				t.Errorf("orders/%d is at %d", p, o.At)
			}
		}
	}
}

// savedOffsets reads the one file that a reset has saved.
func savedOffsets(t *testing.T, state string) []reset.SavedCommit {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(state, "kdeck", "resets", "*.json"))
	if err != nil || len(files) != 1 {
		t.Fatalf("saved files %v (%v)", files, err)
	}
	saved, err := reset.Load(files[0])
	if err != nil {
		t.Fatal(err)
	}
	return saved.Commits
}

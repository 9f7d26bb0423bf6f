package groups_test

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/admin"
	"github.com/kdeck/kdeck/kafka/kafkatest"
	"github.com/kdeck/kdeck/kafka/reset"
	"github.com/kdeck/kdeck/keymap"
	"github.com/kdeck/kdeck/tui"
	"github.com/kdeck/kdeck/tui/tuitest"
)

// actionLab is a cluster with the groups stopped (lag 1,400 on orders), busy (two
// dynamic members) and static (a member with an instance id), and a console that
// may change it.
type actionLab struct {
	*kafkatest.Cluster
	state string
}

func newActionLab(t *testing.T) *actionLab {
	t.Helper()
	c := cluster(t)
	member, err := kgo.NewClient(kgo.SeedBrokers(c.Servers...), kgo.ConsumerGroup("static"), kgo.ConsumeTopics("orders"), kgo.ClientID("fixed"), kgo.InstanceID("app-7"), kgo.DisableAutoCommit())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(member.Close)
	c.Joined("static", 1)
	return &actionLab{c, t.TempDir()}
}

func (l *actionLab) commit(t *testing.T, group string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	offsets := make(kadm.Offsets)
	offsets.AddOffset("orders", 0, 20, -1)
	if err := l.Admin.CommitAllOffsets(ctx, group, offsets); err != nil {
		t.Fatal(err)
	}
}

// groups is the names of the groups that there are.
func (l *actionLab) groups(t *testing.T) string {
	t.Helper()
	groups, err := l.Admin.ListGroups(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(groups.Groups(), " ")
}

func (l *actionLab) open(t *testing.T, screen string, size [2]int, readOnly bool) *tuitest.Screen {
	t.Helper()
	client, err := admin.New(kafka.Config{Name: "lab", ReadOnly: readOnly, StateDir: l.state, Opts: []kgo.Opt{kgo.SeedBrokers(l.Servers...)}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	keys, err := keymap.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return tuitest.Start(t, tui.New(t.Context(), tui.Options{Client: client, Keys: keys, Open: screen}), size[0], size[1])
}

// atBothSizes runs a journey on a small and on a large terminal.
func atBothSizes(t *testing.T, journey func(t *testing.T, l *actionLab, size [2]int)) {
	for _, size := range [][2]int{{80, 24}, {160, 48}} {
		t.Run(fmt.Sprintf("%dx%d", size[0], size[1]), func(t *testing.T) { journey(t, newActionLab(t), size) })
	}
}

func TestDeleteAGroup(t *testing.T) {
	atBothSizes(t, func(t *testing.T, l *actionLab, size [2]int) {
		s := l.open(t, "groups", size, false)
		s.WaitFor("3 groups", "stopped", "Empty, unread")
		s.Type("/", "busy", "enter").WaitGone("stopped").Type("D").WaitFor("busy: it has 2 members; stop its consumers first")
		s.Type("esc").WaitFor("stopped").Type("/", "stopped", "enter").WaitGone("busy")
		s.Type("D").WaitFor("stopped: loses 1 commit on 1 topic, lag 1,400", "auto.offset.reset",
			"The old offsets are saved to a file first", "To delete 1 group, type:", "nothing has been done")
		s.Type("stoppe", "enter").WaitFor("nothing was done", "not yet the name")
		s.Type("esc").WaitFor("1 of 3").Type("D").WaitFor("To delete 1 group, type:")
		if got := l.groups(t); got != "busy static stopped" {
			t.Errorf("looking left %s", got)
		}
		s.Type("stopped").WaitFor("enter deletes 1 group").Type("enter")
		s.WaitFor("stopped is deleted", "stopped as it was before:", "enter closes", "delete group stopped: done")
		if got := l.groups(t); got != "busy static" {
			t.Errorf("left are %s", got)
		}
		s.Type("enter").WaitFor("2 groups")
		files, _ := filepath.Glob(filepath.Join(l.state, "resets", "*-stopped.json"))
		if len(files) != 1 {
			t.Fatalf("saved %v", files)
		}
		if saved, err := reset.Load(files[0]); err != nil || len(saved.Commits) != 1 || saved.Commits[0].Offset != 100 {
			t.Errorf("saved %+v (%v)", saved, err)
		}
	})
}

func TestDeleteMarkedGroups(t *testing.T) {
	atBothSizes(t, func(t *testing.T, l *actionLab, size [2]int) {
		l.commit(t, "idle")
		s := l.open(t, "groups", size, false)
		s.WaitFor("4 groups", "1,400", "1,480").Type("home")  // rows move while their lag fills in
		s.Type("space", "space", "space").WaitFor("3 marked") // the groups with lag come first
		s.Type("space").WaitFor("4 marked")
		s.Type("D").WaitFor("delete group busy: it has 2 members", "idle: loses 1 commit on 1 topic", "delete group static: it has 1 member", "To delete 2 groups, type:", "delete 2 groups")
		s.Type("delete 2 groups").WaitFor("enter deletes 2 groups").Type("enter")
		s.WaitFor("idle is deleted", "stopped is deleted", "deleted 2 of 4")
		if got := l.groups(t); got != "busy static" {
			t.Errorf("left are %s", got)
		}
		s.Type("enter").WaitFor("2 groups", "2 marked")
		s.Type("D").WaitFor("stop its consumers first")
	})
}

func TestDeleteMarkedGroupsOfWhichSomeAreGone(t *testing.T) {
	atBothSizes(t, func(t *testing.T, l *actionLab, size [2]int) {
		for _, group := range []string{"idle-1", "idle-2", "idle-3"} {
			l.commit(t, group)
		}
		s := l.open(t, "groups", size, false)
		s.WaitFor("6 groups").Type("/", "idle", "enter").WaitFor("3 of 6")
		s.WaitUntil("the lag of all", func(screen string) bool { return strings.Count(screen, "1,480 ") == 3 }).Type("home")
		s.Type("space", "space", "space").WaitFor("3 marked")
		l.delete(t, "idle-1", "idle-3")
		s.Type("D").WaitFor(`there is no group "idle-1"`, `there is no group "idle-3"`, "idle-2: loses 1 commit on 1 topic", "To delete 1 group, type:")
		s.Type("idle-2").WaitFor("enter deletes 1 group").Type("enter").WaitFor("idle-2 is deleted", "deleted 1 of 3")
	})
}

func (l *actionLab) delete(t *testing.T, groups ...string) {
	t.Helper()
	if _, err := l.Admin.DeleteGroups(t.Context(), groups...); err != nil {
		t.Fatal(err)
	}
}

func TestDeleteOffsetsOfATopic(t *testing.T) {
	atBothSizes(t, func(t *testing.T, l *actionLab, size [2]int) {
		s := l.open(t, "group busy", size, false)
		s.WaitFor("Partitions (1)", "no commit").Type("x").WaitFor("the group has committed nothing there")
		s.Type(":", "group stopped", "enter").WaitFor("Partitions (1)", "1,400")
		s.Type("x").WaitFor("orders/0: committed 100, lag 1,400", "To delete 1 offset, type:")
		s.Type("stopped").WaitFor("enter deletes 1 offset").Type("enter")
		s.WaitFor("orders/0 is deleted", "stopped as it was before:", "delete offsets of stopped: done")
		found, err := l.Admin.FetchOffsets(t.Context(), "stopped")
		if err != nil || len(found) != 0 {
			t.Errorf("left are %+v (%v)", found, err)
		}
	})
}

func TestRemoveAStaticMember(t *testing.T) {
	atBothSizes(t, func(t *testing.T, l *actionLab, size [2]int) {
		s := l.open(t, "group busy", size, false)
		s.WaitFor("2 members").Type("tab").WaitFor("app-1").Type("x").WaitFor("it is not a static member")
		s.Type(":", "group static", "enter").WaitFor("1 member", "Stable").Type("tab").WaitFor("fixed", "orders 0")
		before := l.memberID(t)
		s.Type("x").WaitFor("app-7: fixed on 127.0.0.1, reads 1 partition", "Nobody is left in the group", "joins again", "Remove app-7 from group static?")
		s.Type("n").WaitFor("fixed", "Members (1)")
		if got := l.memberID(t); got != before {
			t.Errorf("no removed the member: %s, was %s", got, before)
		}
		s.Type("x").WaitFor("Remove app-7 from group static?").Type("y")
		s.WaitFor("app-7 is removed", "remove app-7 from group static: done", "enter closes")
		if got := l.memberID(t); got == before {
			t.Errorf("the member is still %s", got)
		}
		s.Type("enter").WaitFor("Members (")
	})
}

// memberID is the id of the only member of static, or "".
func (l *actionLab) memberID(t *testing.T) string {
	t.Helper()
	described, err := l.Admin.DescribeGroups(t.Context(), "static")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range described["static"].Members {
		return m.MemberID
	}
	return ""
}

func TestActionsInAReadOnlyContext(t *testing.T) {
	atBothSizes(t, func(t *testing.T, l *actionLab, size [2]int) {
		s := l.open(t, "groups", size, true)
		s.WaitFor("3 groups", "stopped", "READ-ONLY")
		s.Type("D").WaitFor("delete: the context lab is read-only")
		s.Type(":", "group stopped", "enter").WaitFor("Empty, nobody reads")
		s.Type("D").WaitFor("delete group: the context lab is read-only")
		s.Type("x").WaitFor("remove: the context lab is read-only")
		if got := l.groups(t); got != "busy static stopped" {
			t.Errorf("left are %s", got)
		}
	})
}

package groups

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kdeck/kdeck/cmd/kdeck/kit/cmdtest"
	"github.com/kdeck/kdeck/cmd/kdeck/kit/exit"
	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/model"
	"github.com/kdeck/kdeck/kafka/reset"
)

// groups runs a command of "kdeck groups".
func (b *groupLab) groups(args string) (out, notes string, err error) {
	return cmdtest.Run(b.ctx, Command(b.connect), nil, strings.Fields(args)...)
}

// lines is the rows of a table, with one space between cells.
func lines(table string) []string {
	var rows []string
	for line := range strings.Lines(table) {
		rows = append(rows, strings.Join(strings.Fields(line), " "))
	}
	return rows
}

func decode[T any](t *testing.T, out string) []T {
	t.Helper()
	var rows []T
	if err := json.Unmarshal([]byte(out), &rows); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return rows
}

// deletedRow is what the tests read of a group that is deleted, or of a member that is
// removed.
type deletedRow struct {
	Group, Note, Saved string
	Outcome            model.Outcome
}

// deletedOffset is the same of an offset.
type deletedOffset struct {
	CurrentOffset int64
	Outcome       model.Outcome
}

// join starts a member, and waits until it is the only one of a stable group.
func (b *groupLab) join(t *testing.T, group string, opts ...kgo.Opt) {
	t.Helper()
	cl, err := kgo.NewClient(append(opts, kgo.SeedBrokers(b.servers...), kgo.ConsumerGroup(group), kgo.ConsumeTopics("orders"), kgo.DisableAutoCommit())...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cl.CloseAllowingRebalance)
	for {
		described, err := b.adm.DescribeGroups(b.ctx, group)
		if err != nil {
			t.Fatal(err)
		}
		if g := described[group]; g.State == "Stable" && len(g.Members) == 1 {
			return
		}
		select {
		case <-b.ctx.Done():
			t.Fatalf("%s never had a member: %+v", group, described)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func TestListGroups(t *testing.T) {
	b := newGroupLab(t, false)
	b.join(t, "busy")
	out, _, err := b.groups("list")
	if err != nil {
		t.Fatal(err)
	}
	got := lines(out)
	if len(got) != 3 || got[0] != "GROUP TYPE STATE MEMBERS TOPICS LAG UNKNOWN COORDINATOR" ||
		!strings.HasPrefix(got[1], "billing classic Empty 0 1 4 0 ") || !strings.HasPrefix(got[2], "busy classic Stable 1 1 - 2 ") {
		t.Errorf("printed %q", got)
	}
	for args, want := range map[string]string{"--state empty,dead": "billing", "--state Stable --type classic": "busy", "--type share": ""} {
		out, _, err := b.groups("list --output json " + args)
		var names []string
		for _, r := range decode[groupRow](t, out) {
			names = append(names, r.Group)
		}
		if err != nil || strings.Join(names, " ") != want {
			t.Errorf("%s: %v (%v), want %s", args, names, err, want)
		}
	}
	for args, want := range map[string]string{"--state Emty": "did you mean Empty?", "--type kafka": "want some of classic, consumer, share and streams", "--output xml": `--output "xml": want table or json`, "extra": "takes no argument"} {
		if _, _, err := b.groups("list " + args); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", args, err, want)
		}
	}
}

func TestDescribeGroups(t *testing.T) {
	b := newGroupLab(t, false)
	b.join(t, "busy", kgo.ClientID("app"), kgo.InstanceID("app-1"))
	out, _, err := b.groups("describe billing busy")
	if err != nil {
		t.Fatal(err)
	}
	got := lines(out)
	if want := "GROUP TOPIC PARTITION CURRENT-OFFSET LOG-END-OFFSET LAG CONSUMER-ID HOST CLIENT-ID LOG-START-OFFSET LAST-STABLE-OFFSET CONDITION"; got[0] != want {
		t.Errorf("titles %s", got[0])
	}
	if len(got) != 4 || got[1] != "billing orders 0 5 9 4 - - - 0 9 ok" || !strings.HasPrefix(got[2], "busy orders 0 - 9 - app-1-") || !strings.HasSuffix(got[2], " app 0 9 no commit") {
		t.Errorf("printed %q", got)
	}
	out, _, err = b.groups("describe --all-groups -o json")
	rows := decode[offsetRow](t, out)
	if err != nil || len(rows) != 3 || *rows[0].Lag != 4 || rows[0].Topic != "orders" || rows[1].Current != nil || rows[1].ClientID != "app" || rows[1].Note == "" {
		t.Errorf("printed %+v (%v)", rows, err)
	}
	out, _, err = b.groups("describe busy --members -o json")
	members := decode[memberRow](t, out)
	if err != nil || len(members) != 1 || members[0].InstanceID != "app-1" || members[0].Assignment != "orders(0,1)" || members[0].Partitions != 2 {
		t.Errorf("members %+v (%v)", members, err)
	}
	out, _, err = b.groups("describe --all-groups --state")
	if got := lines(out); err != nil || len(got) != 3 || !strings.Contains(got[1], "Empty 0 classic - - 4") || !strings.Contains(got[2], "cooperative-sticky Stable 1 classic - - -") {
		t.Errorf("states %q (%v)", got, err)
	}
	for args, want := range map[string]string{
		"":                           "give the names of groups",
		"billing --all-groups":       "give the names of groups",
		"biling":                     `there is no group "biling"; did you mean "billing"?`,
		"billing --members --state":  "members",
		"billing --output something": `--output "something": want table or json`,
	} {
		if _, _, err := b.groups("describe " + args); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", args, err, want)
		}
	}
}

func TestDeleteGroupsCommand(t *testing.T) {
	b := newGroupLab(t, false)
	b.join(t, "busy")
	out, notes, err := b.groups("delete billing")
	if got := lines(out); err != nil || len(got) != 2 || got[1] != "billing classic Empty 0 1 1 4 planned -" || !strings.Contains(notes, "nothing was changed") {
		t.Errorf("the dry run printed %q, %q (%v)", got, notes, err)
	}
	if _, _, err := b.groups("delete billing busy"); exit.Code(err) != 1 || !strings.Contains(err.Error(), "1 of 2 would be refused") {
		t.Errorf("a dry run with a group that has members: %v", err)
	}
	for _, args := range []string{"delete", "delete billing --execute --dry-run", "delete busy --execute"} {
		if _, _, err := b.groups(args); exit.Code(err) != 1 {
			t.Errorf("%s: %v", args, err)
		}
	}
	if got := b.at(t); got != 5 {
		t.Fatalf("the group is at %d", got)
	}
	out, notes, err = b.groups("delete busy billing --execute -o json")
	rows := decode[deletedRow](t, out)
	if exit.Code(err) != 2 || len(rows) != 2 || rows[0].Outcome != model.Done || rows[1].Outcome != model.Refused || !strings.Contains(rows[1].Note, "it has 1 member; stop its consumers first") {
		t.Errorf("printed %+v (%v)", rows, err)
	}
	path := savedPath(notes, "billing")
	if saved, err := reset.Load(path); err != nil || saved.Commits[0].Offset != 5 || rows[0].Saved != path {
		t.Errorf("saved %+v (%v)", saved, err)
	}
	if groups, err := b.adm.ListGroups(b.ctx); err != nil || strings.Join(groups.Groups(), " ") != "busy" {
		t.Errorf("left are %v (%v)", groups.Groups(), err)
	}
	_, undo, found := strings.Cut(strings.ReplaceAll(notes, `"`, ""), "to undo: kdeck groups ")
	undo, _, _ = strings.Cut(undo, "\n")
	if _, _, err := b.groups(undo); err != nil || !found || b.at(t) != 5 {
		t.Errorf("%s: %v; the group is at %d", undo, err, b.at(t))
	}
	out, _, err = b.groups("delete billing biling --execute")
	if exit.Code(err) != exit.InPart || !strings.Contains(out, `there is no group "biling"`) {
		t.Errorf("one of two names is wrong: %v, printed %s", err, out)
	}
}

// savedPath is where a note says that the former state of a group is.
func savedPath(notes, group string) string {
	_, path, _ := strings.Cut(notes, group+" as it was before: ")
	path, _, _ = strings.Cut(path, "\n")
	return path
}

func TestDeleteOffsetsCommand(t *testing.T) {
	b := newGroupLab(t, false)
	offsets := make(kadm.Offsets)
	offsets.AddOffset("orders", 1, 0, -1)
	if err := b.adm.CommitAllOffsets(b.ctx, "billing", offsets); err != nil {
		t.Fatal(err)
	}
	out, notes, err := b.groups("delete-offsets billing --topic orders")
	if got := lines(out); err != nil || len(got) != 3 || got[1] != "billing orders 0 5 4 planned -" || !strings.Contains(notes, "nothing was changed") {
		t.Errorf("the dry run printed %q, %q (%v)", got, notes, err)
	}
	for args, want := range map[string]string{
		"":                                  "topic",
		"--topic order --execute":           "the group has committed nothing on order; did you mean orders?",
		"--topic orders:0,7":                "1 of 2 would be refused",
		"--topic orders:7 --execute":        "orders/7: the group has none there",
		"--topic orders:x --execute":        "neither a partition nor a range",
		"--topic orders --execute -o other": `--output "other": want table or json`,
	} {
		if _, _, err := b.groups("delete-offsets billing " + args); exit.Code(err) != 1 || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", args, err, want)
		}
	}
	if got := b.at(t); got != 5 {
		t.Fatalf("the group is at %d", got)
	}
	out, notes, err = b.groups("delete-offsets billing --topic orders:0 --execute -o json")
	if rows := decode[deletedOffset](t, out); err != nil || len(rows) != 1 || rows[0].Outcome != model.Done || rows[0].CurrentOffset != 5 {
		t.Errorf("printed %+v (%v)", rows, err)
	}
	if saved, err := reset.Load(savedPath(notes, "billing")); err != nil || len(saved.Commits) != 2 {
		t.Errorf("saved %+v (%v)", saved, err)
	}
	if found, err := b.adm.FetchOffsets(b.ctx, "billing"); err != nil || len(found.Sorted()) != 1 || found.Sorted()[0].Partition != 1 {
		t.Errorf("left are %+v (%v)", found, err)
	}
	b.join(t, "billing")
	out, _, err = b.groups("delete-offsets billing --topic orders --execute")
	if exit.Code(err) != 1 || !strings.Contains(out, "kgo subscribes to the topic; stop the consumers that read it first") {
		t.Errorf("with a member: %s (%v)", out, err)
	}
}

func TestRemoveMemberCommand(t *testing.T) {
	b := newGroupLab(t, false)
	b.join(t, "busy", kgo.InstanceID("app-1"))
	out, notes, err := b.groups("remove-member busy app-1")
	if got := lines(out); err != nil || len(got) != 2 || !strings.HasPrefix(got[1], "busy app-1 app-1-") || !strings.HasSuffix(got[1], "2 planned -") || !strings.Contains(notes, "nothing was changed") {
		t.Errorf("the dry run printed %q, %q (%v)", got, notes, err)
	}
	for args, want := range map[string]string{"busy": "give a GROUP and the INSTANCE-ID", "busy app-2 --execute": `did you mean "app-1"?`, "buzy app-1": `did you mean "busy"?`} {
		if _, _, err := b.groups("remove-member " + args); exit.Code(err) != 1 || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", args, err, want)
		}
	}
	if out, _, err = b.groups("remove-member busy app-1 --execute -o json"); err != nil || decode[deletedRow](t, out)[0].Outcome != model.Done {
		t.Errorf("printed %s (%v)", out, err)
	}
}

func TestGroupChangesInAReadOnlyContext(t *testing.T) {
	b := newGroupLab(t, true)
	b.join(t, "busy", kgo.InstanceID("app-1"))
	for _, args := range []string{"delete billing", "delete-offsets billing --topic orders", "remove-member busy app-1"} {
		if out, _, err := b.groups(args); !errors.Is(err, kafka.ErrReadOnly) || exit.Code(err) != 1 || !strings.Contains(out, "refused") {
			t.Errorf("the dry run of %s: %v, printed %s", args, err, out)
		}
		if _, _, err := b.groups(args + " --execute"); !errors.Is(err, kafka.ErrReadOnly) || exit.Code(err) != 1 {
			t.Errorf("%s: refused with %v", args, err)
		}
	}
	if got := b.at(t); got != 5 {
		t.Errorf("the group is at %d", got)
	}
}

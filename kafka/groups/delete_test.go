package groups_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/admin"
	"github.com/kdeck/kdeck/kafka/change"
	"github.com/kdeck/kdeck/kafka/groups"
	"github.com/kdeck/kdeck/kafka/kafkatest/labtest"
	"github.com/kdeck/kdeck/kafka/model"
	"github.com/kdeck/kdeck/kafka/reset"
)

// deletedGroup is what became of a group that was to be deleted.
type deletedGroup struct {
	Group   string
	Outcome model.Outcome
	Err     error
	Saved   string
	Unnoted error
}

func deleteGroups(ctx context.Context, client *admin.Client, names ...string) ([]deletedGroup, error) {
	result, err := change.Run(ctx, client, client.Groups.Delete(names...))
	var all []deletedGroup
	for _, p := range result.Parts {
		d := deletedGroup{p.Target, model.Refused, p.Refused, p.Saved, p.Unnoted}
		if p.Refused == nil {
			d.Outcome, d.Err = p.Items[0].Outcome, p.Items[0].Err
		}
		all = append(all, d)
	}
	return all, err
}

// outcomes is what became of groups, as "billing done, busy refused".
func outcomes(deleted []deletedGroup) string {
	var parts []string
	for _, d := range deleted {
		parts = append(parts, fmt.Sprintf("%s %s", d.Group, d.Outcome))
	}
	return strings.Join(parts, ", ")
}

// names is the groups that the cluster has.
func (l *groupLab) names() string {
	l.Helper()
	names, err := l.Client.Groups.Names(l.Ctx)
	if err != nil {
		l.Fatal(err)
	}
	return strings.Join(names, " ")
}

// TestDeleteGroups: each group of several has its own outcome, and what was
// deleted can be put back from what was saved.
func TestDeleteGroups(t *testing.T) {
	lab := newGroupLab(t)
	lab.SeedReset()
	lab.Commit("stock", "orders", 1, 7)
	lab.Join(kgo.ConsumerGroup("busy"), kgo.ConsumeTopics("orders"))
	lab.Until("busy", func(g groups.Group) bool { return g.State == model.StateStable })

	deleted, err := deleteGroups(lab.Ctx, lab.Client, "stock", "billing", "busy", "billin", "stock")
	if err != nil {
		t.Fatal(err)
	}
	if got := outcomes(deleted); got != "billin refused, billing done, busy refused, stock done" {
		t.Fatalf("%s", got)
	}
	if got := deleted[0].Err.Error(); !strings.Contains(got, `did you mean "billing"?`) {
		t.Errorf("a group that does not exist: %s", got)
	}
	if got := deleted[2].Err.Error(); !strings.Contains(got, "it has 1 member; stop its consumers first") || deleted[2].Saved != "" {
		t.Errorf("a group with members: %s (saved %q)", got, deleted[2].Saved)
	}
	if got := lab.names(); got != "busy" {
		t.Errorf("left are %s", got)
	}
	saved, err := reset.Load(deleted[1].Saved)
	if err != nil {
		t.Fatal(err)
	}
	if len(saved.Commits) != 2 || len(saved.Without) != 0 || saved.Group != "billing" || saved.Reset != "delete-group" || saved.Cluster != "lab" {
		t.Errorf("saved %+v", saved)
	}
	for _, c := range saved.Commits {
		if c.Offset != 50 || c.LeaderEpoch != 0 || c.Metadata != "mine" {
			t.Errorf("saved %+v", c)
		}
	}
	for _, d := range deleted {
		if d.Unnoted != nil {
			t.Errorf("%s: %v", d.Group, d.Unnoted)
		}
	}
}

func TestDeleteShareGroup(t *testing.T) {
	lab := newGroupLab(t)
	lab.Topic("jobs", 1)
	member := lab.Join(kgo.ShareGroup("workers"), kgo.ConsumeTopics("jobs"))
	lab.Until("workers", func(g groups.Group) bool { return g.Members == 1 })
	deleted, err := deleteGroups(lab.Ctx, lab.Client, "workers")
	if err != nil || outcomes(deleted) != "workers refused" {
		t.Fatalf("with a member: %s (%v)", outcomes(deleted), err)
	}
	member.CloseAllowingRebalance()
	lab.Until("workers", func(g groups.Group) bool { return g.State == model.StateEmpty })
	if deleted, err = deleteGroups(lab.Ctx, lab.Client, "workers"); err != nil || outcomes(deleted) != "workers done" || deleted[0].Saved != "" {
		t.Errorf("without: %+v (%v)", deleted, err)
	}
}

// auditLog is the actions and stages in the audit log, as "delete-group begun".
func auditLog(t *testing.T, dir string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "audit.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for line := range strings.Lines(string(text)) {
		var words []string
		for _, key := range []string{"stage", "action", "target"} {
			_, rest, _ := strings.Cut(line, `"`+key+`":"`)
			word, _, _ := strings.Cut(rest, `"`)
			words = append(words, word)
		}
		lines = append(lines, strings.Join(words, " "))
	}
	return strings.Join(lines, ", ")
}

func TestDeletionsAreNoted(t *testing.T) {
	lab := newGroupLab(t)
	lab.SeedReset()
	state := t.TempDir()
	client := lab.NewClient(kafka.Config{StateDir: state, Opts: []kgo.Opt{kgo.SeedBrokers(lab.Cluster.Servers...)}})
	if _, err := labtest.Run(lab.Ctx, client, client.Groups.DeleteOffsets("billing", reset.Of([]model.TopicPartition{labtest.Partition("orders", 0)}))); err != nil {
		t.Fatal(err)
	}
	if _, err := deleteGroups(lab.Ctx, client, "billing"); err != nil {
		t.Fatal(err)
	}
	if got := auditLog(t, state); got != "begun delete-offsets billing, done delete-offsets billing, begun delete-group billing, done delete-group billing" {
		t.Errorf("noted %s", got)
	}
}

func TestNothingIsDeletedReadOnlyOrUnsaved(t *testing.T) {
	lab := newGroupLab(t)
	lab.SeedReset()
	seeds := kgo.SeedBrokers(lab.Cluster.Servers...)
	readOnly := lab.NewClient(kafka.Config{ReadOnly: true, Opts: []kgo.Opt{seeds}})
	before := readOnly.Requests()
	one := []model.TopicPartition{labtest.Partition("orders", 0)}
	if _, err := deleteGroups(lab.Ctx, readOnly, "billing"); !errors.Is(err, kafka.ErrReadOnly) {
		t.Errorf("delete group: %v", err)
	}
	if _, err := labtest.Run(lab.Ctx, readOnly, readOnly.Groups.DeleteOffsets("billing", reset.Of(one))); !errors.Is(err, kafka.ErrReadOnly) {
		t.Errorf("delete offsets: %v", err)
	}
	if _, err := labtest.Run(lab.Ctx, readOnly, readOnly.Groups.RemoveMembers("billing", "a")); !errors.Is(err, kafka.ErrReadOnly) {
		t.Errorf("remove a member: %v", err)
	}
	if got := readOnly.Requests(); len(got) != len(before) {
		t.Errorf("a read-only client sent requests: %+v", got)
	}

	full := t.TempDir()
	if err := os.WriteFile(filepath.Join(full, "resets"), nil, 0o600); err != nil { // where the folder should be
		t.Fatal(err)
	}
	unsaving := lab.NewClient(kafka.Config{StateDir: full, Opts: []kgo.Opt{seeds}})
	deleted, err := deleteGroups(lab.Ctx, unsaving, "billing")
	if err != nil || outcomes(deleted) != "billing refused" || !strings.Contains(deleted[0].Err.Error(), "nothing was written to the cluster") {
		t.Errorf("without a saved state: %+v (%v)", deleted, err)
	}
	if _, err := labtest.Run(lab.Ctx, unsaving, unsaving.Groups.DeleteOffsets("billing", reset.Of(one))); err == nil || !strings.Contains(err.Error(), "nothing was written to the cluster") {
		t.Errorf("without a saved state: %v", err)
	}
	if got := lab.Offsets("billing"); len(got) != 2 {
		t.Errorf("left are %v", got)
	}
}

// TestManyGroupsAreDeletedInAFewRequests, whatever their number.
func TestManyGroupsAreDeletedInAFewRequests(t *testing.T) {
	lab := newGroupLab(t)
	lab.Topic("orders", 1)
	var names []string
	for i := range 30 {
		name := fmt.Sprintf("g%02d", i)
		names = append(names, name)
		lab.Commit(name, "orders", 0, 0)
	}
	if _, err := lab.Client.Groups.Details(lab.Ctx); err != nil { // brokers and coordinators are known
		t.Fatal(err)
	}
	before := lab.Client.Requests()
	deleted, err := deleteGroups(lab.Ctx, lab.Client, names...)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range deleted {
		if d.Outcome != model.Done {
			t.Errorf("%+v", d)
		}
	}
	sent := 0
	for key, n := range lab.Client.Requests() {
		sent += n - before[key]
	}
	if sent > 36 { // two looks, a deletion and a list to three brokers, and who coordinates
		t.Errorf("%d requests for %d groups: %v, before %v", sent, len(names), lab.Client.Requests(), before)
	}
}

// TestDeletionsWithoutAnAnswer: what was sent and not answered is unknown, however
// it looks a moment later.
func TestDeletionsWithoutAnAnswer(t *testing.T) {
	t.Parallel()
	broker, err := kfake.NewCluster(kfake.NumBrokers(1))
	if err != nil {
		t.Fatal(err)
	}
	defer broker.Close()
	lab := attachGroupLab(t, nil, broker.ListenAddrs())
	lab.SeedReset()
	hasty := lab.NewClient(kafka.Config{RequestTimeout: impatient, Opts: []kgo.Opt{kgo.SeedBrokers(broker.ListenAddrs()...)}})
	for _, key := range []kmsg.Key{kmsg.DeleteGroups, kmsg.OffsetDelete} {
		broker.ControlKey(int16(key), func(kmsg.Request) (kmsg.Response, error, bool) {
			broker.KeepControl()
			return nil, nil, true // taken in, and never answered
		})
	}
	deleted, err := deleteGroups(lab.Ctx, hasty, "billing")
	if err != nil || outcomes(deleted) != "billing unknown" || !strings.Contains(deleted[0].Err.Error(), "it may be deleted yet") {
		t.Errorf("the group: %+v (%v)", deleted, err)
	}
	offsets, err := labtest.Run(lab.Ctx, hasty, hasty.Groups.DeleteOffsets("billing", reset.Of([]model.TopicPartition{labtest.Partition("orders", 0)})))
	if err != nil || offsets.Count(model.Unknown) != 1 || !strings.Contains(offsets.Rows[0].Err.Error(), "it may be deleted yet") {
		t.Errorf("the offset: %+v (%v)", offsets, err)
	}
}

// TestDeletionsThatFailInPart: the coordinator's word for each item is told, and
// the others are deleted.
func TestDeletionsThatFailInPart(t *testing.T) {
	t.Parallel()
	broker, err := kfake.NewCluster(kfake.NumBrokers(1))
	if err != nil {
		t.Fatal(err)
	}
	defer broker.Close()
	lab := attachGroupLab(t, nil, broker.ListenAddrs())
	lab.SeedReset()
	lab.Commit("stock", "orders", 1, 7)
	fault := broker.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.OffsetDelete}, Partitions: []int32{1}, Err: kerr.GroupSubscribedToTopic})
	offsets, err := labtest.Run(lab.Ctx, lab.Client, lab.Client.Groups.DeleteOffsets("billing", reset.Of([]model.TopicPartition{labtest.Partition("orders", 1), labtest.Partition("orders", 0), labtest.Partition("orders", 9)})))
	fault.Remove()
	if err != nil || offsets.Count(model.Done) != 1 || offsets.Count(model.Refused) != 2 {
		t.Fatalf("%+v (%v)", offsets, err)
	}
	if p := offsets.Rows[1]; p.Row.Offset != 50 || !containsAll(p.Err.Error(), "orders/1", "still subscribes", "GROUP_SUBSCRIBED_TO_TOPIC") {
		t.Errorf("%+v", p)
	}
	if p := offsets.Rows[2]; p.Row.Offset != model.NoOffset || !strings.Contains(p.Err.Error(), "has none there") {
		t.Errorf("%+v", p)
	}
	if got := lab.Offsets("billing"); len(got) != 1 || got[labtest.Partition("orders", 1)].At != 50 {
		t.Errorf("left are %v", got)
	}

	broker.ControlKey(int16(kmsg.DeleteGroups), func(kreq kmsg.Request) (kmsg.Response, error, bool) {
		resp := kreq.ResponseKind().(*kmsg.DeleteGroupsResponse)
		for _, name := range kreq.(*kmsg.DeleteGroupsRequest).Groups { // members came after the list
			resp.Groups = append(resp.Groups, kmsg.DeleteGroupsResponseGroup{Group: name, ErrorCode: kerr.NonEmptyGroup.Code})
		}
		return resp, nil, true
	})
	deleted, err := deleteGroups(lab.Ctx, lab.Client, "billing", "stock")
	if err != nil || outcomes(deleted) != "billing refused, stock refused" || !strings.Contains(deleted[0].Err.Error(), "it has members (NON_EMPTY_GROUP)") {
		t.Errorf("%+v (%v)", deleted, err)
	}
}

// TestAGroupTooLargeForOneBatch: Apache Kafka then speaks of an unexpected error.
func TestAGroupTooLargeForOneBatch(t *testing.T) {
	broker, err := kfake.NewCluster(kfake.NumBrokers(1))
	if err != nil {
		t.Fatal(err)
	}
	defer broker.Close()
	lab := attachGroupLab(t, nil, broker.ListenAddrs())
	lab.SeedReset()
	lab.Commit("one", "orders", 0, 0)
	broker.ControlKey(int16(kmsg.DeleteGroups), func(kreq kmsg.Request) (kmsg.Response, error, bool) {
		resp := kreq.ResponseKind().(*kmsg.DeleteGroupsResponse)
		for _, name := range kreq.(*kmsg.DeleteGroupsRequest).Groups {
			resp.Groups = append(resp.Groups, kmsg.DeleteGroupsResponseGroup{Group: name, ErrorCode: kerr.UnknownServerError.Code})
		}
		return resp, nil, true
	})
	deleted, err := deleteGroups(lab.Ctx, lab.Client, "billing", "one")
	if err != nil || outcomes(deleted) != "billing refused, one refused" {
		t.Fatalf("%+v (%v)", deleted, err)
	}
	if says := deleted[0].Err.Error(); !containsAll(says, "UNKNOWN_SERVER_ERROR", "2 commits", "delete its offsets topic by topic first") {
		t.Errorf("it says %q", says)
	}
	if says := deleted[1].Err.Error(); strings.Contains(says, "topic by topic") {
		t.Errorf("of a single commit it says %q", says)
	}
}

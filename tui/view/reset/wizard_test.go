package reset_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/admin"
	"github.com/kdeck/kdeck/kafka/change"
	"github.com/kdeck/kdeck/kafka/kafkatest"
	"github.com/kdeck/kdeck/kafka/reset"
	"github.com/kdeck/kdeck/keymap"
	"github.com/kdeck/kdeck/tui"
	"github.com/kdeck/kdeck/tui/tuitest"
)

// lab is a cluster with the topic orders, of three partitions with 100 records
// each, the topic users of one with 7, and the group billing with commits at 40
// and 50 on the first two partitions of orders.
type lab struct {
	testing.TB
	ctx     context.Context
	cluster *kafkatest.Cluster // nil on a bare engine
	addrs   []string
	group   string
	adm     *kadm.Client
	state   string // the folder with the state folder
}

func newLab(t *testing.T) *lab {
	t.Helper()
	return newLabOf(t, "billing")
}

// newLabOf is newLab with another group.
func newLabOf(t *testing.T, group string) *lab {
	t.Helper()
	return newLabIn(t, kafkatest.Config{}, group)
}

// newLabIn is newLab with another group, in a cluster of choice.
func newLabIn(t *testing.T, cfg kafkatest.Config, group string) *lab {
	t.Helper()
	cluster := kafkatest.Start(t, cfg)
	cluster.Create(3, 1, nil, "orders")
	cluster.Create(1, 1, nil, "users")
	l := newLabOn(t, cluster.Servers, group)
	l.cluster = cluster
	return l
}

// newLabOn fills the topics of a cluster, and commits.
func newLabOn(t *testing.T, addrs []string, group string) *lab {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(cancel)
	l := &lab{TB: t, ctx: ctx, addrs: addrs, group: group, state: t.TempDir()}
	cl := l.join(kgo.RecordPartitioner(kgo.ManualPartitioner()))
	l.adm = kadm.NewClient(cl)
	var records []*kgo.Record
	for i := range 300 {
		records = append(records, &kgo.Record{Topic: "orders", Partition: int32(i % 3), Timestamp: noon.Add(time.Duration(i/3) * time.Minute)})
	}
	for range 7 {
		records = append(records, &kgo.Record{Topic: "users"})
	}
	if err := cl.ProduceSync(ctx, records...).FirstErr(); err != nil {
		t.Fatal(err)
	}
	l.commit(0, 40)
	l.commit(1, 50)
	return l
}

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// join starts a client that ends with the test.
func (l *lab) join(opts ...kgo.Opt) *kgo.Client {
	l.Helper()
	cl, err := kgo.NewClient(append(opts, kgo.SeedBrokers(l.addrs...))...)
	if err != nil {
		l.Fatal(err)
	}
	l.Cleanup(cl.CloseAllowingRebalance)
	return cl
}

func (l *lab) commit(partition int32, offset int64) {
	l.Helper()
	offsets := make(kadm.Offsets)
	offsets.AddOffset("orders", partition, offset, -1)
	if err := l.adm.CommitAllOffsets(l.ctx, l.group, offsets); err != nil {
		l.Fatal(err)
	}
}

// expect compares the group's commits, as in "orders/0=40".
func (l *lab) expect(want ...string) {
	l.Helper()
	found, err := l.adm.FetchOffsets(l.ctx, l.group)
	if err != nil {
		l.Fatal(err)
	}
	var got []string
	for _, o := range found.Sorted() {
		got = append(got, fmt.Sprintf("%s/%d=%d", o.Topic, o.Partition, o.At))
	}
	if strings.Join(got, " ") != strings.Join(want, " ") {
		l.Errorf("the group is at %v, want %v", got, want)
	}
}

// saved counts the files with old offsets.
func (l *lab) saved() int {
	l.Helper()
	files, err := filepath.Glob(filepath.Join(l.state, "kdeck", "resets", "*-billing.json"))
	if err != nil {
		l.Fatal(err)
	}
	return len(files)
}

// open starts the console on the wizard.
func (l *lab) open(t *testing.T, w, h int, readOnly bool) *tuitest.Screen {
	t.Helper()
	return l.openOn(t, "reset "+l.group, w, h, readOnly)
}

func (l *lab) openOn(t *testing.T, command string, w, h int, readOnly bool) *tuitest.Screen {
	t.Helper()
	client, err := admin.New(kafka.Config{Name: "lab", ReadOnly: readOnly, StateDir: filepath.Join(l.state, "kdeck"), Opts: []kgo.Opt{kgo.SeedBrokers(l.addrs...)}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	keys, err := keymap.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return tuitest.Start(t, tui.New(l.ctx, tui.Options{Client: client, Keys: keys, Open: command}), w, h)
}

func TestWholeWizard(t *testing.T) {
	for _, size := range [][2]int{{60, 15}, {80, 24}, {160, 48}} {
		t.Run(fmt.Sprintf("%dx%d", size[0], size[1]), func(t *testing.T) {
			l := newLab(t)
			s := l.open(t, size[0], size[1], false)
			s.WaitFor("1 partitions", "Empty", "3 partitions, 2 chosen", "orders", "committed", "40", "50")
			s.Type("enter").WaitFor("2 partitions of 1 topic in billing", "its log start")
			s.Type("down", "down", "down", "down").WaitFor("as in -100")
			s.Type("-x").WaitFor("is not a number")
			s.Type("backspace", "15").WaitFor("goes back by 15")
			s.Type("enter").WaitFor("shift-by -15: replays 30 records", "lag 110 → 140", "25", "35", "replays 15")
			l.expect("orders/0=40", "orders/1=50") // nothing is written by looking
			s.Type("enter").WaitFor("type the name of the group", "nothing has been written")
			s.Type("billin", "enter").WaitFor("not yet the name")
			l.expect("orders/0=40", "orders/1=50")
			s.Type("g").WaitFor("enter writes 2 offsets")
			s.Type("enter").WaitFor("5 result", "2 done", "read back", "25", "35", "old offsets:")
			l.expect("orders/0=25", "orders/1=35")
			if l.saved() != 1 {
				t.Errorf("%d saved states, want 1", l.saved())
			}
		})
	}
}

func TestGoingBackKeepsWhatWasChosen(t *testing.T) {
	l := newLab(t)
	s := l.open(t, 80, 24, false)
	s.WaitFor("2 chosen")
	s.Type("space").WaitFor("1 chosen")
	s.Type("enter").WaitFor("1 partition of 1 topic")
	s.Type("down", "down", "77").WaitFor("goes to offset 77")
	s.Type("enter").WaitFor("to-offset 77: skips 27 records")
	s.Type("enter").WaitFor("type the name")
	s.Type("bill").WaitFor("not yet the name")
	s.Type("esc").WaitFor("to-offset 77: skips 27 records", "lag after")
	s.Type("esc").WaitFor("offset: 77")
	s.Type("ctrl+c").WaitFor("3 partitions, 1 chosen")
	s.Type("enter").WaitFor("offset: 77")
	s.Type("enter").WaitFor("to-offset 77", "lag after")
	s.Type("enter").WaitFor("› bill", "not yet the name")
	s.Paste("ing").WaitFor("enter writes 1 offset")
	s.Type("enter").WaitFor("1 done")
	l.expect("orders/0=40", "orders/1=77")
}

func TestATimeIsShownInUTC(t *testing.T) {
	l := newLab(t)
	s := l.open(t, 80, 24, false)
	s.WaitFor("2 chosen").Type("enter").WaitFor("its log start")
	s.Type("down", "down", "down", "2026-03-01 14:30+02:00").WaitFor("2026-03-01 12:30:00.000 UTC")
	s.Type("enter").WaitFor("to-datetime 2026-03-01T12:30:00.000Z", "replays 30 records", "30")
	s.Type("esc").WaitFor("time:")
	for range len("+02:00") {
		s.Type("backspace")
	}
	s.WaitFor("2026-03-01 14:30:00.000 UTC")
	s.Type("enter").WaitFor("2 partitions with warnings", "no record at or after 2026-03-01T14:30:00.000Z")
	l.expect("orders/0=40", "orders/1=50")
}

func TestATopicWithoutCommitsCanBeAdded(t *testing.T) {
	l := newLab(t)
	s := l.open(t, 80, 24, false)
	s.WaitFor("2 chosen").Type("+").WaitFor("add topic:")
	s.Type("nope", "enter").WaitFor("does not exist", "3 partitions, 2 chosen")
	s.Type("+", "users", "enter").WaitFor("4 partitions, 3 chosen", "users")
	s.Type("enter").WaitFor("3 partitions of 2 topics")
	s.Type("down", "down", "down", "down", "-1").WaitFor("users/0, have no commit to shift from")
	s.Type("up", "up", "up").WaitFor("its log end")
	s.Type("enter").WaitFor("to-latest", "new commit", "1 new commit")
	s.Type("enter").WaitFor("type the name").Type("billing", "enter").WaitFor("3 done")
	l.expect("orders/0=100", "orders/1=100", "users/0=7")
}

func TestChoosingByTopicAndAll(t *testing.T) {
	l := newLab(t)
	s := l.open(t, 80, 24, false)
	s.WaitFor("3 partitions, 2 chosen")
	s.Type("t").WaitFor("3 partitions, 3 chosen")
	s.Type("t").WaitFor("3 partitions, 0 chosen")
	s.Type("enter").WaitFor("no partition is chosen")
	s.Type("a").WaitFor("3 partitions, 3 chosen")
	s.Type("a").WaitFor("3 partitions, 0 chosen")
}

func TestAnActiveGroupIsWatchedUntilItIsEmpty(t *testing.T) {
	for name, opts := range map[string][]kgo.Opt{"classic": nil, "consumer": {kgo.ServerSideBalancer()}} {
		t.Run(name, func(t *testing.T) {
			l := newLab(t)
			member := l.join(append(opts, kgo.ConsumerGroup("billing"), kgo.ConsumeTopics("orders"), kgo.ClientID("till-7"), kgo.DisableAutoCommit())...)
			if err := member.PollRecords(l.ctx, 1).Err(); err != nil {
				t.Fatal(err)
			}
			s := l.open(t, 80, 24, false)
			s.WaitFor("1 member", "till-7 on 127.0.0.1", "kdeck is watching")
			s.Type("enter").WaitFor("the group is active; stop its 1 consumer first", "1 partitions")
			member.CloseAllowingRebalance()
			s.WaitFor("Empty", "can go on").Type("enter").WaitFor("2 partitions of 1 topic")
		})
	}
}

func TestAMemberThatJoinsAfterThePreviewStopsTheWrite(t *testing.T) {
	l := newLab(t)
	s := l.open(t, 80, 24, false)
	s.WaitFor("2 chosen").Type("enter").WaitFor("its log start").Type("enter").WaitFor("lag after").Type("enter")
	s.WaitFor("type the name").Type("billing").WaitFor("enter writes")
	member := l.join(kgo.ConsumerGroup("billing"), kgo.ConsumeTopics("orders"), kgo.ClientID("till-7"), kgo.DisableAutoCommit())
	if err := member.PollRecords(l.ctx, 1).Err(); err != nil {
		t.Fatal(err)
	}
	s.Type("enter").WaitFor("4 confirm", "till-7", "nothing was written", "› billing")
	l.expect("orders/0=40", "orders/1=50")
	member.CloseAllowingRebalance()
	s.Type("esc").WaitFor("3 preview", "lag after") // made anew
	s.Type("enter").WaitFor("enter writes 2 offsets").Type("enter").WaitFor("2 done")
	l.expect("orders/0=0", "orders/1=0")
}

func TestACommitThatMovedStopsTheWrite(t *testing.T) {
	l := newLab(t)
	s := l.open(t, 80, 24, false)
	s.WaitFor("2 chosen").Type("enter").WaitFor("its log start").Type("enter").WaitFor("lag after").Type("enter")
	s.WaitFor("type the name").Type("billing").WaitFor("enter writes")
	l.commit(1, 51)
	s.Type("enter").WaitFor("orders/1: was at 50, is at 51", "esc shows a new one")
	l.expect("orders/0=40", "orders/1=51")
	if l.saved() != 0 {
		t.Errorf("%d saved states of a reset that wrote nothing", l.saved())
	}
	s.Type("esc").WaitFor("replays 91 records") // 40 + 51
}

func TestReadOnlyGoesNoFurtherThanThePreview(t *testing.T) {
	l := newLab(t)
	s := l.open(t, 80, 24, true)
	s.WaitFor("2 chosen").Type("enter").WaitFor("its log start").Type("enter").WaitFor("lag after")
	s.Type("enter").WaitFor("read-only", "3 preview", "lag after")
	l.expect("orders/0=40", "orders/1=50")
}

func TestOffsetsThatCannotBeSavedAreNotReset(t *testing.T) {
	l := newLab(t)
	if err := os.WriteFile(filepath.Join(l.state, "kdeck"), nil, 0o600); err != nil { // a file where the folder would be
		t.Fatal(err)
	}
	s := l.open(t, 80, 24, false)
	s.WaitFor("2 chosen").Type("enter").WaitFor("its log start").Type("enter").WaitFor("lag after").Type("enter")
	s.WaitFor("type the name").Type("billing", "enter").WaitFor("nothing was written", "save the old offsets", "4 confirm")
	l.expect("orders/0=40", "orders/1=50")
}

func TestALostClusterLeavesTheWizardAsItIs(t *testing.T) {
	l := newLabIn(t, kafkatest.Config{Faults: true}, "billing")
	s := l.open(t, 80, 24, false)
	s.WaitFor("2 chosen")
	for b := range int32(3) {
		l.cluster.Embedded.Cut(b, true)
	}
	s.Type("enter").WaitFor("its log start").Type("enter").WaitFor("no plan", "esc goes back")
	for b := range int32(3) {
		l.cluster.Embedded.Cut(b, false)
	}
	s.Type("r").WaitFor("lag after", "replays 90 records")
	s.Type("esc").WaitFor("its log start").Type("esc").WaitFor("3 partitions, 2 chosen")
}

func TestResizeOnEveryStep(t *testing.T) {
	l := newLab(t)
	s := l.open(t, 160, 48, false)
	steps := []struct {
		key  string
		want string
	}{{"", "2 chosen"}, {"enter", "its log start"}, {"enter", "lag after"}, {"enter", "type the name"}}
	for _, step := range steps {
		if step.key != "" {
			s.Type(step.key)
		}
		s.WaitFor(step.want)
		for _, size := range [][2]int{{60, 15}, {300, 80}, {20, 5}, {80, 24}} {
			s.Resize(size[0], size[1])
		}
		s.WaitFor(step.want)
	}
}

func TestNamesAreMadeHarmless(t *testing.T) {
	l := newLabOf(t, "kasse 支払\x1b[31m")
	s := l.open(t, 80, 24, false)
	s.WaitFor("2 chosen", "kasse 支払␛[31m").Type("enter").WaitFor("its log start").Type("enter").WaitFor("lag after").Type("enter")
	s.WaitFor("type the name").Type("kasse").WaitFor("not yet the name")
	s.Paste(" 支払␛[31m").WaitFor("enter writes 2 offsets").Type("enter").WaitFor("2 done")
	l.expect("orders/0=0", "orders/1=0")
}

func TestWhatFailedCanBePlannedAgain(t *testing.T) {
	broker, err := kfake.NewCluster(kfake.NumBrokers(1))
	if err != nil {
		t.Fatal(err)
	}
	defer broker.Close()
	bare, err := kgo.NewClient(kgo.SeedBrokers(broker.ListenAddrs()...))
	if err != nil {
		t.Fatal(err)
	}
	defer bare.Close()
	for topic, partitions := range map[string]int32{"orders": 3, "users": 1} {
		if _, err := kadm.NewClient(bare).CreateTopic(t.Context(), partitions, 1, nil, topic); err != nil {
			t.Fatal(err)
		}
	}
	l := newLabOn(t, broker.ListenAddrs(), "billing")
	s := l.open(t, 160, 48, false)
	s.WaitFor("2 chosen").Type("enter").WaitFor("its log start")
	s.Type("down", "down", "down", "down", "10").WaitFor("goes ahead by 10").Type("enter").WaitFor("lag after", "50", "60").Type("enter")
	s.WaitFor("type the name").Type("billing").WaitFor("enter writes 2")
	broker.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.OffsetCommit}, Partitions: []int32{1}, Err: kerr.InvalidCommitOffsetSize})
	s.Type("enter").WaitFor("1 refused", "1 done", "INVALID_COMMIT_OFFSET_SIZE")
	l.expect("orders/0=50", "orders/1=50")
	s.Type("n").WaitFor("shift-by +10: skips 10 records on 1 partition", "60").Type("enter")
	s.WaitFor("type the name").Type("billing", "enter").WaitFor("1 done").WaitGone("failed")
	l.expect("orders/0=50", "orders/1=60")
}

func TestMouse(t *testing.T) {
	l := newLab(t)
	s := l.open(t, 80, 24, false)
	s.WaitFor("3 partitions, 2 chosen")
	const row1 = 6 // under the shell's two lines, the steps, the state, the titles and row 0
	s.Click(10, row1).WaitFor("orders/1 holds").Click(10, row1).WaitFor("1 chosen")
	s.Type("enter").WaitFor("its log start").ClickOn("shift ").WaitFor("shift by:", "as in -100")
}

// openUndo starts the console on the undo of the group.
func (l *lab) openUndo(t *testing.T, w, h int, readOnly bool) *tuitest.Screen {
	t.Helper()
	return l.openOn(t, "undo-reset "+l.group, w, h, readOnly)
}

// resetTo resets the group without the wizard.
func (l *lab) resetTo(how reset.Strategy) {
	l.Helper()
	client, err := admin.New(kafka.Config{Name: "lab", StateDir: filepath.Join(l.state, "kdeck"), Opts: []kgo.Opt{kgo.SeedBrokers(l.addrs...)}})
	if err != nil {
		l.Fatal(err)
	}
	defer client.Close()
	scope := reset.Scope{Topics: map[string][]int32{"orders": nil}}
	facts, err := client.Groups.ResetFacts(l.ctx, l.group, scope, how)
	if err != nil {
		l.Fatal(err)
	}
	plan, err := reset.Make(facts, scope, how)
	if err != nil {
		l.Fatal(err)
	}
	if result, err := change.Run(l.ctx, client, client.Groups.Reset(plan)); err != nil || result.Err() != nil {
		l.Fatal(err, result.Err())
	}
}

func TestUndo(t *testing.T) {
	for _, size := range [][2]int{{60, 15}, {80, 24}, {160, 48}} {
		t.Run(fmt.Sprintf("%dx%d", size[0], size[1]), func(t *testing.T) {
			l := newLab(t)
			l.resetTo(reset.Strategy{Kind: reset.ToLatest})
			l.resetTo(reset.Strategy{Kind: reset.ToEarliest})
			l.expect("orders/0=0", "orders/1=0", "orders/2=0")
			s := l.openUndo(t, size[0], size[1], false)
			s.WaitFor("1 saved state", "2 saved states of this cluster", "to-earliest", "to-latest", "Empty")
			s.Type("enter").WaitFor("2 preview", "undo-reset", "skips 300 records", "100")
			s.Type("esc").WaitFor("1 saved state").Type("down").WaitFor("before to-latest").Type("enter")
			s.WaitFor("2 preview", "skips 90 records", "on 3 partitions of 1 topic", "1 commit deleted", "deletes it")
			l.expect("orders/0=0", "orders/1=0", "orders/2=0")
			s.Type("enter").WaitFor("type the name of the group").Type("billing").WaitFor("enter writes 3 offsets")
			s.Type("enter").WaitFor("4 result", "3 done", "old offsets:")
			l.expect("orders/0=40", "orders/1=50")
			s.Type("u").WaitFor("3 saved states of this cluster", "undo-reset") // which can be undone
			s.Type("enter").WaitFor("2 preview", "replays 90 records")
		})
	}
}

func TestUndoOfAnActiveGroupWaitsUntilItIsEmpty(t *testing.T) {
	l := newLab(t)
	l.resetTo(reset.Strategy{Kind: reset.ToEarliest})
	member := l.join(kgo.ConsumerGroup("billing"), kgo.ConsumeTopics("orders"), kgo.ClientID("till-7"), kgo.DisableAutoCommit())
	if err := member.PollRecords(l.ctx, 1).Err(); err != nil {
		t.Fatal(err)
	}
	s := l.openUndo(t, 80, 24, false)
	s.WaitFor("1 member", "till-7 on 127.0.0.1", "kdeck is watching", "to-earliest")
	s.Type("enter").WaitFor("the group is active; stop its 1 consumer first", "1 saved state")
	member.CloseAllowingRebalance()
	s.WaitFor("can go on").Type("enter").WaitFor("2 preview", "skips 90 records")
}

func TestUndoWithoutASavedState(t *testing.T) {
	l := newLab(t)
	s := l.openUndo(t, 80, 24, false)
	s.WaitFor("nothing was reset here", "Empty").Type("enter").WaitFor("there is no saved state to put back")
}

func TestUndoInAReadOnlyContextGoesNoFurtherThanThePreview(t *testing.T) {
	l := newLab(t)
	l.resetTo(reset.Strategy{Kind: reset.ToEarliest})
	s := l.openUndo(t, 80, 24, true)
	s.WaitFor("Empty", "to-earliest").Type("enter").WaitFor("2 preview", "skips 90 records")
	s.Type("enter").WaitFor("read-only", "2 preview")
	l.expect("orders/0=0", "orders/1=0", "orders/2=0")
}

func TestALogStartThatMovedStopsTheWrite(t *testing.T) {
	l := newLab(t)
	s := l.open(t, 80, 24, false)
	s.WaitFor("2 chosen").Type("enter").WaitFor("its log start").Type("down").WaitFor("its log end").Type("enter").WaitFor("lag after").Type("enter")
	s.WaitFor("type the name").Type("billing").WaitFor("enter writes")
	deleted := make(kadm.Offsets)
	deleted.AddOffset("orders", 1, 20, -1)
	if _, err := l.adm.DeleteRecords(l.ctx, deleted); err != nil {
		t.Fatal(err)
	}
	s.Type("enter").WaitFor("orders/1: the log started at 0, starts at 20", "esc shows a new one")
	l.expect("orders/0=40", "orders/1=50")
}

func TestThePreviewTellsTimesSumsAndWhatIsLeftAlone(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, {160, 48}} {
		t.Run(fmt.Sprintf("%dx%d", size[0], size[1]), func(t *testing.T) {
			l := newLab(t)
			offsets := make(kadm.Offsets)
			offsets.AddOffset("orders", 0, 30, -1)
			if err := l.adm.CommitAllOffsets(l.ctx, "audit", offsets); err != nil {
				t.Fatal(err)
			}
			s := l.open(t, size[0], size[1], false)
			s.WaitFor("2 chosen").Type("enter").WaitFor("its log start")
			for range 8 {
				s.Type("down")
			}
			s.WaitFor("group:").Type("audit").WaitFor("where audit is")
			s.Type("enter").WaitFor("from-group audit: replays 10 records", "the record at 30 is of 2026-03-01 12:30:00", "left alone (1)")
			if size[0] == 160 {
				s.WaitFor("record of (UTC)")
			}
			s.Type("tab").WaitFor("lag before", "orders: 1 partition, 1 offset written")
			s.Type("tab").WaitFor("orders/1: audit has no commit there")
			s.Type("tab").WaitFor("the record at 30")
			s.Type("esc").WaitFor("group: audit").Type("esc").WaitFor("1 partitions").Type("enter").WaitFor("group: audit")
			for range 7 {
				s.Type("up")
			}
			s.WaitFor("its log end").Type("enter").WaitFor("there is no record at 100 yet")
		})
	}
}

func TestAFileIsReadWithThePreview(t *testing.T) {
	l := newLab(t)
	path := filepath.Join(l.state, "plan.csv")
	s := l.open(t, 80, 24, false)
	s.WaitFor("2 chosen").Type("enter").WaitFor("its log start")
	for range 7 {
		s.Type("down")
	}
	s.WaitFor("file:").Paste(path)
	s.WaitFor("where the file says").Type("enter").WaitFor("no plan", "no such file")
	if err := os.WriteFile(path, []byte("orders,0,7\nusers,0,3\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s.Type("r").WaitFor("replays 33 records", "left alone (1)", "the file also has offsets of 1 partition")
	s.Type("esc").WaitFor("file:").Type("up", "PT1H").WaitFor("duration: PT1H", "UTC, 1h")
}

func TestAShareGroupGoesToItsTargetsOnly(t *testing.T) {
	l := newLabOf(t, "workers")
	if _, err := l.adm.DeleteGroups(l.ctx, "workers"); err != nil {
		t.Fatal(err)
	}
	member := l.join(kgo.ShareGroup("workers"), kgo.ConsumeTopics("orders"))
	ctx, cancel := context.WithTimeout(l.ctx, 2*time.Second)
	defer cancel()
	member.PollFetches(ctx) // which makes it a member; there is nothing to read after the end
	member.Close()
	ends := make(kadm.Offsets)
	for p := range int32(3) {
		ends.AddOffset("orders", p, 100, -1)
	}
	for { // until the member has left: Kafka sets start offsets when records are acknowledged
		set, err := l.adm.AlterShareGroupOffsets(l.ctx, "workers", ends)
		if err == nil && set.Error() == nil {
			break
		}
		if l.ctx.Err() != nil {
			l.Fatal(err, set.Error())
		}
	}
	s := l.open(t, 80, 24, false)
	s.WaitFor("Empty", "3 partitions, 3 chosen").Type("enter").WaitFor("its log start")
	s.Type("down", "down", "5").WaitFor("a share group has no commits")
	s.Type("up", "up").WaitFor("its log start").Type("enter").WaitFor("to-earliest", "replays 300 records").Type("enter")
	s.WaitFor("type the name").Type("workers", "enter").WaitFor("3 done")
}

package e2e

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kdeck/kdeck/kafka/kafkatest"
	"github.com/kdeck/kdeck/tui/tuitest"
)

// The journeys of the four jobs, with the real program on a real
// pseudo-terminal, in the two sizes that people have.

var sizes = []struct{ w, h int }{{80, 24}, {160, 48}}

func eachSize(t *testing.T, journey func(t *testing.T, w, h int)) {
	for _, size := range sizes {
		t.Run(fmt.Sprintf("%dx%d", size.w, size.h), func(t *testing.T) {
			t.Parallel()
			journey(t, size.w, size.h)
		})
	}
}

// open runs kdeck with folders of its own.
func open(t *testing.T, w, h int, args ...string) *tuitest.Screen {
	t.Helper()
	return openKeeping(t, t.TempDir(), w, h, args...)
}

// openKeeping is open with the state in a folder that the test looks into.
func openKeeping(t *testing.T, state string, w, h int, args ...string) *tuitest.Screen {
	t.Helper()
	cmd := exec.Command("kdeck", args...)
	cmd.Env = append(os.Environ(),
		"XDG_CONFIG_HOME="+t.TempDir(), "XDG_DATA_HOME="+t.TempDir(), "XDG_STATE_HOME="+state)
	return tuitest.Exec(t, cmd, w, h)
}

// leave presses q and wants a clean end with the terminal given back.
func leave(t *testing.T, s *tuitest.Screen) {
	t.Helper()
	if err := s.Type("q").WaitEnd(); err != nil {
		t.Errorf("kdeck ended with %v", err)
	}
	if s.FullScreen() {
		t.Error("the terminal was not given back")
	}
}

func TestJourneyLaunchALocalCluster(t *testing.T) {
	eachSize(t, func(t *testing.T, w, h int) {
		s := open(t, w, h, "local", "--demo", "--ephemeral", "--port", "0")
		s.WaitFor("local", "3 brokers up", "3 of 3 up", "partitions are in sync")
		s.Type("2").WaitFor("orders", "clickstream", "customer-profiles", "in sync")
		s.Type("3").WaitFor("order-fulfilment", "fraud-detection", "verdict")
		if w > 80 { // the narrower size has no room for the type
			s.WaitFor("consumer", "share")
		}
		s.Type("4").WaitFor("127.0.0.1:")
		s.Type("1").WaitFor("Most lag")
		leave(t, s)
	})
}

func TestJourneyLaunchFromTheStartPage(t *testing.T) {
	s := open(t, 80, 24)
	s.WaitFor("Launch a local cluster", "Attach to a cluster")
	s.Type("l").WaitFor("3 brokers up")
	leave(t, s)
}

// lab is a cluster with one topic of three partitions with ten records each, and
// a group that has read four of each.
func lab(t *testing.T) (*kafkatest.Cluster, *kadm.Client) {
	t.Helper()
	return labOn(t, kafkatest.Config{})
}

// labOn is lab on another kind of cluster, of three brokers or one.
func labOn(t *testing.T, cfg kafkatest.Config) (*kafkatest.Cluster, *kadm.Client) {
	t.Helper()
	cluster := kafkatest.Start(t, cfg)
	opts, err := cluster.Context(kafkatest.Root, kafkatest.Mechanisms[0]).Options(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	client, err := kgo.NewClient(append(opts, kgo.RecordPartitioner(kgo.ManualPartitioner()))...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	admin := kadm.NewClient(client)
	cluster.Create(3, int16(len(cluster.Servers)), nil, "invoices")
	var records []*kgo.Record
	var committed kadm.Offsets
	for p := range int32(3) {
		for n := range 10 {
			value := fmt.Sprintf(`{"invoice":"i-%d-%d","paid":%v}`, p, n, n%2 == 0)
			records = append(records, &kgo.Record{Topic: "invoices", Partition: p, Key: fmt.Appendf(nil, "key-%d", n), Value: []byte(value)})
		}
		committed.Add(kadm.Offset{Topic: "invoices", Partition: p, At: 4, LeaderEpoch: -1})
	}
	if err := client.ProduceSync(ctx, records...).FirstErr(); err != nil {
		t.Fatal(err)
	}
	if err := admin.CommitAllOffsets(ctx, "billing", committed); err != nil {
		t.Fatal(err)
	}
	return cluster, admin
}

func TestJourneyAttachToACluster(t *testing.T) {
	eachSize(t, func(t *testing.T, w, h int) {
		cluster, _ := lab(t)
		s := open(t, w, h, "attach", strings.Join(cluster.Servers, ","), "--read-only")
		s.WaitFor("READ-ONLY", "3 brokers up", "3 of 3 up")
		s.Type("2").WaitFor("parts", "invoices", "30").Type("/", "invoices", "enter", "enter").WaitFor("topics › invoices", "Partitions", "Configuration")
		s.Type("esc", "3").WaitFor("billing", "18")
		s.Type("o").WaitFor("read-only")
		cluster.Stall(true)
		s.Type("2").WaitFor("STALE", "invoices")
		cluster.Stall(false)
		s.WaitGone("STALE").WaitFor("invoices")
		leave(t, s)
	})
}

func TestJourneyTailMessages(t *testing.T) {
	eachSize(t, func(t *testing.T, w, h int) {
		cluster, admin := lab(t)
		s := open(t, w, h, "attach", cluster.Servers[0])
		s.WaitFor("3 brokers up").Type(":").Type("tail invoices", "enter")
		s.WaitFor("tail invoices", "at the end", "30 held")
		if err := writeInvoice(t, cluster, "arrives while looking"); err != nil {
			t.Fatal(err)
		}
		s.WaitFor("arrives while looking")
		s.Type("/", "i-1-4", "enter").WaitFor("/i-1-4", "1 found", "i-1-4")
		s.Type("enter").WaitFor("invoices/1 @4", "key-4", `"invoice": "i-1-4"`)
		s.Type("y").WaitUntil("the clipboard", func(string) bool { return s.Clipboard() == `{"invoice":"i-1-4","paid":true}` })
		s.Type("esc", "esc", "esc").WaitFor("overview")
		leave(t, s)
		groups, err := admin.ListGroups(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if len(groups) != 1 {
			t.Errorf("looking made groups: %v", groups.Groups())
		}
	})
}

func writeInvoice(t *testing.T, cluster *kafkatest.Cluster, value string) error {
	client, err := kgo.NewClient(kgo.SeedBrokers(cluster.Servers...), kgo.DefaultProduceTopic("invoices"))
	if err != nil {
		return err
	}
	defer client.Close()
	return client.ProduceSync(t.Context(), kgo.StringRecord(value)).FirstErr()
}

func TestJourneyResetOffsets(t *testing.T) {
	eachSize(t, func(t *testing.T, w, h int) {
		cluster, admin := lab(t)
		s := open(t, w, h, "attach", cluster.Servers[0])
		s.WaitFor("3 brokers up").Type("3").WaitFor("1 group ", "billing")
		s.Type("o").WaitFor("reset offsets of billing", "invoices", "4")
		s.Type("enter").WaitFor("earliest", "latest")
		s.Type("enter").WaitFor("replays 4", "invoices")
		s.Type("enter").WaitFor("type the name of the group")
		s.Type("billin", "enter").WaitFor("billin")
		s.Type("g", "enter").WaitFor("3 done")
		wantEarliest(t, admin)
		leave(t, s)
	})
}

// resetToEarliest goes through the wizard, from the list of groups.
func resetToEarliest(s *tuitest.Screen) {
	s.Type("o").WaitFor("reset offsets of billing", "3 chosen").Type("enter").WaitFor("earliest", "latest")
	s.Type("enter").WaitFor("replays 4").Type("enter").WaitFor("type the name of the group")
	s.Type("billing", "enter").WaitFor("3 done")
}

// wantEarliest wants the group of the lab at the start of every partition.
func wantEarliest(t *testing.T, admin *kadm.Client) {
	t.Helper()
	offsets, err := admin.FetchOffsets(t.Context(), "billing")
	if err != nil {
		t.Fatal(err)
	}
	for p := range int32(3) {
		if o, ok := offsets.Lookup("invoices", p); !ok || o.At != 0 {
			t.Errorf("invoices/%d is committed at %d after a reset to earliest", p, o.At)
		}
	}
}

// TestSignalsGiveTheTerminalBack ends kdeck as a shell or an init system does.
func TestSignalsGiveTheTerminalBack(t *testing.T) {
	for _, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP} {
		t.Run(sig.String(), func(t *testing.T) {
			cmd := exec.Command("kdeck", "local", "--ephemeral", "--port", "0", "--brokers", "1")
			s := tuitest.Exec(t, cmd, 80, 24)
			s.WaitFor("1 broker up")
			if err := cmd.Process.Signal(sig); err != nil {
				t.Fatal(err)
			}
			if err := s.WaitEnd(); err != nil {
				t.Errorf("kdeck ended with %v", err)
			}
			if s.FullScreen() {
				t.Error("the terminal was not given back")
			}
		})
	}
}

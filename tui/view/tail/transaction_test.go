package tail_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// begin writes the records of a transaction, which its client may end.
func (l *lab) begin(t *testing.T, id string, batch ...*kgo.Record) *kgo.Client {
	t.Helper()
	cl, err := kgo.NewClient(kgo.SeedBrokers(l.Servers...), kgo.TransactionalID(id), kgo.TransactionTimeout(10*time.Minute), kgo.RecordPartitioner(kgo.ManualPartitioner()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cl.Close)
	if err := cl.BeginTransaction(); err != nil {
		t.Fatal(err)
	}
	if err := cl.ProduceSync(t.Context(), batch...).FirstErr(); err != nil {
		t.Fatal(err)
	}
	return cl
}

// TestTransactionsAreTold shows how the transaction of each record has ended, and
// leaves out what was not committed when only that is read.
func TestTransactionsAreTold(t *testing.T) {
	for _, size := range sizes {
		t.Run(fmt.Sprint(size[0]), func(t *testing.T) {
			l := newLab(t)
			l.create(t, "orders", 1)
			for id, end := range map[string]kgo.TransactionEndTry{"good": kgo.TryCommit, "bad": kgo.TryAbort} {
				cl := l.begin(t, id, &kgo.Record{Topic: "orders", Value: []byte(id + " one")})
				if err := cl.EndTransaction(t.Context(), end); err != nil {
					t.Fatal(err)
				}
			}
			l.write(t, &kgo.Record{Topic: "orders", Key: []byte("deleted")})
			open := l.begin(t, "open", &kgo.Record{Topic: "orders", Value: []byte("open one")})
			s := l.open(t, "tail orders - earliest", size[0], size[1])
			s.WaitFor("6 held", "  good one", "✗ aborted  bad one", "◌ not committed  open one", "null (tombstone)",
				"── transaction committed", "── transaction aborted")
			s.Type("i").WaitFor("2 held", "good one", "null (tombstone)", "committed only").WaitGone("bad one", "open one", "──")
			if err := open.EndTransaction(t.Context(), kgo.TryCommit); err != nil {
				t.Fatal(err)
			}
			s.WaitFor("3 held", "  open one").WaitGone("not committed")
			s.Type("/", "one", "enter").WaitFor("2 found", "good one", "  open one").WaitGone("bad one")
			s.Type("esc", "i").WaitFor("7 held", "✗ aborted  bad one", "  open one").WaitGone("not committed", "committed only")
		})
	}
}

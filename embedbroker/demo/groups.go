package demo

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// group is one demo consumer group.
type group struct {
	name     string
	topic    string
	members  int
	perPoll  int           // records that a member takes at most in one poll
	pause    time.Duration // what a member waits after a poll, as if it worked
	nextGen  bool          // speaks KIP-848
	share    bool          // a share group (KIP-932)
	stopsAt  int           // records after which the member leaves for good; 0: never
	strict   bool          // chokes on the first record that is not JSON
	silent   bool          // never commits
	stable   bool          // reads with isolation.level=read_committed
	rereads  time.Duration // goes back to the start so often; 0: never
	instance bool          // static membership (KIP-345)
}

// groups is who reads the demo's shop.
func groups() []group {
	return []group{
		{name: "order-fulfilment", topic: "orders", members: 2, perPoll: 1000},
		// clickstream brings 400 records a second; this group takes about 200.
		{name: "clickstream-analytics", topic: "clickstream", members: 2, perPoll: 50, pause: 500 * time.Millisecond},
		{name: "invoice-mailer", topic: "orders", members: 1, perPoll: 50, stopsAt: 200},
		{name: "payment-ledger", topic: "payments", members: 4, perPoll: 100, instance: true},
		{name: "fraud-detection", topic: "payments", members: 2, perPoll: 100, nextGen: true},
		{name: "stock-sync", topic: "inventory-updates", members: 1, perPoll: 40, pause: time.Second},
		// thumbnails brings 10 records a second; this group takes about 6.
		{name: "thumbnail-worker", topic: "thumbnails", members: 1, perPoll: 3, pause: 500 * time.Millisecond},
		{name: "payment-export", topic: "payments", members: 1, perPoll: 20, strict: true},
		{name: "live-dashboard", topic: "app-logs", members: 1, perPoll: 1000, silent: true},
		{name: "ledger-posting", topic: ledger, members: 1, perPoll: 100, stable: true, nextGen: true},
		{name: "price-index", topic: "inventory-updates", members: 1, perPoll: 50, pause: time.Second, rereads: 5 * time.Minute},
		{name: "log-workers", topic: "app-logs", members: 2, perPoll: 100, share: true},
	}
}

// consume is the life of one member: read, commit, work, until ctx ends or the
// member has read enough.
func (t *Traffic) consume(ctx context.Context, g group, member int) {
	life, end := outlive(ctx, leaveTime)
	defer end()
	client, err := t.client(append(g.options(member), kgo.WithContext(life))...)
	if err != nil { // the options are ours, so they are valid
		panic(fmt.Sprintf("demo group %s: %v", g.name, err))
	}
	defer client.Close()
	back := time.Now().Add(g.rereads)
	for read := 0; ; {
		fetches := client.PollRecords(ctx, g.perPoll)
		if ctx.Err() != nil {
			return
		}
		read += fetches.NumRecords()
		records, choked := fetches.Records(), false
		if g.strict {
			records, choked = valid(records)
		}
		if !g.share && !g.silent {
			// A commit that fails is made good by the next one.
			_ = client.CommitRecords(ctx, records...)
		}
		if choked { // and stays in the group, like a consumer that tries again and again
			<-ctx.Done()
			return
		}
		if g.rereads > 0 && time.Now().After(back) {
			back = time.Now().Add(g.rereads)
			goBack(ctx, client)
		}
		if g.stopsAt > 0 && read >= g.stopsAt {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(g.pause):
		}
	}
}

// valid returns the records before the first one that is not JSON, and whether there
// is one.
func valid(records []*kgo.Record) (before []*kgo.Record, choked bool) {
	i := slices.IndexFunc(records, func(r *kgo.Record) bool { return !json.Valid(r.Value) })
	if i < 0 {
		return records, false
	}
	return records[:i], true
}

// goBack reads everything again, from the start of each partition.
func goBack(ctx context.Context, client *kgo.Client) {
	start := client.CommittedOffsets()
	for _, partitions := range start {
		for p := range partitions {
			partitions[p] = kgo.EpochOffset{Epoch: -1, Offset: 0}
		}
	}
	client.SetOffsets(start)
	client.CommitOffsetsSync(ctx, start, nil)
}

// leaveTime bounds how long a member takes to leave its group. One that is in the
// middle of joining would wait for the others, who are gone, until the rebalance
// times out.
const leaveTime = 400 * time.Millisecond

// outlive returns a context that ends a while after its parent.
func outlive(parent context.Context, by time.Duration) (context.Context, context.CancelFunc) {
	ctx, end := context.WithCancel(context.WithoutCancel(parent))
	context.AfterFunc(parent, func() { time.AfterFunc(by, end) })
	return ctx, end
}

func (g group) options(member int) []kgo.Opt {
	id := fmt.Sprintf("%s-%d", g.name, member+1)
	opts := []kgo.Opt{
		kgo.ClientID(id),
		kgo.ConsumeTopics(g.topic),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
	}
	if g.share {
		return append(opts, kgo.ShareGroup(g.name))
	}
	opts = append(opts, kgo.ConsumerGroup(g.name), kgo.DisableAutoCommit())
	if g.stable {
		opts = append(opts, kgo.FetchIsolationLevel(kgo.ReadCommitted()))
	}
	if g.nextGen {
		opts = append(opts, kgo.ServerSideBalancer(), kgo.Balancers(kgo.StickyBalancer()))
	}
	if g.instance {
		opts = append(opts, kgo.InstanceID(id))
	}
	return opts
}

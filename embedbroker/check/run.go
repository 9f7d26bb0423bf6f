package check

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
	"golang.org/x/sync/errgroup"
)

// Fault is something that is done to a cluster, which works again when Do returns.
type Fault struct {
	Name string
	Do   func(ctx context.Context) error
}

// Config says what to check.
type Config struct {
	Addrs    func() []string // bootstrap servers, as they are at the moment
	Replicas int16           // of the topics; 0 means 1
	Faults   []Fault         // one after the other, by chance
	Between  time.Duration   // at most, from one fault to the next
	Network  Network         // of all clients but those that read in the end
	Duration time.Duration   // of the faults
	Patience time.Duration   // with one request of a client
	Log      func(format string, args ...any)
	// Seed makes the order of the faults the same again.
	Seed uint64
}

// Run breaks a cluster while clients use it, and returns which promises were broken.
func Run(ctx context.Context, cfg Config) ([]string, error) {
	c := &clients{cfg: cfg, history: new(History)}
	if err := c.prepare(ctx); err != nil {
		return nil, fmt.Errorf("prepare the topics: %w", err)
	}
	using, stop := context.WithCancel(ctx)
	defer stop()
	var users errgroup.Group
	for id := range partitions {
		users.Go(func() error { return c.write(using, id) })
	}
	for id := range 2 {
		users.Go(func() error { return c.transact(using, id) })
	}
	users.Go(func() error { return c.commit(using) })
	users.Go(func() error { return c.topics(using) })
	users.Go(func() error { return c.read(using) })
	breaking := c.breakIt(ctx)
	stop()
	if err := users.Wait(); err != nil {
		return nil, err
	}
	if breaking != nil {
		return nil, breaking
	}
	cfg.Log("%s", c.history.Counts())
	final, err := c.final(ctx)
	if err != nil {
		return nil, fmt.Errorf("read everything back: %w", err)
	}
	return Judge(c.history, final), nil
}

// breakIt does the faults until the time is over.
func (c *clients) breakIt(ctx context.Context) error {
	by := rand.New(rand.NewPCG(c.cfg.Seed, 0))
	end := time.Now().Add(c.cfg.Duration)
	for time.Now().Before(end) {
		pause(ctx, time.Duration(by.Int64N(int64(c.cfg.Between))))
		f := c.cfg.Faults[by.IntN(len(c.cfg.Faults))]
		c.cfg.Log("fault: %s", f.Name)
		if err := f.Do(ctx); err != nil {
			return fmt.Errorf("%s: %w", f.Name, err)
		}
	}
	return ctx.Err()
}

func (c *clients) prepare(ctx context.Context) error {
	cl, err := kgo.NewClient(kgo.SeedBrokers(c.cfg.Addrs()...))
	if err != nil {
		return err
	}
	defer cl.Close()
	_, err = kadm.NewClient(cl).CreateTopics(ctx, partitions, max(c.cfg.Replicas, 1), nil, writesTopic, txnsTopic)
	return err
}

// final reads back all that the cluster holds.
func (c *clients) final(ctx context.Context) (*Final, error) {
	cl, err := kgo.NewClient(kgo.SeedBrokers(c.cfg.Addrs()...))
	if err != nil {
		return nil, err
	}
	defer cl.Close()
	adm := kadm.NewClient(cl)
	f := &Final{Offsets: make(map[string]int64), Topics: make(map[string]int)}
	topics, err := adm.ListTopics(ctx)
	if err != nil {
		return nil, err
	}
	for name, t := range topics {
		f.Topics[name] = len(t.Partitions)
	}
	for _, group := range []string{"commits", "x0", "x1"} {
		offsets, err := adm.FetchOffsets(ctx, group)
		if err != nil {
			return nil, err
		}
		offsets.Each(func(o kadm.OffsetResponse) { f.Offsets[group] = max(f.Offsets[group], o.At) })
	}
	if f.All, err = c.readBack(ctx, kgo.ReadUncommitted(), writesTopic, txnsTopic); err != nil {
		return nil, err
	}
	f.Committed, err = c.readBack(ctx, kgo.ReadCommitted(), txnsTopic)
	return f, err
}

// readBack reads topics from their start to what is their end now.
func (c *clients) readBack(ctx context.Context, level kgo.IsolationLevel, topics ...string) (map[string][]Record, error) {
	cl, err := kgo.NewClient(kgo.SeedBrokers(c.cfg.Addrs()...), kgo.ConsumeTopics(topics...), kgo.FetchIsolationLevel(level),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.KeepControlRecords(), kgo.FetchMaxWait(200*time.Millisecond))
	if err != nil {
		return nil, err
	}
	defer cl.Close()
	adm := kadm.NewClient(cl)
	ends, err := adm.ListEndOffsets(ctx, topics...)
	if err != nil {
		return nil, err
	}
	left := make(map[string]int64)
	ends.Each(func(o kadm.ListedOffset) {
		if o.Offset > 0 {
			left[partitionName(o.Topic, o.Partition)] = o.Offset
		}
	})
	stable, err := adm.ListCommittedOffsets(ctx, topics...)
	if err != nil {
		return nil, err
	}
	stable.Each(func(o kadm.ListedOffset) {
		if name := partitionName(o.Topic, o.Partition); left[name] > o.Offset {
			err = fmt.Errorf("%s: the last stable offset is %d before the end %d: a transaction is open for ever", name, o.Offset, left[name])
		}
	})
	if err != nil {
		return nil, err
	}
	records := make(map[string][]Record)
	last := newProgress(ctx)
	defer last.stop()
	for len(left) > 0 {
		fetches := cl.PollFetches(last.ctx)
		if last.ctx.Err() != nil {
			return nil, fmt.Errorf("nothing comes any more, %v are not read to their ends", left)
		}
		fetches.EachPartition(func(p kgo.FetchTopicPartition) {
			name := partitionName(p.Topic, p.Partition)
			p.EachRecord(func(r *kgo.Record) {
				last.made()
				if !r.Attrs.IsControl() {
					records[name] = append(records[name], Record{r.Offset, string(r.Value)})
				}
				if r.Offset+1 >= left[name] {
					delete(left, name)
				}
			})
		})
	}
	return records, nil
}

// silence is how long reading may bring nothing.
const silence = 30 * time.Second

// progress ends its context when nothing has been made for long.
type progress struct {
	ctx   context.Context
	stop  context.CancelFunc
	timer *time.Timer
}

func newProgress(ctx context.Context) *progress {
	ctx, cancel := context.WithCancel(ctx)
	return &progress{ctx, cancel, time.AfterFunc(silence, cancel)}
}

func (p *progress) made() { p.timer.Reset(silence) }

package records

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"runtime"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kdeck/kdeck/kafka"
)

const (
	// scanBytes bounds what fetches bring into memory at a time, over all brokers;
	// it is what makes the memory of a scan bounded.
	scanBytes = 96 << 20
	// scanFetch is what one fetch brings at most: larger ones are no faster.
	scanFetch = 8 << 20
	// scanRetry is the time before a partition is asked for again that could not
	// be read.
	scanRetry = 500 * time.Millisecond
)

// scan finds the wanted records of a range of offsets, side by side on all
// brokers. It fetches by itself rather than by a consumer, since a consumer takes
// every record apart: here that is done only where a match may be.
type scan struct {
	client  *kafka.Conn
	conn    *kgo.Client
	query   Query
	stops   map[int32]int64
	out     chan sifted
	sifters chan *sifter // those that nobody uses
	large   *largeBatches
	cancel  context.CancelFunc
	wg      sync.WaitGroup

	mu       sync.Mutex
	log      kafka.TopicLog  // as last seen
	next     map[int32]int64 // the next offset to fetch
	problems map[int32]error // what stands in the way, by leader
	lookErr  error           // of the last look at the topic
	at       time.Time       // when the cluster last answered
}

// sifted is what was found in a part of a partition, before the offset next, which
// is 0 when it says nothing of that; or why the scan cannot go on.
type sifted struct {
	partition  int32
	next       int64
	records    []*kgo.Record
	looked     int64
	missed     missed
	note       string
	unreadable error
}

// newScan begins to scan from starts to stops.
func newScan(client *kafka.Conn, q Query, log kafka.TopicLog, starts, stops map[int32]int64) (*scan, error) {
	large, err := newLargeBatches(q.batchBytes())
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	workers := make(chan *sifter, runtime.GOMAXPROCS(0))
	for range cap(workers) {
		worker, err := newSifter(q.Filter, maskingOf(ctx, client, q.Topic), large)
		if err != nil {
			cancel()
			return nil, err
		}
		workers <- worker
	}
	conn, err := client.NewConsumer()
	if err != nil {
		cancel()
		return nil, err
	}
	s := &scan{
		client: client, conn: conn, query: q, stops: stops, log: log,
		next: maps.Clone(starts), out: make(chan sifted, 1), sifters: workers, large: large, cancel: cancel,
		problems: make(map[int32]error), at: time.Now(),
	}
	s.wg.Go(func() { s.run(ctx) })
	return s, nil
}

func (s *scan) close() {
	s.cancel()
	s.wg.Wait()
	s.conn.Close()
}

// take waits for the next part. The error is io.EOF at the end, that of ctx, or
// why the scan cannot go on.
func (s *scan) take(ctx context.Context) (sifted, error) {
	select {
	case <-ctx.Done():
		return sifted{}, ctx.Err()
	case part, ok := <-s.out:
		switch {
		case !ok:
			return sifted{}, io.EOF
		case part.unreadable != nil:
			return sifted{}, part.unreadable
		}
		return part, nil
	}
}

// status tells when the cluster last answered, and what stands in the way, or nil.
func (s *scan) status() (at time.Time, problem error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	problem = s.lookErr
	for _, err := range s.problems {
		problem = err
	}
	return s.at, problem
}

// run gives the partitions to their leaders until all are scanned. A partition
// that a leader could not read comes back, and is given to whoever leads it then.
func (s *scan) run(ctx context.Context) {
	defer close(s.out)
	back := make(chan []int32)
	var leaders sync.WaitGroup
	defer leaders.Wait()
	waiting := s.left()
	for busy := 0; len(waiting) > 0 || busy > 0; {
		for leader, partitions := range s.byLeader(waiting) {
			busy++
			leaders.Go(func() {
				left := s.scanLeader(ctx, leader, partitions)
				select {
				case back <- left:
				case <-ctx.Done():
				}
			})
		}
		select {
		case <-ctx.Done():
			return
		case waiting = <-back:
			busy--
		}
		if len(waiting) == 0 {
			continue
		}
		if pause(ctx, scanRetry) != nil {
			return
		}
		if err := s.look(ctx); err != nil {
			s.send(ctx, sifted{unreadable: err})
			return
		}
	}
}

// left returns the partitions that are not scanned to their stops.
func (s *scan) left() []int32 {
	s.mu.Lock()
	defer s.mu.Unlock()
	var left []int32
	for p, next := range s.next {
		if next < s.stops[p] {
			left = append(left, p)
		}
	}
	return left
}

// byLeader groups partitions by who leads them; -1 is nobody.
func (s *scan) byLeader(partitions []int32) map[int32][]int32 {
	s.mu.Lock()
	defer s.mu.Unlock()
	by := make(map[int32][]int32)
	for _, p := range partitions {
		by[s.log.Leaders[p]] = append(by[s.log.Leaders[p]], p)
	}
	return by
}

// look asks who leads and where the logs start now. An error is one that no
// waiting helps against.
func (s *scan) look(ctx context.Context) error {
	log, err := s.client.TopicLog(ctx, s.query.Topic)
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case ctx.Err() != nil:
		return nil
	case errors.Is(err, kerr.UnknownTopicOrPartition):
		return fmt.Errorf("read topic %s: it was deleted meanwhile", s.query.Topic)
	case err != nil:
		s.lookErr = err
		return nil
	case log.ID != s.log.ID || len(log.Ends) < len(s.log.Ends):
		return fmt.Errorf("read topic %s: it was deleted and created again meanwhile", s.query.Topic)
	}
	s.log, s.lookErr = log, log.Partial
	return nil
}

func (s *scan) send(ctx context.Context, part sifted) bool {
	select {
	case <-ctx.Done():
		return false
	case s.out <- part:
		return true
	}
}

package embedbroker

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/kdeck/kdeck/embedbroker/gate"
	"github.com/kdeck/kdeck/embedbroker/repair"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// transactions is what the cluster adds to the engine's transactions, so that they
// are whole after kill -9. The engine ends a transaction partition by partition and
// keeps the offsets that it commits in memory: how it ends is written down first
// (repair.Decision), and repair completes it.
type transactions struct {
	kfake   *kfake.Cluster
	engines []*engineConn // by broker
	// engineOf is the engine's broker that knows a transactional id.
	engineOf func(broker int32, txid string) int32
	lists    bool // the engine lists transactions (KIP-664); an old Kafka does not

	mu     sync.Mutex // held while a transaction is ended or a producer initialised
	closed bool
	path   string
	log    *os.File
	size   int64 // of the log

	stagedMu sync.Mutex
	staged   map[int64]*stagedOffsets // by producer id
}

// stagedOffsets are the offsets that a transaction commits when it is committed.
type stagedOffsets struct {
	epoch   int16
	offsets map[stagedKey]repair.Staged
}

type stagedKey struct {
	group, topic string
	partition    int32
}

// openTransactions opens the log of decisions, which repair has emptied if anything
// was left to do.
func openTransactions(dir string) (*transactions, error) {
	path := filepath.Join(dir, repair.DecisionsFile)
	f, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, err
	}
	return &transactions{path: path, log: f, staged: make(map[int64]*stagedOffsets)}, nil
}

// handlers are the requests about transactions that a broker answers after the
// decision is written down, or one after the other.
func (t *transactions) handlers(broker int32) map[int16]gate.Handler {
	return map[int16]gate.Handler{
		int16(kmsg.EndTxn): func(req kmsg.Request) (kmsg.Response, kmsg.Request, error) {
			end := req.(*kmsg.EndTxnRequest)
			return t.end(t.coordinator(broker, end.TransactionalID), end)
		},
		int16(kmsg.InitProducerID): func(req kmsg.Request) (kmsg.Response, kmsg.Request, error) {
			begin := req.(*kmsg.InitProducerIDRequest)
			if begin.TransactionalID == nil {
				return nil, nil, nil
			}
			return t.initProducer(t.coordinator(broker, *begin.TransactionalID), begin)
		},
	}
}

// coordinator is the engine's broker that answers for a transactional id what is
// asked at broker, which may stand in for another one.
func (t *transactions) coordinator(broker int32, txid string) *engineConn {
	return t.engines[t.engineOf(broker, txid)]
}

// maxDecisions is the size from which on the log is emptied, when nothing is pending.
const maxDecisions = 1 << 20

func (t *transactions) end(engine *engineConn, req *kmsg.EndTxnRequest) (kmsg.Response, kmsg.Request, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return nil, nil, errClosing
	}
	d := repair.Decision{
		TxID: req.TransactionalID, PID: req.ProducerID, Epoch: req.ProducerEpoch, Commit: req.Commit,
		Fence: req.Version >= 5, // KIP-890
		Time:  time.Now().UnixMilli(),
	}
	if req.Commit {
		d.Offsets = t.offsetsOf(req.ProducerID, req.ProducerEpoch)
	}
	if err := t.note(d); err != nil {
		resp := req.ResponseKind().(*kmsg.EndTxnResponse)
		resp.ErrorCode = kerr.KafkaStorageError.Code
		return resp, nil, nil
	}
	answer, err := engine.ask(req)
	if err != nil {
		return nil, nil, err
	}
	if err := t.note(repair.Decision{PID: d.PID, Epoch: d.Epoch, Done: true}); err != nil {
		return nil, nil, err // repair finds nothing left to do
	}
	if answer.(*kmsg.EndTxnResponse).ErrorCode == 0 {
		t.forget(req.ProducerID)
	}
	if t.size > maxDecisions {
		if err := t.shorten(); err != nil {
			return nil, nil, err
		}
	}
	return answer, nil, nil
}

// shorten begins the log anew with what is still open. The lock is held.
func (t *transactions) shorten() error {
	var open []byte
	t.stagedMu.Lock()
	for pid, s := range t.staged {
		raw, err := repair.Decision{PID: pid, Epoch: s.epoch, Open: true}.Encode()
		if err != nil {
			t.stagedMu.Unlock()
			return err
		}
		open = append(open, raw...)
	}
	t.stagedMu.Unlock()
	path := t.path
	f, err := os.OpenFile(path+".tmp", os.O_CREATE|os.O_TRUNC|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	if _, err = f.Write(open); err == nil {
		err = os.Rename(path+".tmp", path)
	}
	if err != nil {
		return errors.Join(err, f.Close())
	}
	old := t.log
	t.log, t.size = f, int64(len(open))
	return old.Close()
}

// note appends to the log of decisions.
func (t *transactions) note(d repair.Decision) error {
	raw, err := d.Encode()
	if err != nil {
		return err
	}
	n, err := t.log.Write(raw)
	t.size += int64(n)
	return err
}

// initProducer lets a producer that takes a transactional id over have an epoch two
// above the last, as in Kafka, which counts once for the abort and once for the
// newcomer. One above is what a transaction that has ended leaves behind (KIP-890),
// and so the engine would not fence the producer before.
func (t *transactions) initProducer(engine *engineConn, req *kmsg.InitProducerIDRequest) (kmsg.Response, kmsg.Request, error) {
	if req.TransactionalID == nil {
		return nil, nil, nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return nil, nil, errClosing
	}
	answer, err := engine.ask(req)
	if err != nil {
		return nil, nil, err
	}
	resp := answer.(*kmsg.InitProducerIDResponse)
	if resp.ErrorCode != 0 {
		return resp, nil, nil
	}
	if t.forget(resp.ProducerID) {
		if err := t.note(repair.Decision{PID: resp.ProducerID, Epoch: resp.ProducerEpoch, Done: true}); err != nil {
			return nil, nil, err
		}
	}
	if req.ProducerID >= 0 || resp.ProducerEpoch == 0 {
		return resp, nil, nil
	}
	bumped, err := bump(engine, *req.TransactionalID, req.TransactionTimeoutMillis, resp.ProducerID, resp.ProducerEpoch)
	if err != nil {
		return nil, nil, err
	}
	resp.ErrorCode, resp.ProducerID, resp.ProducerEpoch = bumped.ErrorCode, bumped.ProducerID, bumped.ProducerEpoch
	return resp, nil, nil
}

// bump raises the epoch of a producer; its open transaction is aborted (KIP-360).
func bump(engine *engineConn, txid string, timeout int32, pid int64, epoch int16) (*kmsg.InitProducerIDResponse, error) {
	req := kmsg.NewPtrInitProducerIDRequest()
	req.Version = 4 // since v3 with the id and the epoch (KIP-360)
	req.TransactionalID, req.TransactionTimeoutMillis = &txid, timeout
	req.ProducerID, req.ProducerEpoch = pid, epoch
	answer, err := engine.ask(req)
	if err != nil {
		return nil, err
	}
	return answer.(*kmsg.InitProducerIDResponse), nil
}

// amendTxnOffsetCommit notes the offsets that the engine has taken into a
// transaction, and on disk, before the client learns of the first of them, that there
// are some.
func (t *transactions) amendTxnOffsetCommit(r kmsg.Request, a kmsg.Response) error {
	req := r.(*kmsg.TxnOffsetCommitRequest)
	if !t.stage(req, a.(*kmsg.TxnOffsetCommitResponse)) {
		return nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.note(repair.Decision{PID: req.ProducerID, Epoch: req.ProducerEpoch, Open: true})
}

// stage keeps the offsets that were taken, and reports whether they are the first of
// their transaction.
func (t *transactions) stage(req *kmsg.TxnOffsetCommitRequest, resp *kmsg.TxnOffsetCommitResponse) (first bool) {
	type place struct {
		topic     string
		id        [16]byte
		partition int32
	}
	refused := make(map[place]bool)
	for i := range resp.Topics {
		for _, p := range resp.Topics[i].Partitions {
			refused[place{resp.Topics[i].Topic, resp.Topics[i].TopicID, p.Partition}] = p.ErrorCode != 0
		}
	}
	t.stagedMu.Lock()
	defer t.stagedMu.Unlock()
	s := t.staged[req.ProducerID]
	if s == nil || s.epoch != req.ProducerEpoch {
		s = &stagedOffsets{epoch: req.ProducerEpoch, offsets: make(map[stagedKey]repair.Staged)}
	}
	for i := range req.Topics {
		topic := &req.Topics[i]
		name := topic.Topic
		if topic.TopicID != [16]byte{} { // since v6
			info := t.kfake.TopicIDInfo(topic.TopicID)
			if info == nil {
				continue // deleted meanwhile
			}
			name = info.Topic
		}
		for _, p := range topic.Partitions {
			if refused[place{topic.Topic, topic.TopicID, p.Partition}] {
				continue
			}
			first = first || t.staged[req.ProducerID] != s
			t.staged[req.ProducerID] = s
			s.offsets[stagedKey{req.Group, name, p.Partition}] = repair.Staged{
				Group: req.Group, Topic: name, Partition: p.Partition,
				Offset: p.Offset, LeaderEpoch: p.LeaderEpoch, Metadata: p.Metadata,
			}
		}
	}
	return first
}

// offsetsOf returns the offsets that a transaction commits.
func (t *transactions) offsetsOf(pid int64, epoch int16) []repair.Staged {
	t.stagedMu.Lock()
	defer t.stagedMu.Unlock()
	s := t.staged[pid]
	if s == nil || s.epoch != epoch {
		return nil
	}
	offsets := make([]repair.Staged, 0, len(s.offsets))
	for _, o := range s.offsets {
		offsets = append(offsets, o)
	}
	return offsets
}

// forget drops the offsets of a transaction that has ended, and reports whether there
// were any.
func (t *transactions) forget(pid int64) bool {
	t.stagedMu.Lock()
	defer t.stagedMu.Unlock()
	_, ok := t.staged[pid]
	delete(t.staged, pid)
	return ok
}

// serves learns what the engine serves.
func (t *transactions) serves(keys []kmsg.ApiVersionsResponseApiKey) {
	t.lists = slices.ContainsFunc(keys, func(k kmsg.ApiVersionsResponseApiKey) bool { return k.ApiKey == int16(kmsg.ListTransactions) })
}

// close aborts what is open, so that its markers are in the log before the engine
// stops; nothing begins or ends afterwards. What it cannot list is aborted at the
// next start (transactionsOpen).
func (t *transactions) close() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.closed = true
	if err := t.abortAll(); err != nil {
		return fmt.Errorf("abort the open transactions: %w", err)
	}
	return t.log.Close()
}

func (t *transactions) abortAll() error {
	if !t.lists {
		return nil
	}
	list := kmsg.NewPtrListTransactionsRequest()
	list.StateFilters = []string{"Ongoing"}
	answer, err := t.engines[0].ask(list)
	if err != nil {
		return err
	}
	for _, tx := range answer.(*kmsg.ListTransactionsResponse).TransactionStates {
		engine := t.engines[t.kfake.CoordinatorFor(tx.TransactionalID)]
		describe := kmsg.NewPtrDescribeTransactionsRequest()
		describe.TransactionalIDs = []string{tx.TransactionalID}
		answer, err := engine.ask(describe)
		if err != nil {
			return err
		}
		for _, s := range answer.(*kmsg.DescribeTransactionsResponse).TransactionStates {
			if s.ErrorCode != 0 || s.State != "Ongoing" {
				continue
			}
			if _, err := bump(engine, s.TransactionalID, s.TimeoutMillis, s.ProducerID, s.ProducerEpoch); err != nil {
				return err
			}
		}
	}
	return nil
}

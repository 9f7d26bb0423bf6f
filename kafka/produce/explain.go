package produce

import (
	"context"
	"errors"
	"fmt"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/model"
)

// refusal marks an error in words that came before anything was sent, and notSent
// any other one.
type (
	refusal struct{ error }
	notSent struct{ error }
)

func (e refusal) Unwrap() error { return e.error }
func (e notSent) Unwrap() error { return e.error }

// outcome tells what an error means for the record. What the broker refused is not
// stored; all else may be.
func outcome(err error) model.Outcome {
	var own refusal
	var local notSent
	var refused *kerr.Error
	switch {
	case errors.As(err, &own), errors.As(err, &local), errors.Is(err, kgo.ErrMaxBuffered), errors.Is(err, kgo.ErrAborting):
		return model.Refused
	case errors.Is(err, kerr.RequestTimedOut), errors.Is(err, kerr.NotEnoughReplicasAfterAppend):
		return model.Unknown // the leader may have it, or has it
	case errors.As(err, &refused):
		return model.Refused
	}
	return model.Unknown
}

// advice is what to do about an error of a broker. Kafka's documentation of the
// Produce API lists the errors.
func advice(code int16) string {
	switch code {
	case kerr.NotEnoughReplicas.Code:
		return "bring the brokers with its replicas back, or lower min.insync.replicas; acks 1 would write to the leader alone, and may lose it"
	case kerr.NotEnoughReplicasAfterAppend.Code:
		return "the leader has stored it, and it is confirmed once replicas are back; sending it again stores it twice"
	case kerr.InvalidRecord.Code:
		return "a compacted topic takes no record without a key; the broker's log says what else is wrong"
	case kerr.InvalidTimestamp.Code:
		return "the topic limits how far timestamps may be from now: message.timestamp.before.max.ms and message.timestamp.after.max.ms"
	case kerr.UnknownTopicOrPartition.Code, kerr.UnknownTopicID.Code:
		return "the topic was deleted meanwhile, or is so new that not every broker knows it; try again"
	case kerr.PolicyViolation.Code:
		return "a policy of the cluster forbids it; ask who runs it"
	case kerr.UnsupportedCompressionType.Code:
		return "the broker is too old for this compression; choose another"
	case kerr.UnsupportedForMessageFormat.Code:
		return "the topic keeps an old message format, which has no headers and no idempotent producers"
	case kerr.KafkaStorageError.Code:
		return "the disk of the leader fails; look at its log, and at its log dirs"
	case kerr.NotLeaderForPartition.Code, kerr.LeaderNotAvailable.Code:
		return "the partition has no leader at this time; look at its replicas, and try again"
	case kerr.RequestTimedOut.Code:
		return "replicas did not confirm it in time; it may be stored"
	case kerr.ProducerFenced.Code, kerr.InvalidProducerEpoch.Code:
		return "the transaction was open for longer than its timeout, or another producer uses the same transactional.id"
	case kerr.ConcurrentTransactions.Code:
		return "an earlier transaction of the same transactional.id is still being ended; try again"
	case kerr.InvalidTransactionTimeout.Code:
		return "the cluster allows less: transaction.max.timeout.ms"
	}
	return ""
}

// explain says in words why a message could not be written.
func (p *Producer) explain(m Message, partition int32, err error) error {
	what := "write to topic " + p.to.Topic
	if partition >= 0 {
		what = fmt.Sprintf("write to partition %d of topic %s", partition, p.to.Topic)
	}
	var own refusal
	var local notSent
	var refused *kerr.Error
	stored := "it may be stored"
	if errors.As(err, &local) {
		stored = "it was not sent"
	}
	switch {
	case errors.As(err, &own):
		return own.error
	case errors.Is(err, kerr.MessageTooLarge), errors.Is(err, kerr.RecordListTooLarge):
		next := "compress it, or raise that"
		if p.opts.compresses() {
			next = "it is too large compressed as well: raise that, or send less"
		}
		return kafka.Worded(tooLarge(p.to, m, next).Error(), err)
	case errors.As(err, &refused):
		err = kafka.Explain(what, p.needs(refused), err)
		if next := advice(refused.Code); next != "" {
			return fmt.Errorf("%w; %s", err, next)
		}
		return err
	case errors.Is(err, context.Canceled):
		return kafka.Worded(fmt.Sprintf("%s: stopped before the answer came; %s", what, stored), err)
	case errors.Is(err, kgo.ErrRecordRetries), errors.Is(err, context.DeadlineExceeded):
		return kafka.Worded(fmt.Sprintf("%s: %s has not confirmed it within %s; %s. Is the broker up and reachable?",
			what, p.leader(partition), p.opts.timeout(), stored), err)
	}
	return kafka.Explain(what, "", err)
}

// leader is the broker that leads a partition, in words.
func (p *Producer) leader(partition int32) string {
	if partition < 0 || int(partition) >= len(p.to.Leaders) || p.to.Leaders[partition] < 0 {
		return "the leader"
	}
	return fmt.Sprintf("broker %d, its leader,", p.to.Leaders[partition])
}

// needs is the right that a producer lacks.
func (p *Producer) needs(err *kerr.Error) string {
	switch err.Code {
	case kerr.TransactionalIDAuthorizationFailed.Code:
		return "Write on TransactionalId:" + p.opts.Transaction
	case kerr.ClusterAuthorizationFailed.Code: // of an idempotent producer that may write nowhere (KIP-679)
		return "Write on Topic:" + p.to.Topic + ", and before Kafka 2.8 IdempotentWrite on Cluster"
	}
	return "Write on Topic:" + p.to.Topic
}

// explainTransaction says in words why a transaction could not be ended.
func explainTransaction(id string, err error) error {
	var refused *kerr.Error
	what := "end transaction " + id
	if errors.As(err, &refused) {
		if next := advice(refused.Code); next != "" {
			return fmt.Errorf("%w; %s", kafka.Explain(what, "", err), next)
		}
	}
	return kafka.Explain(what, "Write on TransactionalId:"+id, err)
}

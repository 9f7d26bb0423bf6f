// Package produce writes records to a topic: one that a person has written, a
// stream of them, or records that are sent again. What cannot be stored is told in
// words, with what to do next, and everything that was written is noted in the
// audit log, by count and place and without keys and values.
package produce

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// Acks says how many replicas must have a record before the broker confirms it.
type Acks string

// The choices of acks.
const (
	All    Acks = "all" // all that are in sync, and at least min.insync.replicas
	Leader Acks = "1"   // the leader alone: lost when that fails before it is copied
	None   Acks = "0"   // nobody: the broker does not answer, and nobody learns of a loss
)

// ParseAcks reads acks as Kafka's configuration writes it.
func ParseAcks(s string) (Acks, error) {
	switch s {
	case "all", "-1":
		return All, nil
	case "1", "0":
		return Acks(s), nil
	}
	return "", fmt.Errorf("acks %q: want all, 1 or 0", s)
}

func (a Acks) option() kgo.Opt {
	switch a {
	case Leader:
		return kgo.RequiredAcks(kgo.LeaderAck())
	case None:
		return kgo.RequiredAcks(kgo.NoAck())
	}
	return kgo.RequiredAcks(kgo.AllISRAcks())
}

// Compression is a codec for batches of records. The zero value is none.
type Compression string

// Compressions returns the codecs by Kafka's names for them.
func Compressions() []Compression { return []Compression{"none", "gzip", "snappy", "lz4", "zstd"} }

// ParseCompression reads the name of a codec; "" is none.
func ParseCompression(s string) (Compression, error) {
	if s == "" {
		return "none", nil
	}
	var names []string
	for _, c := range Compressions() {
		if s == string(c) {
			return c, nil
		}
		names = append(names, string(c))
	}
	return "", fmt.Errorf("compression %q: want one of %s", s, strings.Join(names, ", "))
}

func (c Compression) codec() kgo.CompressionCodec {
	switch c {
	case "gzip":
		return kgo.GzipCompression()
	case "snappy":
		return kgo.SnappyCompression()
	case "lz4":
		return kgo.Lz4Compression()
	case "zstd":
		return kgo.ZstdCompression()
	}
	return kgo.NoCompression()
}

// Options says how records are written.
type Options struct {
	Acks        Acks        // All when empty
	Compression Compression // none when empty
	// Idempotent lets the broker drop what is sent twice, so that a retry neither
	// repeats a record nor changes the order (KIP-98). It takes acks all.
	Idempotent bool
	// Transaction is a transactional.id: all records become visible to
	// read_committed consumers together, or none does. It takes Idempotent. A
	// producer that uses the same id at this time is fenced off.
	Transaction string
	// TransactionTimeout is how long the transaction may be open before the cluster
	// aborts it (transaction.timeout.ms), at most transaction.max.timeout.ms of the
	// brokers; 1 minute when zero. Readers of committed records wait that long when
	// kdeck is killed.
	TransactionTimeout time.Duration
	// Linger is how long a batch waits for more records; 0 sends at once.
	Linger time.Duration
	// Timeout is how long a record may take with all retries (delivery.timeout.ms),
	// from 1 second on; 10 seconds when zero.
	Timeout time.Duration
}

// Defaults are what Kafka's own producers use since 3.0 (KIP-679): acks all, and
// idempotent.
func Defaults() Options { return Options{Acks: All, Compression: "none", Idempotent: true} }

// Check says which options do not go together, or nil.
func (o Options) Check() error {
	switch {
	case o.Transaction != "" && !o.Idempotent:
		return errors.New("a transaction needs an idempotent producer")
	case o.Idempotent && o.Acks != All && o.Acks != "":
		return fmt.Errorf("an idempotent producer needs acks all, not %s", o.Acks)
	case o.Timeout != 0 && o.Timeout < time.Second:
		return fmt.Errorf("a timeout of %s: want 1s at least", o.Timeout)
	case o.TransactionTimeout != 0 && o.TransactionTimeout < time.Second:
		return fmt.Errorf("a transaction timeout of %s: want 1s at least", o.TransactionTimeout)
	}
	return nil
}

const (
	defaultTimeout = 10 * time.Second
	// retryEvery is the pause between tries at a record.
	retryEvery = time.Second
	// transactionTime is Kafka's default of transaction.timeout.ms.
	transactionTime = time.Minute
	// mostBuffered is how many bytes wait to be sent, besides one record of any size.
	mostBuffered = 64 << 20
)

func (o Options) compresses() bool { return o.Compression != "" && o.Compression != "none" }

func (o Options) timeout() time.Duration {
	if o.Timeout == 0 {
		return defaultTimeout
	}
	return o.Timeout
}

func (o Options) transactionTimeout() time.Duration {
	if o.TransactionTimeout == 0 {
		return transactionTime
	}
	return o.TransactionTimeout
}

// client is the options of the client that writes batches of so many bytes.
func (o Options) client(batchBytes int32) []kgo.Opt {
	opts := []kgo.Opt{
		o.Acks.option(),
		kgo.ProducerBatchCompression(o.Compression.codec()),
		kgo.ProducerLinger(o.Linger),
		kgo.ProducerBatchMaxBytes(batchBytes),
		kgo.MaxBufferedBytes(mostBuffered + int(batchBytes)),
		kgo.RecordPartitioner(newPartitioner()),
		kgo.ProduceRequestTimeout(min(o.timeout(), defaultTimeout)),
		kgo.RetryBackoffFn(func(int) time.Duration { return retryEvery }),
		// What is given up after so many tries says why; what runs into the timeout
		// does not. kgo's own timeout counts from the timestamp of a record, which may
		// be an old one: Producer.within is in its place.
		kgo.RecordRetries(int(o.timeout() / (2 * retryEvery))),
		kgo.UnknownTopicRetries(1), // it was there a moment ago
	}
	switch {
	case o.Transaction != "":
		return append(opts, kgo.TransactionalID(o.Transaction), kgo.TransactionTimeout(o.transactionTimeout()))
	case o.Idempotent:
		// Otherwise a record whose answer was lost would be tried for ever, since it
		// may be stored: that is told instead.
		return append(opts, kgo.AllowIdempotentProduceCancellation())
	}
	return append(opts, kgo.DisableIdempotentWrite())
}

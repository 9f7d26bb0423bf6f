package demo

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

const (
	ledgerEvery = 2 * time.Second
	// Every so many transactions, one stays open for longer, and whoever reads with
	// isolation.level=read_committed waits for it.
	longEvery = 15
	longOpen  = 20 * time.Second
)

// keepLedger writes entries to the ledger in transactions, until ctx ends.
func (t *Traffic) keepLedger(ctx context.Context) {
	life, end := outlive(ctx, leaveTime)
	defer end()
	client, err := t.client(kgo.ClientID("demo-ledger"), kgo.TransactionalID("demo-ledger"), kgo.WithContext(life))
	if err != nil { // the options are ours, so they are valid
		panic(fmt.Sprintf("demo ledger: %v", err))
	}
	defer client.Close()
	tick := time.NewTicker(ledgerEvery)
	defer tick.Stop()
	for n := 1; ; n++ {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if err := client.BeginTransaction(); err != nil {
			return // the producer is fenced: another one keeps the ledger now
		}
		for range 2 { // what is taken from one account is given to another
			client.Produce(life, entry(n), nil)
		}
		if n%longEvery == 0 {
			select {
			case <-ctx.Done():
			case <-time.After(longOpen):
			}
		}
		outcome := kgo.TryCommit
		if client.Flush(life) != nil || n%longEvery == 7 {
			outcome = kgo.TryAbort
		}
		_ = client.EndTransaction(life, outcome) // one that fails is aborted by the cluster in time
	}
}

func entry(n int) *kgo.Record {
	account := fmt.Sprintf("account-%02d", rand.IntN(40))
	r := keyed(account, map[string]any{"transfer": n, "account": account, "cents": rand.IntN(100_000) - 50_000})
	r.Topic = ledger
	return r
}

package demo

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// topic is one demo topic: its shape, and how records come to it.
type topic struct {
	name       string
	partitions int32
	configs    map[string]*string
	history    int           // records written when the topic is created
	every      time.Duration // time between two bursts; 0: nothing comes after the history
	burst      int           // records in one burst
	record     func(n int) *kgo.Record
}

func config(kv ...string) map[string]*string {
	m := make(map[string]*string)
	for i := 0; i < len(kv); i += 2 {
		m[kv[i]] = &kv[i+1]
	}
	return m
}

// topics is the demo's shop. High-rate topics keep little, so that a cluster
// that runs for weeks stays small on disk.
func topics() []topic {
	return []topic{
		{
			name: "orders", partitions: 6, configs: config("retention.ms", "86400000"),
			history: 600, every: 200 * time.Millisecond, burst: 3, record: order,
		},
		{
			name: "clickstream", partitions: 12,
			configs: config("retention.ms", "900000", "segment.ms", "300000", "retention.bytes", "16777216", "segment.bytes", "4194304"),
			history: 5000, every: 50 * time.Millisecond, burst: 20, record: click,
		},
		{
			name: "customer-profiles", partitions: 3, configs: config("cleanup.policy", "compact"),
			history: 300, every: 900 * time.Millisecond, burst: 1, record: profile,
		},
		{
			name: "app-logs", partitions: 4, configs: config("retention.ms", "3600000"),
			history: 800, every: 300 * time.Millisecond, burst: 4, record: logLine,
		},
		{
			name: "inventory-updates", partitions: 3, configs: config("cleanup.policy", "compact,delete", "retention.ms", "86400000"),
			history: 200, every: 15 * time.Second, burst: 400, record: stock,
		},
		{
			name: "payments", partitions: 2, configs: config("retention.ms", "604800000"),
			history: 250, every: time.Second, burst: 2, record: payment,
		},
		{
			name: "audit-archive", partitions: 1, configs: config("retention.ms", "-1"),
			history: 40, record: audit,
		},
		{
			name: "thumbnails", partitions: 1, configs: config("retention.ms", "3600000"),
			history: 50, every: 500 * time.Millisecond, burst: 5, record: thumbnail,
		},
		{name: ledger, partitions: 2, configs: config("retention.ms", "86400000")},
	}
}

// ledger is the topic that is written to in transactions.
const ledger = "ledger"

// fill writes the history of a topic that was just created, and waits until the
// cluster has it.
func (t topic) fill(ctx context.Context, producer *kgo.Client) error {
	records := make([]*kgo.Record, t.history)
	for n := range records {
		records[n] = t.next(n)
		// The past is spread over the last ten minutes.
		records[n].Timestamp = time.Now().Add(-time.Duration(t.history-n) * 10 * time.Minute / time.Duration(t.history))
	}
	return producer.ProduceSync(ctx, records...).FirstErr()
}

// produce writes bursts until ctx ends. Records that the cluster refuses are
// dropped: the next burst is due anyway.
func (t topic) produce(ctx context.Context, producer *kgo.Client) {
	if t.every == 0 {
		return
	}
	tick := time.NewTicker(t.every)
	defer tick.Stop()
	for n := t.history; ; {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		for range t.burst {
			producer.TryProduce(ctx, t.next(n), nil)
			n++
		}
	}
}

func (t topic) next(n int) *kgo.Record {
	r := t.record(n)
	r.Topic = t.name
	return r
}

func pick(words ...string) string { return words[rand.IntN(len(words))] }

// keyed makes a record with a JSON value.
func keyed(key string, value map[string]any, headers ...kgo.RecordHeader) *kgo.Record {
	b, err := json.Marshal(value)
	if err != nil { // a map of strings and numbers has no way to fail
		panic(err)
	}
	return &kgo.Record{Key: []byte(key), Value: b, Headers: headers}
}

func header(key, value string) kgo.RecordHeader {
	return kgo.RecordHeader{Key: key, Value: []byte(value)}
}

func customer() string { return fmt.Sprintf("customer-%03d", rand.IntN(200)) }

func order(n int) *kgo.Record {
	items := make([]map[string]any, 1+rand.IntN(3))
	total := 0
	for i := range items {
		cents := 499 + rand.IntN(9000)
		items[i] = map[string]any{"sku": fmt.Sprintf("SKU-%04d", rand.IntN(400)), "quantity": 1 + rand.IntN(4), "price_cents": cents}
		total += cents
	}
	who := customer()
	return keyed(who, map[string]any{
		"order_id":    fmt.Sprintf("o-%07d", n),
		"customer":    who,
		"status":      pick("placed", "placed", "placed", "paid", "shipped", "cancelled"),
		"items":       items,
		"total_cents": total,
		"currency":    pick("EUR", "EUR", "USD", "CHF"),
	}, header("source", pick("web", "app", "partner-api")), header("trace-id", fmt.Sprintf("%016x", rand.Uint64())))
}

func click(int) *kgo.Record {
	return keyed(fmt.Sprintf("session-%05d", rand.IntN(5000)), map[string]any{
		"page":  pick("/", "/search", "/product/1138", "/product/42", "/cart", "/checkout", "/account"),
		"agent": pick("mobile", "mobile", "desktop", "tablet"),
		"ms":    12 + rand.IntN(900),
		"ref":   pick("", "", "newsletter", "search", "social"),
	})
}

// profile is the latest state of a customer; now and then one asks to be
// forgotten, which is a record without a value: a tombstone.
func profile(n int) *kgo.Record {
	who := customer()
	if n%25 == 24 {
		return &kgo.Record{Key: []byte(who)}
	}
	return keyed(who, map[string]any{
		"name":    pick("Ada", "Grace", "Edsger", "Barbara", "Leslie", "Donald") + " " + pick("Müller", "Nakamura 中村", "O'Neil", "García", "Žižka"),
		"tier":    pick("basic", "silver", "gold"),
		"version": n,
	})
}

func logLine(int) *kgo.Record {
	level := pick("INFO ", "INFO ", "INFO ", "INFO ", "WARN ", "ERROR")
	line := fmt.Sprintf("%s %s [%s] %s took %d ms", time.Now().UTC().Format("2006-01-02T15:04:05.000Z"), level,
		pick("http-1", "http-2", "scheduler", "consumer-3"),
		pick("GET /api/orders", "POST /api/orders", "render cart", "refresh prices", "reserve stock"), 1+rand.IntN(400))
	return &kgo.Record{Value: []byte(line)}
}

func stock(int) *kgo.Record {
	sku := fmt.Sprintf("SKU-%04d", rand.IntN(400))
	return keyed(sku, map[string]any{"sku": sku, "warehouse": pick("BER", "ZRH", "OSL"), "on_hand": rand.IntN(250)})
}

// poison is the number of the payment that is not valid JSON: a record that
// stops consumers that trust their input.
const poison = 137

func payment(n int) *kgo.Record {
	if n == poison {
		return &kgo.Record{
			Key:     []byte("customer-013"),
			Value:   []byte(`{"payment_id": "p-0000137", "amount_cents": 12,99, "method": "card`),
			Headers: []kgo.RecordHeader{header("source", "legacy-gateway")},
		}
	}
	who := customer()
	return keyed(who, map[string]any{
		"payment_id":   fmt.Sprintf("p-%07d", n),
		"customer":     who,
		"amount_cents": 499 + rand.IntN(20000),
		"method":       pick("card", "card", "transfer", "invoice"),
		"captured":     rand.IntN(10) > 0,
	}, header("source", "gateway"))
}

func thumbnail(n int) *kgo.Record {
	return keyed(fmt.Sprintf("image-%06d", n), map[string]any{"width": 320, "format": pick("webp", "jpeg")})
}

func audit(n int) *kgo.Record {
	return keyed(fmt.Sprintf("user-%02d", rand.IntN(20)), map[string]any{"seq": n, "action": pick("login", "export", "role-change")})
}

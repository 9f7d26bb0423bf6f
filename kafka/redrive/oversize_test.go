package redrive_test

import (
	"bytes"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kdeck/kdeck/kafka/kafkatest"
	"github.com/kdeck/kdeck/kafka/records"
	"github.com/kdeck/kdeck/kafka/redrive"
)

// TestALargeBatchIsNotSent and counted as left out; within a higher bound it is sent
// as it is.
func TestALargeBatchIsNotSent(t *testing.T) {
	l := start(t, kafkatest.Config{})
	l.Create(1, 1, nil, "dlq", "orders")
	l.write(t, &kgo.Record{Topic: "dlq", Value: []byte("first")})
	gzip := l.newWriter(t, kgo.ProducerBatchCompression(kgo.GzipCompression()))
	large := bytes.Repeat([]byte("x"), 900<<10)
	if err := gzip.ProduceSync(t.Context(), &kgo.Record{Topic: "dlq", Value: large}).FirstErr(); err != nil {
		t.Fatal(err)
	}
	for _, bound := range []int{256 << 10, 0} {
		req := redrive.Request{Query: records.Query{Topic: "dlq", From: records.Start{Kind: records.Earliest}, BatchBytes: bound}, To: "orders", Options: redrive.Defaults()}
		plan, err := redrive.Count(t.Context(), l.client, req, &redrive.Meter{})
		if err != nil {
			t.Fatal(err)
		}
		matches, unlike := int64(1), int64(1)
		if bound == 0 {
			matches, unlike = 2, 0
		}
		if plan.Matches != matches || plan.Unlike != unlike || unlike > 0 && plan.WhyUnlike == nil {
			t.Errorf("within %d bytes %d match, %d are left out: %v", bound, plan.Matches, plan.Unlike, plan.WhyUnlike)
		}
		report, err := redrive.Run(t.Context(), l.client, plan, &redrive.Meter{}, nil)
		if err != nil || report.Stored != matches || !report.Complete() {
			t.Errorf("within %d bytes: %+v, %v", bound, report, err)
		}
	}
}

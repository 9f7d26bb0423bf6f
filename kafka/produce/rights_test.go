package produce_test

import (
	"strings"
	"testing"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/kafkatest"
	"github.com/kdeck/kdeck/kafka/model"
	"github.com/kdeck/kdeck/kafka/produce"
)

// TestAMissingRightIsNamed writes as a user who lacks one right for it, and wants
// to read which.
func TestAMissingRightIsNamed(t *testing.T) {
	cluster := kafkatest.Start(t, kafkatest.Config{Secure: true})
	cluster.Create(1, 3, nil, "orders")
	const describe, write, own = "Describe Topic:orders", "Write Topic:orders", "Write TransactionalId:kdeck-test"
	inTransaction := produce.Defaults()
	inTransaction.Transaction = "kdeck-test"
	for _, test := range []struct {
		name   string
		rights []string
		opts   produce.Options
		want   string // a part of the error; empty is stored
	}{
		{"nothing", nil, produce.Defaults(), "Describe on Topic:orders"},
		{"to look", []string{describe}, produce.Defaults(), "Write on Topic:orders"},
		{"to look, with acks 1", []string{describe}, produce.Options{Acks: produce.Leader}, "Write on Topic:orders"},
		{"to write", []string{describe, write}, produce.Defaults(), ""},
		{"no transaction", []string{describe, write}, inTransaction, "Write on TransactionalId:kdeck-test"},
		{"a transaction", []string{describe, write, own}, inTransaction, ""},
	} {
		cluster.Allow(kafkatest.Clerk, test.rights...)
		opts, err := cluster.Context(kafkatest.Clerk, kafkatest.Mechanisms[0]).Options(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		client, err := kafka.New(kafka.Config{Name: "test", StateDir: t.TempDir(), Opts: opts})
		if err != nil {
			t.Fatal(err)
		}
		stored, err := writeOne(t, client, test.opts)
		client.Close()
		switch {
		case test.want == "" && (err != nil || !stored):
			t.Errorf("%s: %v", test.name, err)
		case test.want != "" && (stored || err == nil || !strings.Contains(err.Error(), test.want)):
			t.Errorf("%s: stored %t, %v; want %q", test.name, stored, err, test.want)
		}
	}
}

// writeOne writes a record, and returns the first thing that is wrong.
func writeOne(t *testing.T, client *kafka.Conn, opts produce.Options) (stored bool, err error) {
	t.Helper()
	p, err := produce.Open(t.Context(), client, "orders", opts, "produce", nil)
	if err != nil {
		return false, err
	}
	r := p.Send(t.Context(), produce.Message{Partition: produce.AnyPartition, Value: []byte("v")})
	_, err = finish(t, p, true)
	if r.Err != nil {
		err = r.Err
	}
	return r.Outcome == model.Done && err == nil, err
}

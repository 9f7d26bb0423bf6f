package produce

import (
	"encoding/json"
	"testing"
	"time"
)

func TestOptionsAsJSON(t *testing.T) {
	want := Options{Acks: All, Compression: "zstd", Idempotent: true, Transaction: "t", TransactionTimeout: time.Minute, Linger: 5 * time.Millisecond, Timeout: 10 * time.Second}
	const text = `{"acks":"all","compression":"zstd","idempotent":true,"transaction":"t","transactionTimeoutMs":60000,"lingerMs":5,"timeoutMs":10000}`
	written, err := json.Marshal(want)
	if err != nil || string(written) != text {
		t.Errorf("%s, %v", written, err)
	}
	for _, text := range []string{
		text,
		// As the state of a redrive had it before.
		`{"Acks":"all","Compression":"zstd","Idempotent":true,"Transaction":"t","TransactionTimeout":60000000000,"Linger":5000000,"Timeout":10000000000}`,
	} {
		var got Options
		if err := json.Unmarshal([]byte(text), &got); err != nil || got != want {
			t.Errorf("%s: %+v, %v", text, got, err)
		}
	}
}

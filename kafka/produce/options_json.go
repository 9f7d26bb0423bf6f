package produce

import (
	"encoding/json"
	"time"
)

// optionsJSON is how options stand in the audit log and in the state of a redrive.
type optionsJSON struct {
	Acks                 Acks        `json:"acks,omitempty"`
	Compression          Compression `json:"compression,omitempty"`
	Idempotent           bool        `json:"idempotent"`
	Transaction          string      `json:"transaction,omitempty"`
	TransactionTimeoutMs int64       `json:"transactionTimeoutMs,omitempty"`
	LingerMs             int64       `json:"lingerMs,omitempty"`
	TimeoutMs            int64       `json:"timeoutMs,omitempty"`
}

// MarshalJSON writes times in milliseconds, with their unit in the name.
func (o Options) MarshalJSON() ([]byte, error) {
	return json.Marshal(optionsJSON{
		o.Acks, o.Compression, o.Idempotent, o.Transaction,
		o.TransactionTimeout.Milliseconds(), o.Linger.Milliseconds(), o.Timeout.Milliseconds(),
	})
}

// UnmarshalJSON reads what MarshalJSON writes, and what was written before it: the
// fields by their names in Go, whose times are nanoseconds. Names are compared without
// regard to case, so that those of one word are the same.
func (o *Options) UnmarshalJSON(data []byte) error {
	var read struct {
		optionsJSON
		TransactionTimeout, Linger, Timeout time.Duration
	}
	if err := json.Unmarshal(data, &read); err != nil {
		return err
	}
	or := func(milliseconds int64, before time.Duration) time.Duration {
		if milliseconds != 0 {
			return time.Duration(milliseconds) * time.Millisecond
		}
		return before
	}
	*o = Options{
		Acks: read.Acks, Compression: read.Compression, Idempotent: read.Idempotent, Transaction: read.Transaction,
		TransactionTimeout: or(read.TransactionTimeoutMs, read.TransactionTimeout),
		Linger:             or(read.LingerMs, read.Linger),
		Timeout:            or(read.TimeoutMs, read.Timeout),
	}
	return nil
}

package embedbroker_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/kdeck/kdeck/embedbroker"
	"github.com/twmb/franz-go/pkg/kgo"
)

func TestSettings(t *testing.T) {
	for _, tc := range []struct{ name, value, want string }{
		{"replica.lag.time.max.ms", "5000", ""},
		{"auto.leader.rebalance.enable", "false", ""},
		{"log.retention.ms", "-1", ""},
		{"auto.leader.rebalance.enable", "yes", "true or false"},
		{"replica.lag.time.max.ms", "soon", "a number of at least 1"},
		{"replica.lag.time.max.ms", "0", "a number of at least 1"},
		{"log.dirs", "/tmp", "it has auto.leader.rebalance.enable, broker.session"},
	} {
		cfg := embedbroker.Config{Brokers: 1, Ephemeral: true, Settings: map[string]string{tc.name: tc.value}}
		c, err := embedbroker.Start(cfg)
		if err == nil {
			if err := c.Close(); err != nil {
				t.Error(err)
			}
		}
		var setting *embedbroker.SettingError
		if (err == nil) != (tc.want == "") || err != nil && (!errors.As(err, &setting) || !strings.Contains(err.Error(), tc.want)) {
			t.Errorf("%s=%s: %v, want %q", tc.name, tc.value, err, tc.want)
		}
	}
}

// Retention runs as often as it is set to, and at once when it is asked for.
func TestRetentionBySettings(t *testing.T) {
	for name, check := range map[string]string{"by itself": "50", "at once": "3600000"} {
		t.Run(name, func(t *testing.T) {
			cfg := map[string]string{"log.retention.check.interval.ms": check, "log.retention.ms": "1000", "log.segment.bytes": "500"}
			l := startLab(t, embedbroker.Config{Brokers: 1, Settings: cfg})
			l.topic("t", 1, 1, 1)
			long := time.Now().Add(-time.Hour)
			for i := range 20 {
				r := &kgo.Record{Topic: "t", Value: []byte(fmt.Sprintf("%0100d", i)), Timestamp: long}
				l.do(l.cl.ProduceSync(l.ctx, r).FirstErr())
			}
			if name == "at once" {
				l.do(l.Clean())
			}
			l.until("true", func() string {
				starts, err := l.adm.ListStartOffsets(l.ctx, "t")
				l.do(err)
				o, _ := starts.Lookup("t", 0)
				return fmt.Sprint(o.Offset > 0)
			})
		})
	}
}

// Package faults injects faults by rule into what clients ask of a local
// cluster: an error code, a delay, or the end of the connection, for an API, a
// topic, a group, a client, for a share of the requests, for some time. It is
// for trying applications against what production will do to them.
package faults

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// Rule is what is done to which requests. Selectors that are left out match
// everything; a name that ends in * matches what begins so. A request that does
// not tell what a selector asks for does not match.
type Rule struct {
	ID     int           `json:"id"`               // given by Add
	API    string        `json:"api,omitempty"`    // Kafka's name, as in "Produce"
	Topic  string        `json:"topic,omitempty"`  //
	Group  string        `json:"group,omitempty"`  // or transactional id
	Client string        `json:"client,omitempty"` // client.id
	Broker *int32        `json:"broker,omitempty"`
	Error  string        `json:"error,omitempty"` // Kafka's name, as in "NOT_LEADER_OR_FOLLOWER"
	Delay  time.Duration `json:"delay,omitempty"` // of the answer
	Close  bool          `json:"close,omitempty"` // the connection, unanswered
	Rate   float64       `json:"rate,omitempty"`  // share of the requests, 0 < Rate ≤ 1; 0 means all
	For    time.Duration `json:"for,omitempty"`   // 0 means until it is removed
	Until  time.Time     `json:"until,omitzero"`  // set by Add from For
	Hits   int64         `json:"hits"`            // requests that it was done to
}

// Check returns what is wrong with a rule.
func (r *Rule) Check() error {
	if r.API != "" {
		if _, ok := apiKey(r.API); !ok {
			return fmt.Errorf("--api %s: Kafka has no such API; names are as in Produce, Fetch, Metadata, OffsetCommit", r.API)
		}
	}
	if r.Error != "" {
		if _, err := errorCode(r.Error); err != nil {
			return err
		}
	}
	ways := 0
	for _, on := range []bool{r.Error != "", r.Delay > 0, r.Close} {
		if on {
			ways++
		}
	}
	switch {
	case ways == 0:
		return errors.New("nothing to do: say --error NAME, --delay TIME or --close")
	case r.Close && r.Error != "":
		return errors.New("--close and --error: a connection that is closed answers nothing; say one of them")
	case r.Rate < 0 || r.Rate > 1:
		return fmt.Errorf("--rate %g%%: must be above 0%% and at most 100%%", r.Rate*100)
	case r.Delay < 0 || r.For < 0:
		return errors.New("--delay and --for must not be negative")
	case r.Error != "" && r.API == "":
		return errors.New("--error needs --api: each API has errors of its own")
	}
	return nil
}

// apiKey is the key of an API by its name, in any case.
func apiKey(name string) (int16, bool) {
	for key := int16(0); key <= kmsg.MaxKey; key++ {
		if strings.EqualFold(kmsg.NameForKey(key), name) || strings.EqualFold(kafkaName(key), name) {
			return key, true
		}
	}
	return 0, false
}

// kafkaName is Kafka's name of an API where kmsg has another one.
func kafkaName(key int16) string {
	switch kmsg.Key(key) {
	case kmsg.AlterPartitionAssignments:
		return "AlterPartitionReassignments"
	case kmsg.InitProducerID:
		return "InitProducerId"
	}
	return kmsg.NameForKey(key)
}

// errorCode is the code of an error by Kafka's name.
func errorCode(name string) (int16, error) {
	if strings.EqualFold(name, "NOT_LEADER_OR_FOLLOWER") { // since Kafka 2.6
		return kerr.NotLeaderForPartition.Code, nil
	}
	for code := int16(-1); code < 200; code++ {
		var e *kerr.Error
		if errors.As(kerr.ErrorForCode(code), &e) && e.Code == code && strings.EqualFold(e.Message, name) {
			return code, nil
		}
	}
	return 0, fmt.Errorf("--error %s: Kafka has no such error; names are as in NOT_LEADER_OR_FOLLOWER", name)
}

// Describe says in words what a rule does.
func (r *Rule) Describe() string {
	var b strings.Builder
	switch {
	case r.Close:
		b.WriteString("close the connection")
	case r.Error != "":
		b.WriteString("answer " + strings.ToUpper(r.Error))
	}
	if r.Delay > 0 {
		if b.Len() > 0 {
			b.WriteString(" after ")
		} else {
			b.WriteString("delay by ")
		}
		b.WriteString(r.Delay.String())
	}
	api := r.API
	if api == "" {
		api = "every API"
	}
	b.WriteString(" for " + api)
	for _, s := range []struct{ name, value string }{{"topic", r.Topic}, {"group", r.Group}, {"client", r.Client}} {
		if s.value != "" {
			fmt.Fprintf(&b, ", %s %s", s.name, s.value)
		}
	}
	if r.Broker != nil {
		fmt.Fprintf(&b, ", broker %d", *r.Broker)
	}
	if r.Rate > 0 && r.Rate < 1 {
		fmt.Fprintf(&b, ", %g%% of the requests", r.Rate*100)
	}
	return b.String()
}

// matches reports whether a name fits a selector.
func matches(selector, name string) bool {
	if prefix, ok := strings.CutSuffix(selector, "*"); ok {
		return strings.HasPrefix(name, prefix)
	}
	return selector == name
}

package e2e

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kdeck/kdeck/kafka/kafkatest"
)

// TestAgreeOnDescribe compares "kdeck groups describe" with kafka-consumer-groups
// --describe, column by column: the offsets, the members and the state of groups
// without members and of both protocols, with a member that reads nothing.
func TestAgreeOnDescribe(t *testing.T) {
	tools := kafkatest.NewTools(t)
	cluster := kafkatest.Start(t, kafkatest.Config{})
	seedAgreement(t, cluster)
	for group, opts := range map[string][]kgo.Opt{"busy": {kgo.Balancers(kgo.RangeBalancer())}, "next": {kgo.ServerSideBalancer()}} {
		for i := range 5 { // one more than there are partitions
			member, err := kgo.NewClient(append(opts, kgo.SeedBrokers(cluster.Servers...), kgo.ConsumerGroup(group), kgo.ConsumeTopics("orders"),
				kgo.ClientID(fmt.Sprintf("%s-%d", group, i)), kgo.DisableAutoCommit())...)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(member.CloseAllowingRebalance)
		}
		waitUntilShared(t, cluster, group)
	}
	for _, group := range []string{"billing", "late", "busy", "next"} {
		ran := tools.Run(cluster, "kafka-consumer-groups --describe --group "+group)
		var theirs, ours []string
		for _, r := range kafkatest.Columns(ran) {
			theirs = append(theirs, strings.Join([]string{
				r["GROUP"], r["TOPIC"], r["PARTITION"], r["CURRENT-OFFSET"], r["LOG-END-OFFSET"], r["LAG"],
				r["CONSUMER-ID"], strings.TrimPrefix(r["HOST"], "/"), r["CLIENT-ID"],
			}, " "))
		}
		for _, r := range described(t, cluster, group) {
			lag := r.cell("lag")
			if current, end := r["currentOffset"], r["logEndOffset"]; current != nil && end != nil && current.(float64) > end.(float64) {
				lag = cluster.Differs("lag-past-the-end", lag, fmt.Sprint(end.(float64)-current.(float64)))
			}
			ours = append(ours, r.cells("group", "topic", "partition", "currentOffset", "logEndOffset")+" "+lag+" "+r.cells("consumerId", "host", "clientId"))
		}
		agree(t, group+" --offsets", ours, theirs)

		theirs, ours = nil, nil
		for _, r := range kafkatest.Columns(tools.Try(cluster, "kafka-consumer-groups --describe --members --group "+group).Out) {
			theirs = append(theirs, strings.Join([]string{r["GROUP"], r["CONSUMER-ID"], strings.TrimPrefix(r["HOST"], "/"), r["CLIENT-ID"], r["#PARTITIONS"]}, " "))
		}
		for _, r := range described(t, cluster, group, "--members") {
			ours = append(ours, r.cells("group", "consumerId", "host", "clientId", "partitions"))
		}
		agree(t, group+" --members", ours, theirs)

		theirs, ours = nil, nil
		for _, r := range kafkatest.Columns(tools.Run(cluster, "kafka-consumer-groups --describe --state --group "+group)) {
			theirs = append(theirs, strings.Join([]string{r["GROUP"], r["(ID)"], r["STATE"], r["#MEMBERS"]}, " "))
		}
		for _, r := range described(t, cluster, group, "--state") {
			ours = append(ours, fmt.Sprintf("%s (%s) %s", r.cell("group"), r.cell("coordinator"), r.cells("state", "members")))
		}
		if group == "busy" || group == "next" { // else the tool's row has no assignor, and one word less
			agree(t, group+" --state", ours, theirs)
		}
	}
}

func agree(t *testing.T, what string, ours, theirs []string) {
	t.Helper()
	slices.Sort(ours)
	slices.Sort(theirs)
	if !slices.Equal(ours, theirs) {
		t.Errorf("%s: kdeck says\n%s\nkafka-consumer-groups says\n%s", what, strings.Join(ours, "\n"), strings.Join(theirs, "\n"))
	}
}

// describedRow is a row of "kdeck groups describe --output json", by its fields.
type describedRow map[string]any

// cell is what the table has for a field.
func (r describedRow) cell(field string) string {
	switch v := r[field].(type) {
	case nil:
		return "-"
	case string:
		if v == "" {
			return "-"
		}
		return v
	default:
		return fmt.Sprint(v)
	}
}

// cells is the cells of fields, separated by blanks.
func (r describedRow) cells(fields ...string) string {
	cells := make([]string, len(fields))
	for i, field := range fields {
		cells[i] = r.cell(field)
	}
	return strings.Join(cells, " ")
}

// described is the rows of "kdeck groups describe".
func described(t *testing.T, c *kafkatest.Cluster, args ...string) []describedRow {
	t.Helper()
	out, err := runKdeck(t, c, "groups describe --output json "+strings.Join(args, " "))
	if err != nil {
		t.Fatal(err)
	}
	var rows []describedRow
	if err := json.Unmarshal([]byte(out), &rows); err != nil {
		t.Fatal(err)
	}
	return rows
}

// waitUntilShared waits until four of five members read a partition of orders.
func waitUntilShared(t *testing.T, c *kafkatest.Cluster, group string) {
	t.Helper()
	late := time.After(time.Minute)
	for {
		reading, all := 0, 0
		state := described(t, c, "--all-groups", "--state")
		if i := slices.IndexFunc(state, func(r describedRow) bool { return r["group"] == group }); i >= 0 && state[i]["state"] == "Stable" {
			for _, m := range described(t, c, group, "--members") {
				all++
				if m.cell("partitions") == "1" {
					reading++
				}
			}
		}
		if reading == 4 && all == 5 {
			return
		}
		select {
		case <-late:
			t.Fatalf("%s: %d of %d members read", group, reading, all)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

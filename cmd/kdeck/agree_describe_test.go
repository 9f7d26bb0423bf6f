package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
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
		for _, r := range described[offsetRow](t, cluster, group) {
			cells := r.cells()[:9]
			for i, cell := range cells {
				cells[i] = orDash(cell)
			}
			if r.Current != nil && r.LogEnd != nil && *r.Current > *r.LogEnd {
				cells[5] = cluster.Differs("lag-past-the-end", cells[5], strconv.FormatInt(*r.LogEnd-*r.Current, 10))
			}
			ours = append(ours, strings.Join(cells, " "))
		}
		agree(t, group+" --offsets", ours, theirs)

		theirs, ours = nil, nil
		for _, r := range kafkatest.Columns(tools.Try(cluster, "kafka-consumer-groups --describe --members --group "+group).Out) {
			theirs = append(theirs, strings.Join([]string{r["GROUP"], r["CONSUMER-ID"], strings.TrimPrefix(r["HOST"], "/"), r["CLIENT-ID"], r["#PARTITIONS"]}, " "))
		}
		for _, r := range described[memberRow](t, cluster, group, "--members") {
			ours = append(ours, strings.Join(r.cells()[:5], " "))
		}
		agree(t, group+" --members", ours, theirs)

		theirs, ours = nil, nil
		for _, r := range kafkatest.Columns(tools.Run(cluster, "kafka-consumer-groups --describe --state --group "+group)) {
			theirs = append(theirs, strings.Join([]string{r["GROUP"], r["(ID)"], r["STATE"], r["#MEMBERS"]}, " "))
		}
		for _, r := range described[stateRow](t, cluster, group, "--state") {
			ours = append(ours, fmt.Sprintf("%s (%d) %s %s", r.Group, r.Coordinator, r.State, number(r.Members)))
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

// described is the rows of "kdeck groups describe".
func described[T any](t *testing.T, c *kafkatest.Cluster, args ...string) []T {
	t.Helper()
	var out bytes.Buffer
	cmd := newGroupsCommand(connectTo(c.Servers))
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	cmd.SetOut(&out)
	cmd.SetArgs(append([]string{"describe", "--output", "json"}, args...))
	if err := cmd.ExecuteContext(t.Context()); err != nil {
		t.Fatal(err)
	}
	var rows []T
	if err := json.Unmarshal(out.Bytes(), &rows); err != nil {
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
		state := described[stateRow](t, c, "--all-groups", "--state")
		if i := slices.IndexFunc(state, func(r stateRow) bool { return r.Group == group }); i >= 0 && state[i].State == "Stable" {
			for _, m := range described[memberRow](t, c, group, "--members") {
				all++
				if m.Partitions == 1 {
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

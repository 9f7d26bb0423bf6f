package e2e

import (
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kdeck/kdeck/kafka/kafkatest"
)

// Old clusters serve fewer requests, in older versions: what kdeck does there.

// oldKafkas are the last version of each of two times: before commits of many
// groups could be asked for at once (3.0, KIP-709), and before the new consumer
// protocol (4.0, KIP-848).
var oldKafkas = []string{"2.8", "3.9"}

func TestEveryScreenOnOldKafka(t *testing.T) {
	for _, version := range oldKafkas {
		volumes := "online"
		if version == "2.8" {
			volumes = "needs Kafka 3.3"
		}
		t.Run(version, func(t *testing.T) {
			eachSize(t, func(t *testing.T, w, h int) {
				cluster, _ := labOn(t, kafkatest.Config{KafkaVersion: version})
				startMember(t, cluster, "readers", "reader-1")
				s := open(t, w, h, "attach", strings.Join(cluster.Servers, ","))
				s.WaitFor("3 brokers up", "3 of 3 up", "partitions are in sync", "billing", "readers")
				s.Type("2").WaitFor("parts", "invoices", "30").Type("/", "invoices", "enter", "enter").WaitFor("topics › invoices", "in sync")
				s.Type("tab").WaitFor("billing", "18", "readers")
				s.Type("tab").WaitFor("retention.ms", "7d")
				s.Type("tab", "enter").WaitFor("tail invoices", "at the end", "30 held")
				s.Type("enter").WaitFor("invoices/", `"invoice"`, "timestamp").Type("esc", "esc", "esc", "esc")
				s.Type(":", "tail invoices - 2020-01-01", "enter").WaitFor("at the end", "30 held").Type("esc")
				s.Type("3").WaitFor("billing", "18", "readers", "Stable")
				s.Type(":", "group billing", "enter").WaitFor("billing", "invoices", "4", "10").Type("tab").WaitFor("no members").Type("esc")
				s.Type(":", "group readers", "enter").WaitFor("invoices").Type("tab").WaitFor("reader-1", "127.0.0.1").Type("esc")
				s.Type("4").WaitFor("all 3 brokers answer").Type("enter").WaitFor("broker 0").Type("tab").WaitFor("online", volumes).Type("tab").WaitFor("invoices")
				s.Type(":", "reset billing", "enter").WaitFor("reset offsets of billing", "invoices", "4")
				s.Type("enter").WaitFor("earliest", "latest").Type("enter").WaitFor("replays 4")
				s.Type("enter").WaitFor("type the name of the group").Type("billing", "enter").WaitFor("3 done")
				leave(t, s)
			})
		})
	}
}

// startMember lets a consumer of the classic protocol join a group, and stay.
func startMember(t *testing.T, c *kafkatest.Cluster, group, id string) {
	t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(c.Servers...), kgo.ConsumerGroup(group), kgo.ClientID(id), kgo.ConsumeTopics("invoices"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	for read := 0; read < 30; {
		fetches := client.PollFetches(t.Context())
		if err := fetches.Err(); err != nil {
			t.Fatal(err)
		}
		read += fetches.NumRecords()
	}
	if err := client.CommitUncommittedOffsets(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestCommandsOnOldKafka(t *testing.T) {
	for _, version := range oldKafkas {
		t.Run(version, func(t *testing.T) {
			t.Setenv("XDG_STATE_HOME", t.TempDir())
			cluster, _ := labOn(t, kafkatest.Config{KafkaVersion: version})
			for _, strategy := range []string{"--to-latest", "--shift-by -1", "--to-datetime 2020-01-01T00:00:00.000", "--to-earliest"} {
				plan, err := ourPlan(t, cluster, "billing", "--all-topics "+strategy)
				if err != nil || len(plan) != 3 {
					t.Errorf("%s: planned %v (%v)", strategy, plan, err)
				}
			}
			out, err := runKdeck(t, cluster, "tail invoices --from 2020-01-01 --follow=false")
			if err != nil || strings.Count(out, "\n") != 30 {
				t.Errorf("tail printed %d lines (%v)", strings.Count(out, "\n"), err)
			}
		})
	}
}

package kafkatest

import (
	"context"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// partner is one of the two clusters of a conversation.
type partner struct {
	*Cluster
	t       *testing.T
	ctx     context.Context
	tools   *Tools
	admin   *kadm.Client
	members map[string]*kgo.Client // by group
	open    map[string]*kgo.Client // by transactional id
}

func newPartner(t *testing.T, tools *Tools, c *Cluster) *partner {
	ctx, cancel := context.WithTimeout(context.Background(), 5*patience)
	t.Cleanup(cancel)
	p := &partner{Cluster: c, t: t, ctx: ctx, tools: tools, members: make(map[string]*kgo.Client), open: make(map[string]*kgo.Client)}
	p.admin = kadm.NewClient(p.join())
	return p
}

// act does what no tool does:
//
//	produce TOPIC PARTITION N      writes N records, each a second younger
//	join TYPE GROUP TOPIC          a member joins, and reads when it is told to
//	leave GROUP                    it leaves
//	transaction ID TOPIC           opens a transaction with a record in partition 0
//	commit ID                      commits it
//	end ID                         forgets its producer
//	stop BROKER                    shuts a broker down in order
//	start BROKER                   starts it again, until all replicas are in sync
func (p *partner) act(words []string) {
	p.t.Helper()
	switch words[0] {
	case "produce":
		p.produce(words[1], words[2], words[3])
	case "join":
		p.joinGroup(words[1], words[2], words[3])
	case "leave":
		p.members[words[1]].CloseAllowingRebalance()
		p.until(p.ctx, words[1]+" to be empty", func() string { return p.lacksState(words[1], "Empty") })
	case "transaction":
		p.begin(words[1], words[2])
	case "commit":
		if err := p.open[words[1]].EndTransaction(p.ctx, kgo.TryCommit); err != nil {
			p.t.Fatal(err)
		}
	case "end":
		p.open[words[1]].Close()
	case "stop", "start":
		id, err := strconv.Atoi(words[1])
		if err != nil {
			p.t.Fatal(err)
		}
		p.turn(words[0] == "start", id)
	default:
		p.t.Fatalf("nothing that can be done: %v", words)
	}
}

// turn stops or starts a broker.
func (p *partner) turn(on bool, broker int) {
	p.t.Helper()
	var err error
	switch {
	case p.Nodes != nil && on:
		err = p.Nodes.Restart(p.ctx, broker)
	case p.Nodes != nil:
		p.Nodes.Stop(broker)
	case on:
		err = p.Embedded.StartBroker(int32(broker))
	default:
		err = p.Embedded.StopBroker(int32(broker))
	}
	if err != nil {
		p.t.Fatal(err)
	}
	p.until(p.ctx, "the replicas to be as they are with that", func() string { return p.lacksReplicas(int32(broker), on) })
}

// lacksReplicas says which partition has a broker in its ISR that is off, or has it
// not though it is on, or "".
func (p *partner) lacksReplicas(broker int32, on bool) string {
	topics, err := p.admin.ListTopics(p.ctx)
	if err != nil {
		return err.Error()
	}
	for _, topic := range topics {
		for _, part := range topic.Partitions {
			if slices.Contains(part.Replicas, broker) && slices.Contains(part.ISR, broker) != on {
				return fmt.Sprintf("%s-%d has the ISR %v", topic.Topic, part.Partition, part.ISR)
			}
		}
	}
	return ""
}

func (p *partner) join(opts ...kgo.Opt) *kgo.Client {
	p.t.Helper()
	cl, err := kgo.NewClient(append(opts, kgo.SeedBrokers(p.Servers...), kgo.RecordPartitioner(kgo.ManualPartitioner()))...)
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(cl.CloseAllowingRebalance)
	return cl
}

func (p *partner) produce(topic, partition, count string) {
	p.t.Helper()
	part, err := strconv.ParseInt(partition, 10, 32)
	if err != nil {
		p.t.Fatal(err)
	}
	n, err := strconv.Atoi(count)
	if err != nil {
		p.t.Fatal(err)
	}
	start := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	records := make([]*kgo.Record, n)
	for i := range records {
		records[i] = &kgo.Record{Topic: topic, Partition: int32(part), Value: []byte(strconv.Itoa(i)), Timestamp: start.Add(time.Duration(i) * time.Second)}
	}
	if err := p.join().ProduceSync(p.ctx, records...).FirstErr(); err != nil {
		p.t.Fatal(err)
	}
}

func (p *partner) joinGroup(typ, group, topic string) {
	p.t.Helper()
	opts := map[string][]kgo.Opt{
		"classic":  {kgo.ConsumerGroup(group), kgo.Balancers(kgo.RangeBalancer()), kgo.DisableAutoCommit()},
		"consumer": {kgo.ConsumerGroup(group), kgo.ServerSideBalancer(), kgo.DisableAutoCommit()},
		"share":    {kgo.ShareGroup(group)},
	}[typ]
	p.members[group] = p.join(append(opts, kgo.ConsumeTopics(topic), kgo.ClientID("app"))...)
	p.until(p.ctx, group+" to be stable", func() string { return p.lacksState(group, "Stable") })
	if typ == "share" { // which is stable before its assignment is made (KIP-932)
		p.until(p.ctx, group+" to be assigned", func() string { return p.lacksAssignment(group) })
	}
}

// lacksAssignment says what a share group waits for until its member reads, or "".
func (p *partner) lacksAssignment(group string) string {
	described, err := p.admin.DescribeShareGroups(p.ctx, group)
	if err != nil {
		return err.Error()
	}
	for _, m := range described[group].Members {
		if len(m.Assignment) > 0 {
			return ""
		}
	}
	return "no member reads anything"
}

// lacksState says what state a group is in when it is not the one, or "".
func (p *partner) lacksState(group, state string) string {
	groups, err := p.admin.ListGroups(p.ctx)
	if err != nil {
		return err.Error()
	}
	if is := groups[group].State; is != state {
		return fmt.Sprintf("it is %q", is)
	}
	return ""
}

func (p *partner) begin(id, topic string) {
	p.t.Helper()
	cl := p.join(kgo.TransactionalID(id))
	if err := cl.BeginTransaction(); err != nil {
		p.t.Fatal(err)
	}
	if err := cl.ProduceSync(p.ctx, &kgo.Record{Topic: topic}).FirstErr(); err != nil {
		p.t.Fatal(err)
	}
	p.open[id] = cl
}

// says is the exit code and the comparable lines of what a tool prints.
func (p *partner) says(command string) string {
	p.t.Helper()
	const files = "testdata/talks/files"
	command, file, hasFile := strings.Cut(strings.ReplaceAll(command, "FILES", files), " <")
	var stdin []string
	if hasFile {
		text, err := os.ReadFile(file)
		if err != nil {
			p.t.Fatal(err)
		}
		stdin = append(stdin, string(text))
	}
	ran := p.tools.Try(p.Cluster, command, stdin...)
	return fmt.Sprintf("code %d\n%s", ran.Code, strings.Join(comparable(ran.Out+ran.Err), "\n"))
}

// unlike is what cannot be the same in two clusters.
var unlike = regexp.MustCompile(strings.Join([]string{
	`"size":\d+|"logDir":"[^"]*"|"log_dirs":\[[^]]*\]`,
	`"replicas":\[[\d,]+\]|(Leader|Replicas|Isr): [\d,]+`, // who leads what
	`TopicId: \S+`,
	`127\.0\.0\.1:\d+\s+\(\d+\)|127\.0\.0\.1:\d+ \(id: \d+[^)]*\)`,
	`perf-consumer-\d+|console-consumer-\S+|console-share-consumer\S*|consumer-readers-\S+`,
	`app-[0-9a-f-]{32,}|[\w-]{22}==`,                      // member ids
	`(^\d+\s+)?(billing|shipping|refunds)\s+\d+(\s+\d+)?`, // coordinator and producer id
	`\b\d{13}\b(\s+\d+\b)?|"timestamp":\d+`,               // since when, for how long
	`\d{4}-\d\d-\d\d \S+|\d+ ms\b|\[[\d-]+ [\d:,]+\]`,     // times
	`\d+, \d+, \d+\.\d+, \d+\.\d+|\b\d+\.\d+\b|"(avg|target)_throughput":[^,}]*`,
	`at org\S+|at java\S+|\(\S+\.java:\d+\)`,
}, "|"))

// exceptions are the names of errors; the words behind them are each cluster's own.
var exceptions = regexp.MustCompile(`errors\.\w+Exception|NullPointerException|IllegalArgumentException`)

// comparable is the lines of a tool's output in order, without what is unlike. Of
// an output with an error it is the error's name.
func comparable(out string) []string {
	if names := exceptions.FindAllString(out, -1); len(names) > 0 {
		slices.Sort(names)
		return slices.Compact(names)
	}
	var lines []string
	for line := range strings.Lines(out) {
		line = strings.Join(strings.Fields(unlike.ReplaceAllString(line, "~")), " ")
		if strings.HasPrefix(line, "~ ~ ~,") { // consumer-perf-test's counts go past what was asked for
			line = "~"
		}
		if line != "" && line != "~" && !strings.Contains(line, "Tools$Ended") && !strings.HasPrefix(line, "exit ") {
			lines = append(lines, line)
		}
	}
	slices.Sort(lines)
	return lines
}

package kafkatest

import (
	"context"
	"strings"

	"github.com/twmb/franz-go/pkg/kadm"
)

// sweep deletes the topics, groups and rights that the test before has left. It refuses
// to touch a cluster that make test-kafka has not started.
func (c *Cluster) sweep() {
	c.tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	md, err := c.Admin.BrokerMetadata(ctx)
	if err != nil {
		c.tb.Fatal(err)
	}
	if md.Cluster != c.running.ID {
		c.tb.Fatalf("%v is the cluster %s, not %s, which tests may empty", c.Servers, md.Cluster, c.running.ID)
	}
	if c.running.Secured != nil {
		c.revoke(ctx, nil)
	}
	c.until(ctx, "groups to be gone", func() string { return c.sweepGroups(ctx) })
	topics, err := c.Admin.ListTopics(ctx)
	if err != nil {
		c.tb.Fatal(err)
	}
	if names := topics.Names(); len(names) > 0 { // without internal ones
		c.Delete(names...)
	}
}

// sweepGroups deletes all groups and returns those that are left: members leave
// in their own time, static ones (KIP-345) have to be told to.
func (c *Cluster) sweepGroups(ctx context.Context) string {
	groups, err := c.Admin.ListGroups(ctx)
	if err != nil {
		return err.Error()
	}
	names := groups.Groups()
	if len(names) == 0 {
		return ""
	}
	c.expel(ctx, names)
	deleted, err := c.Admin.DeleteGroups(ctx, names...)
	if err != nil {
		return err.Error()
	}
	if err := deleted.Error(); err != nil {
		c.forget(ctx, names)
		return err.Error()
	}
	return strings.Join(names, ", ") // gone when the list says so
}

// forget deletes what the groups have committed, topic by topic: a group with
// more commits than fit into one batch of __consumer_offsets cannot be deleted.
func (c *Cluster) forget(ctx context.Context, groups []string) {
	for _, g := range groups {
		commits, err := c.Admin.FetchOffsets(ctx, g)
		if err != nil {
			continue // the deletion says what is wrong
		}
		for topic, partitions := range commits.Partitions() {
			for p := range partitions {
				_, _ = c.Admin.DeleteOffsets(ctx, g, kadm.TopicsSet{topic: {p: {}}}) // as above
			}
		}
	}
}

func (c *Cluster) expel(ctx context.Context, groups []string) {
	described, err := c.Admin.DescribeGroups(ctx, groups...)
	if err != nil {
		return // the deletion says what is wrong
	}
	for _, g := range described {
		for _, m := range g.Members {
			if m.InstanceID != nil {
				leave := kadm.LeaveGroup(g.Group).InstanceIDs(*m.InstanceID)
				_, _ = c.Admin.LeaveGroup(ctx, leave) // as above
			}
		}
	}
}

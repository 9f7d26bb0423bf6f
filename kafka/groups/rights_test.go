package groups_test

import (
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/sasl/plain"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/kafkatest/labtest"
	"github.com/kdeck/kdeck/kafka/model"
	"github.com/kdeck/kdeck/kafka/reset"
)

// TestMissingRightsOfGroupActionsAreNamed for a user who may only look.
func TestMissingRightsOfGroupActionsAreNamed(t *testing.T) {
	t.Parallel()
	look := func(r kmsg.ACLResourceType, name string) kfake.ACL {
		return kfake.ACL{Resource: r, Name: name, Pattern: kmsg.ACLResourcePatternTypeLiteral, Operation: kmsg.ACLOperationDescribe, Allow: true}
	}
	group := kmsg.ACLResourceTypeGroup
	broker, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.EnableSASL(), kfake.EnableACLs(), kfake.Superuser("PLAIN", "root", "root"),
		kfake.User("PLAIN", "joe", "joe", look(group, "billing"), look(group, "static"), look(kmsg.ACLResourceTypeTopic, "orders")))
	if err != nil {
		t.Fatal(err)
	}
	defer broker.Close()
	as := func(user string) []kgo.Opt {
		return []kgo.Opt{kgo.SeedBrokers(broker.ListenAddrs()...), kgo.SASL(plain.Auth{User: user, Pass: user}.AsMechanism())}
	}
	lab := attachGroupLab(t, nil, broker.ListenAddrs(), as("root")...)
	lab.SeedReset()
	lab.joinStatic("static", as("root"), "app-1")
	joe := lab.NewClient(kafka.Config{Opts: as("joe")})
	one := []model.TopicPartition{labtest.Partition("orders", 0)}

	deleted, err := deleteGroups(lab.Ctx, joe, "billing", "hidden")
	if err != nil || outcomes(deleted) != "billing refused, hidden refused" || !strings.Contains(deleted[0].Err.Error(), "needs Delete on Group:billing") {
		t.Errorf("delete a group: %+v (%v)", deleted, err)
	}
	offsets, err := labtest.Run(lab.Ctx, joe, joe.Groups.DeleteOffsets("billing", reset.Of(one)))
	if err != nil || offsets.Count(model.Refused) != 1 || !strings.Contains(offsets.Rows[0].Err.Error(), "needs Delete on Group:billing") {
		t.Errorf("delete an offset: %+v (%v)", offsets, err)
	}
	removed, err := labtest.Run(lab.Ctx, joe, joe.Groups.RemoveMembers("static", "app-1"))
	if err != nil || removed.Rows[0].Outcome != model.Refused || !strings.Contains(removed.Rows[0].Err.Error(), "needs Read on Group:static") {
		t.Errorf("remove a member: %+v (%v)", removed, err)
	}
	if _, err := labtest.Run(lab.Ctx, joe, joe.Groups.DeleteOffsets("hidden", reset.Of(one))); err == nil || !strings.Contains(err.Error(), "needs Describe on Group:hidden") {
		t.Errorf("a group that may not be described: %v", err)
	}
	fault := broker.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.OffsetDelete}, Partitions: []int32{0}, Err: kerr.TopicAuthorizationFailed})
	defer fault.Remove()
	if offsets, err = labtest.Run(lab.Ctx, lab.Client, lab.Client.Groups.DeleteOffsets("billing", reset.Of(one))); err != nil || !strings.Contains(offsets.Rows[0].Err.Error(), "needs Read on Topic:orders") {
		t.Errorf("delete an offset of a topic that may not be read: %+v (%v)", offsets, err)
	}
}

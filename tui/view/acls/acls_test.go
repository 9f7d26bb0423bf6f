package acls_test

import (
	"fmt"
	"testing"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/admin"
	"github.com/kdeck/kdeck/kafka/kafkatest"
	"github.com/kdeck/kdeck/keymap"
	"github.com/kdeck/kdeck/tui"
	"github.com/kdeck/kdeck/tui/tuitest"
)

// open starts the console on the ACLs, as a user of the cluster.
func open(t *testing.T, cluster *kafkatest.Cluster, user string, size [2]int) *tuitest.Screen {
	t.Helper()
	opts, err := cluster.Context(user, kafkatest.Mechanisms[0]).Options(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	client, err := admin.New(kafka.Config{Name: "lab", Opts: opts})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	keys, err := keymap.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return tuitest.Start(t, tui.New(t.Context(), tui.Options{Client: client, Keys: keys, Open: "acls"}), size[0], size[1])
}

func TestJourneyToTheACLs(t *testing.T) {
	cluster := kafkatest.Start(t, kafkatest.Config{Secure: true})
	for _, size := range [][2]int{{80, 24}, {160, 48}} {
		t.Run(fmt.Sprint(size[0]), func(t *testing.T) {
			cluster.Allow(kafkatest.Clerk, "Read Topic:orders", "Describe Cluster", "DescribeConfigs Topic:*", "Read Group:billing")
			s := open(t, cluster, kafkatest.Root, size)
			s.WaitFor("acls", "principal", "operation", "resource", "User:"+kafkatest.Clerk, "Allow", "DescribeConfigs", "kafka-cluster", "billing")
			s.Type("/", "orders", "enter").WaitFor("1 of ", "Read", "Topic", "orders").WaitGone("billing")
			s.WaitFor("User:" + kafkatest.Clerk + " may Read on Topic orders")
			s.Type("y").WaitFor("User:"+kafkatest.Clerk+" may Read on Topic orders", "sent to the terminal")
			s.Type("esc", "/", "describeconfigs", "enter").WaitFor("may DescribeConfigs on every topic")
			s.Type("esc").WaitFor("billing")
			if size[0] >= 160 {
				s.WaitFor("pattern", "Literal", "host")
			}
			cluster.Allow(kafkatest.Clerk, "Read Group:audit")
			s.Type("r").WaitFor("audit").WaitGone("orders")

			s = open(t, cluster, kafkatest.Clerk, size)
			s.WaitFor("cannot read ACLs", "needs Describe on", "not allowed")
		})
	}
}

func TestJourneyToAClusterWithoutAnAuthorizer(t *testing.T) {
	cluster := kafkatest.Start(t, kafkatest.Config{Brokers: 1})
	for _, size := range [][2]int{{80, 24}, {160, 48}} {
		open(t, cluster, kafkatest.Root, size).WaitFor("! no authorizer", "This cluster has no authorizer", "everybody may do everything", "authorizer.class.name")
	}
}

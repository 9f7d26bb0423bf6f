package access_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/access"
	"github.com/kdeck/kdeck/kafka/kafkatest"
)

// as returns a client of a user of a secured cluster, and its connection.
func as(t *testing.T, cluster *kafkatest.Cluster, user string) (*access.Client, *kafka.Conn) {
	t.Helper()
	opts, err := cluster.Context(user, kafkatest.Mechanisms[0]).Options(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	conn, err := kafka.New(kafka.Config{Name: "lab", Opts: opts})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	return access.New(conn), conn
}

func TestACLs(t *testing.T) {
	cluster := kafkatest.Start(t, kafkatest.Config{Secure: true})
	cluster.Allow(kafkatest.Clerk, "Read Topic:orders", "Describe Cluster", "DescribeConfigs Topic:*")
	client, conn := as(t, cluster, kafkatest.Root)
	if _, err := conn.Metadata(t.Context()); err != nil { // the first question asks what the brokers can, too
		t.Fatal(err)
	}
	before := conn.Requests()["DescribeACLs"]
	all, err := client.ACLs(t.Context())
	if err != nil || all.NoAuthorizer || all.At.IsZero() {
		t.Fatalf("%+v, %v", all, err)
	}
	if n := conn.Requests()["DescribeACLs"] - before; n != 1 {
		t.Errorf("%d requests, want 1", n)
	}
	var got []string
	for _, a := range all.Items {
		if a.Principal == "User:"+kafkatest.Clerk {
			got = append(got, strings.Join([]string{a.Permission(), a.Operation, a.ResourceType + ":" + a.Resource, a.Pattern, a.Host}, " "))
		}
	}
	want := []string{
		"Allow Describe Cluster:kafka-cluster Literal *",
		"Allow DescribeConfigs Topic:* Literal *",
		"Allow Read Topic:orders Literal *",
	}
	if !slices.Equal(got, want) {
		t.Errorf("the clerk has %q, want %q", got, want)
	}
	clerk, _ := as(t, cluster, kafkatest.Clerk)
	if all, err := clerk.ACLs(t.Context()); err != nil || len(all.Items) < len(want) {
		t.Errorf("with the right to describe the cluster: %+v, %v", all, err)
	}
	cluster.Allow(kafkatest.Clerk, "Read Topic:orders")
	_, err = clerk.ACLs(t.Context())
	if rights, only := kafka.Needs(err); !kafka.IsAuthorization(err) || !only || !slices.Equal(rights, []string{"Describe on Cluster"}) {
		t.Errorf("without it: %v", err)
	}
}

func TestNoAuthorizer(t *testing.T) {
	cluster := kafkatest.Start(t, kafkatest.Config{Brokers: 1})
	client, _ := as(t, cluster, kafkatest.Root)
	if all, err := client.ACLs(t.Context()); err != nil || !all.NoAuthorizer || len(all.Items) != 0 {
		t.Errorf("%+v, %v", all, err)
	}
}

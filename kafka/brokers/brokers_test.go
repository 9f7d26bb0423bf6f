package brokers_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/sasl/plain"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/brokers"
	"github.com/kdeck/kdeck/kafka/kafkatest/labtest"
)

func TestCheckBrokersAsksEveryBroker(t *testing.T) {
	lab := labtest.Start(t)
	for range 2 {
		lab.CheckBrokers()
	}
	before := lab.Client.Requests()
	check := lab.CheckBrokers()
	after := lab.Client.Requests()
	if n := after["ApiVersions"] - before["ApiVersions"]; n != 3 {
		t.Errorf("%d ApiVersions requests to 3 brokers", n)
	}
	if n := after["Metadata"] - before["Metadata"]; n != 1 {
		t.Errorf("%d Metadata requests, want 1", n)
	}
	for _, b := range check.Brokers {
		if b.State != brokers.Up || b.Latency <= 0 || b.Address() == "" {
			t.Errorf("broker %+v", b)
		}
	}
	controller := check.Controller.ID
	if len(check.Brokers) != 3 || controller < 0 || controller > 2 || lab.Cluster.Embedded != nil && controller != 2 {
		t.Errorf("check %+v", check)
	}
}

func TestBrokerThatIsCutOffIsSilentAndComesBack(t *testing.T) {
	lab := labtest.WithFaults(t)
	lab.CheckBrokers()
	lab.Cluster.Embedded.Cut(1, true)
	check := lab.CheckBrokers()
	want := []brokers.State{brokers.Up, brokers.Silent, brokers.Up}
	if got := labtest.BrokerStates(check); !slices.Equal(got, want) {
		t.Fatalf("states %v, want %v", got, want)
	}
	if b := check.Brokers[1]; b.Why() == "" || b.Latency != -1 || b.Address() == "" {
		t.Errorf("the silent broker is %+v, why %q", b, b.Why())
	}
	lab.Cluster.Embedded.Cut(1, false)
	if got := labtest.BrokerStates(lab.CheckBrokers()); got[1] != brokers.Up {
		t.Errorf("after the cut the broker is %v", got[1])
	}
}

func TestBrokerThatStallsIsSilent(t *testing.T) {
	t.Parallel()
	lab := labtest.WithFaults(t)
	lab.Hurry()
	lab.CheckBrokers()
	lab.Cluster.Embedded.Stall(0, true)
	t.Cleanup(func() { lab.Cluster.Embedded.Stall(0, false) })
	b := lab.CheckBrokers().Brokers[0]
	if b.State != brokers.Silent || !strings.Contains(b.Why(), "nothing within") {
		t.Errorf("the stalled broker is %v, why %q", b.State, b.Why())
	}
}

// TestBrokerThatGoesDownStaysKnown: metadata lists live brokers only, so the
// client itself must remember the others.
func TestBrokerThatGoesDownStaysKnown(t *testing.T) {
	cluster, err := kfake.NewCluster(kfake.NumBrokers(3))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close)
	lab := labtest.Attach(t, nil, cluster.ListenAddrs())
	before := lab.CheckBrokers()
	if err := cluster.RemoveNode(1); err != nil {
		t.Fatal(err)
	}
	after := lab.CheckBrokers()
	if got := labtest.BrokerStates(after); len(got) != 3 || got[1] != brokers.Down {
		t.Fatalf("states %v; broker 1 was removed", got)
	}
	if a, b := before.Brokers[1].Address(), after.Brokers[1].Address(); a != b {
		t.Errorf("the address of the broker that is down was %s and is %s", a, b)
	}
	if _, err := lab.Client.Brokers.Storage(lab.Ctx, 1); err == nil || !strings.Contains(err.Error(), "broker 1 is down") {
		t.Errorf("log dirs of a broker that is down: %v", err)
	}
	if _, err := lab.Client.Brokers.Configs(lab.Ctx, 1); err == nil || !strings.Contains(err.Error(), "broker 1 is down") {
		t.Errorf("configuration of a broker that is down: %v", err)
	}
}

func TestBrokerTellsItsReplicasStorageAndConfiguration(t *testing.T) {
	lab := labtest.Start(t)
	lab.Create("orders", 6, 3, nil)
	for p := range int32(6) {
		lab.Produce("orders", p, 10)
	}
	replicas, err := lab.Client.Brokers.Replicas(lab.Ctx, 1)
	if err != nil {
		t.Fatal(err)
	}
	leads := 0
	ours := slices.DeleteFunc(replicas.Items, func(r brokers.Replica) bool { return r.Topic != "orders" })
	for _, r := range ours {
		if r.Leads {
			leads++
		}
		if r.Leads != r.Preferred || !r.InSync {
			t.Errorf("replica %+v", r)
		}
	}
	if len(ours) != 6 || leads != 2 {
		t.Errorf("%d replicas, %d leaders; want 6 and 2", len(ours), leads)
	}
	storage, err := lab.Client.Brokers.Storage(lab.Ctx, 1)
	if err != nil || len(storage.Dirs) != 1 {
		t.Fatalf("storage %+v, %v", storage, err)
	}
	if size := storage.Size("orders", 3); size <= 0 {
		t.Errorf("orders 3 takes %d bytes", size)
	}
	if size := storage.Size("orders", 6); size != -1 {
		t.Errorf("a partition that is not there takes %d bytes, want -1", size)
	}
	configs, err := lab.Client.Brokers.Configs(lab.Ctx, 1)
	if err != nil || len(configs.Items) == 0 {
		t.Fatalf("configuration %+v, %v", configs, err)
	}
	dirs, err := lab.Client.Brokers.LogDirs(lab.Ctx)
	if err != nil || len(dirs.Items) != 3 {
		t.Errorf("log dirs of all brokers %+v, %v", dirs.Items, err)
	}
}

func TestBrokersOfAUserWithFewRights(t *testing.T) {
	cluster, err := kfake.NewCluster(kfake.NumBrokers(3), kfake.EnableACLs(), kfake.EnableSASL(),
		kfake.User("PLAIN", "ann", "secret",
			kfake.ACL{Resource: kmsg.ACLResourceTypeTopic, Name: "open", Pattern: kmsg.ACLResourcePatternTypeLiteral, Operation: kmsg.ACLOperationDescribe, Allow: true}),
		kfake.Superuser("PLAIN", "root", "secret"),
		kfake.SeedTopics(2, "open", "hidden"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close)
	lab := labtest.Attach(t, nil, cluster.ListenAddrs(), kgo.SASL(plain.Auth{User: "ann", Pass: "secret"}.AsMechanism()))

	if got := labtest.BrokerStates(lab.CheckBrokers()); slices.Max(got) != brokers.Up {
		t.Errorf("states %v; asking whether a broker is up takes no right", got)
	}
	_, configErr := lab.Client.Brokers.Configs(lab.Ctx, 1)
	_, storageErr := lab.Client.Brokers.Storage(lab.Ctx, 1)
	_, dirsErr := lab.Client.Brokers.LogDirs(lab.Ctx)
	for needs, err := range map[string]error{
		"DescribeConfigs on Cluster": configErr, "Describe on Cluster": storageErr, "needs Describe on Cluster": dirsErr,
	} {
		if !kafka.IsAuthorization(err) || !strings.Contains(err.Error(), needs) {
			t.Errorf("%v; want it to name %q", err, needs)
		}
	}
	o, err := lab.Client.Overview.Read(lab.Ctx)
	if err != nil || o.Topics != 1 || !kafka.IsAuthorization(o.Partial) {
		t.Errorf("overview of %d topics, partial %v, %v", o.Topics, o.Partial, err)
	}
}

// TestControllerOfAKRaftCluster: Metadata names any broker there, and
// DescribeQuorum the controller.
func TestControllerOfAKRaftCluster(t *testing.T) {
	for name, tc := range map[string]struct {
		code int16
		want int32
		auth bool
	}{
		"told":        {0, 3000, false},
		"not allowed": {31, -1, true},
	} {
		t.Run(name, func(t *testing.T) {
			cluster, err := kfake.NewCluster(kfake.NumBrokers(1))
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(cluster.Close)
			knowDescribeQuorum(cluster, tc.code)
			lab := labtest.Attach(t, nil, cluster.ListenAddrs())
			c := lab.CheckBrokers().Controller
			if c.ID != tc.want || kafka.IsAuthorization(c.Why) != tc.auth {
				t.Errorf("controller %+v", c)
			}
			fresh := labtest.Attach(t, nil, cluster.ListenAddrs())
			header, err := fresh.Client.Cluster(fresh.Ctx)
			if err != nil || header.Controller.ID != tc.want || kafka.IsAuthorization(header.Controller.Why) != tc.auth {
				t.Errorf("without a check of the brokers: controller %+v, %v", header.Controller, err)
			}
		})
	}
}

// knowDescribeQuorum makes a cluster answer DescribeQuorum as KRaft brokers do.
func knowDescribeQuorum(cluster *kfake.Cluster, code int16) {
	cluster.ControlKey(int16(kmsg.ApiVersions), func(r kmsg.Request) (kmsg.Response, error, bool) {
		cluster.KeepControl()
		resp := r.ResponseKind().(*kmsg.ApiVersionsResponse)
		for _, key := range []kmsg.Key{kmsg.ApiVersions, kmsg.Metadata, kmsg.DescribeQuorum} {
			k := kmsg.NewApiVersionsResponseApiKey()
			k.ApiKey, k.MaxVersion = int16(key), kmsg.RequestForKey(int16(key)).MaxVersion()
			resp.ApiKeys = append(resp.ApiKeys, k)
		}
		return resp, nil, true
	})
	cluster.ControlKey(int16(kmsg.DescribeQuorum), func(r kmsg.Request) (kmsg.Response, error, bool) {
		cluster.KeepControl()
		resp := r.ResponseKind().(*kmsg.DescribeQuorumResponse)
		resp.ErrorCode = code
		if code == 0 {
			p := kmsg.NewDescribeQuorumResponseTopicPartition()
			p.LeaderID = 3000
			topic := kmsg.NewDescribeQuorumResponseTopic()
			topic.Partitions = append(topic.Partitions, p)
			resp.Topics = append(resp.Topics, topic)
		}
		return resp, nil, true
	})
}

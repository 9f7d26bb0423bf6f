package kafka_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/sasl/plain"

	"github.com/kdeck/kdeck/kafka"
)

func (l *groupLab) checkBrokers() kafka.BrokerCheck {
	l.Helper()
	check, err := l.client.CheckBrokers(l.ctx)
	if err != nil {
		l.Fatal(err)
	}
	return check
}

func brokerStates(check kafka.BrokerCheck) []kafka.BrokerState {
	var states []kafka.BrokerState
	for _, b := range check.Brokers {
		states = append(states, b.State)
	}
	return states
}

func TestCheckBrokersAsksEveryBroker(t *testing.T) {
	lab := newGroupLab(t)
	for range 2 {
		lab.checkBrokers()
	}
	before := lab.client.Requests()
	check := lab.checkBrokers()
	after := lab.client.Requests()
	if n := after["ApiVersions"] - before["ApiVersions"]; n != 3 {
		t.Errorf("%d ApiVersions requests to 3 brokers", n)
	}
	if n := after["Metadata"] - before["Metadata"]; n != 1 {
		t.Errorf("%d Metadata requests, want 1", n)
	}
	for _, b := range check.Brokers {
		if b.State != kafka.BrokerUp || b.Latency <= 0 || b.Address() == "" {
			t.Errorf("broker %+v", b)
		}
	}
	controller := check.Controller.ID
	if len(check.Brokers) != 3 || controller < 0 || controller > 2 || lab.cluster.Embedded != nil && controller != 2 {
		t.Errorf("check %+v", check)
	}
}

func TestBrokerThatIsCutOffIsSilentAndComesBack(t *testing.T) {
	lab := newFaultLab(t)
	lab.checkBrokers()
	lab.cluster.Embedded.Cut(1, true)
	check := lab.checkBrokers()
	want := []kafka.BrokerState{kafka.BrokerUp, kafka.BrokerSilent, kafka.BrokerUp}
	if got := brokerStates(check); !slices.Equal(got, want) {
		t.Fatalf("states %v, want %v", got, want)
	}
	if b := check.Brokers[1]; b.Why() == "" || b.Latency != -1 || b.Address() == "" {
		t.Errorf("the silent broker is %+v, why %q", b, b.Why())
	}
	lab.cluster.Embedded.Cut(1, false)
	if got := brokerStates(lab.checkBrokers()); got[1] != kafka.BrokerUp {
		t.Errorf("after the cut the broker is %v", got[1])
	}
}

func TestBrokerThatStallsIsSilent(t *testing.T) {
	lab := newFaultLab(t)
	lab.checkBrokers()
	lab.cluster.Embedded.Stall(0, true)
	t.Cleanup(func() { lab.cluster.Embedded.Stall(0, false) })
	for {
		check, err := lab.client.CheckBrokers(lab.ctx)
		if err != nil { // the question for the metadata went to the stalled broker
			lab.pause(err)
			continue
		}
		if b := check.Brokers[0]; b.State != kafka.BrokerSilent || !strings.Contains(b.Why(), "nothing within") {
			t.Errorf("the stalled broker is %v, why %q", b.State, b.Why())
		}
		return
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
	lab := attachGroupLab(t, nil, cluster.ListenAddrs())
	before := lab.checkBrokers()
	if err := cluster.RemoveNode(1); err != nil {
		t.Fatal(err)
	}
	after := lab.checkBrokers()
	if got := brokerStates(after); len(got) != 3 || got[1] != kafka.BrokerDown {
		t.Fatalf("states %v; broker 1 was removed", got)
	}
	if a, b := before.Brokers[1].Address(), after.Brokers[1].Address(); a != b {
		t.Errorf("the address of the broker that is down was %s and is %s", a, b)
	}
	if _, err := lab.client.BrokerStorage(lab.ctx, 1); err == nil || !strings.Contains(err.Error(), "broker 1 is down") {
		t.Errorf("log dirs of a broker that is down: %v", err)
	}
	if _, err := lab.client.BrokerConfigs(lab.ctx, 1); err == nil || !strings.Contains(err.Error(), "broker 1 is down") {
		t.Errorf("configuration of a broker that is down: %v", err)
	}
}

func TestBrokerTellsItsReplicasStorageAndConfiguration(t *testing.T) {
	lab := newGroupLab(t)
	lab.create("orders", 6, 3, nil)
	for p := range int32(6) {
		lab.produce("orders", p, 10)
	}
	replicas, err := lab.client.BrokerReplicas(lab.ctx, 1)
	if err != nil {
		t.Fatal(err)
	}
	leads := 0
	ours := slices.DeleteFunc(replicas.Items, func(r kafka.BrokerReplica) bool { return r.Topic != "orders" })
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
	storage, err := lab.client.BrokerStorage(lab.ctx, 1)
	if err != nil || len(storage.Dirs) != 1 {
		t.Fatalf("storage %+v, %v", storage, err)
	}
	if size := storage.Size("orders", 3); size <= 0 {
		t.Errorf("orders 3 takes %d bytes", size)
	}
	if size := storage.Size("orders", 6); size != -1 {
		t.Errorf("a partition that is not there takes %d bytes, want -1", size)
	}
	configs, err := lab.client.BrokerConfigs(lab.ctx, 1)
	if err != nil || len(configs.Items) == 0 {
		t.Fatalf("configuration %+v, %v", configs, err)
	}
	dirs, err := lab.client.LogDirs(lab.ctx)
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
	lab := attachGroupLab(t, nil, cluster.ListenAddrs(), kgo.SASL(plain.Auth{User: "ann", Pass: "secret"}.AsMechanism()))

	if got := brokerStates(lab.checkBrokers()); slices.Max(got) != kafka.BrokerUp {
		t.Errorf("states %v; asking whether a broker is up takes no right", got)
	}
	_, configErr := lab.client.BrokerConfigs(lab.ctx, 1)
	_, storageErr := lab.client.BrokerStorage(lab.ctx, 1)
	_, dirsErr := lab.client.LogDirs(lab.ctx)
	for needs, err := range map[string]error{
		"DescribeConfigs on Cluster": configErr, "Describe on Cluster": storageErr, "needs Describe on Cluster": dirsErr,
	} {
		if !kafka.IsAuthorization(err) || !strings.Contains(err.Error(), needs) {
			t.Errorf("%v; want it to name %q", err, needs)
		}
	}
	o, err := lab.client.Overview(lab.ctx)
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
			lab := attachGroupLab(t, nil, cluster.ListenAddrs())
			c := lab.checkBrokers().Controller
			if c.ID != tc.want || kafka.IsAuthorization(c.Why) != tc.auth {
				t.Errorf("controller %+v", c)
			}
			fresh := attachGroupLab(t, nil, cluster.ListenAddrs())
			header, err := fresh.client.Cluster(fresh.ctx)
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

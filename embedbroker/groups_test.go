package embedbroker_test

import (
	"errors"
	"testing"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/kdeck/kdeck/embedbroker"
)

// Members that the engine would take in, to die of at the next rebalance.
func TestMembersWithoutACommonProtocolAreRefused(t *testing.T) {
	ctx := testContext(t)
	cl := client(t, start(t, embedbroker.Config{Brokers: 1}))
	join := func(instance string, protocols ...string) error {
		req := kmsg.NewPtrJoinGroupRequest()
		req.Group, req.ProtocolType = "readers", "consumer"
		req.SessionTimeoutMillis, req.RebalanceTimeoutMillis = 6000, 100
		if instance != "" {
			req.InstanceID = &instance
		}
		for _, name := range protocols {
			req.Protocols = append(req.Protocols, kmsg.JoinGroupRequestProtocol{Name: name})
		}
		resp, err := req.RequestWith(ctx, cl)
		if err != nil {
			t.Fatal(err)
		}
		return kerr.ErrorForCode(resp.ErrorCode)
	}
	if err := join("", "range"); !errors.Is(err, kerr.MemberIDRequired) {
		t.Fatalf("the first member is told %v", err)
	}
	if err := join("static"); !errors.Is(err, kerr.InconsistentGroupProtocol) {
		t.Errorf("a member without protocols is told %v", err)
	}
	if err := join("static", "range", "range"); !errors.Is(err, kerr.InconsistentGroupProtocol) {
		t.Errorf("a member with a protocol twice is told %v", err)
	}
	if err := join("static", "range"); err != nil {
		t.Errorf("a member with a protocol is told %v", err)
	}
}

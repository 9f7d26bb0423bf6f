package groups_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/model"
)

// TestGroupsThatMayNotBeSeenHideNoOthers: kadm answers with nothing when one group of
// many may not be described. The others are described all the same, and once it is
// known which that is, in one request again.
func TestGroupsThatMayNotBeSeenHideNoOthers(t *testing.T) {
	t.Parallel()
	broker, err := kfake.NewCluster(kfake.NumBrokers(1))
	if err != nil {
		t.Fatal(err)
	}
	defer broker.Close()
	lab := attachGroupLab(t, nil, broker.ListenAddrs())
	lab.Topic("orders", 1)
	for i := range 16 {
		lab.Commit(fmt.Sprintf("group-%02d", i), "orders", 0, 0)
	}
	secret := []string{"group-03", "group-12"}
	broker.ControlKey(int16(kmsg.DescribeGroups), func(kreq kmsg.Request) (kmsg.Response, error, bool) {
		broker.KeepControl()
		resp := kreq.ResponseKind().(*kmsg.DescribeGroupsResponse)
		for _, name := range kreq.(*kmsg.DescribeGroupsRequest).Groups {
			g := kmsg.NewDescribeGroupsResponseGroup()
			g.Group, g.State = name, model.StateEmpty
			if slices.Contains(secret, name) {
				g.ErrorCode = kerr.GroupAuthorizationFailed.Code
			}
			resp.Groups = append(resp.Groups, g)
		}
		return resp, nil, true
	})
	for _, most := range []int{20, 1} {
		before := lab.Client.Requests()["DescribeGroups"]
		list, err := lab.Client.Groups.WithLag(lab.Ctx)
		if err != nil || len(list.Items) != 16 {
			t.Fatalf("%d groups, %v", len(list.Items), err)
		}
		for _, g := range list.Items {
			if hidden := slices.Contains(secret, g.Name); kafka.IsAuthorization(g.Err) != hidden || !hidden && g.Members != 0 {
				t.Errorf("%s: %d members, %v", g.Name, g.Members, g.Err)
			}
		}
		if n := lab.Client.Requests()["DescribeGroups"] - before; n > most {
			t.Errorf("%d requests, want %d at most", n, most)
		}
	}
}

package kafka

import (
	"slices"
	"testing"
)

func TestNearestNames(t *testing.T) {
	names := []string{"orders", "orders-dlq", "payments", "returned-orders", "Orders2", "clickstream", "__consumer_offsets"}
	for _, tc := range []struct {
		name string
		want []string
	}{
		{"oders", []string{"orders"}},
		{"ORDERS", []string{"orders", "Orders2", "orders-dlq"}},
		{"order", []string{"orders", "Orders2", "orders-dlq"}},
		{"payment", []string{"payments"}},
		{"clcikstream", []string{"clickstream"}},
		{"odrers", []string{"orders", "Orders2"}},
		{"order2s", []string{"Orders2", "orders"}},
		{"zzz", nil},
		{"", nil},
	} {
		if got := Nearest(tc.name, names); !slices.Equal(got, tc.want) {
			t.Errorf("near %q are %q, want %q", tc.name, got, tc.want)
		}
	}
}

package nearest

import (
	"slices"
	"testing"
)

func TestNames(t *testing.T) {
	topics := []string{"orders", "orders-dlq", "payments", "returned-orders", "Orders2", "clickstream", "__consumer_offsets"}
	contexts := []string{"dev", "prod-eu", "prod-us", "Stage"}
	for _, tc := range []struct {
		name  string
		names []string
		want  []string
	}{
		{"oders", topics, []string{"orders"}},
		{"ORDERS", topics, []string{"orders", "Orders2", "orders-dlq"}},
		{"order", topics, []string{"orders", "Orders2", "orders-dlq"}},
		{"payment", topics, []string{"payments"}},
		{"clcikstream", topics, []string{"clickstream"}},
		{"zzz", topics, nil},
		{"", topics, nil},
		{"dve", contexts, []string{"dev"}},
		{"prod_us", contexts, []string{"prod-us"}},
		{"prod", contexts, []string{"prod-eu", "prod-us"}},
		{"stage", contexts, []string{"Stage"}},
		{"kafka", contexts, nil},
		{"orders", nil, nil},
	} {
		if got := Names(tc.name, tc.names); !slices.Equal(got, tc.want) {
			t.Errorf("near %q are %q, want %q", tc.name, got, tc.want)
		}
	}
}

func TestTypos(t *testing.T) {
	for _, tc := range []struct {
		a, b string
		want int
	}{
		{"", "", 0}, {"", "abc", 3}, {"abc", "", 3}, {"abc", "abc", 0}, {"abc", "acb", 1}, {"abcd", "badc", 2},
		{"kitten", "sitting", 3}, {"a", "b", 1},
	} {
		if got := typos(tc.a, tc.b); got != tc.want {
			t.Errorf("from %q to %q: %d, want %d", tc.a, tc.b, got, tc.want)
		}
	}
}

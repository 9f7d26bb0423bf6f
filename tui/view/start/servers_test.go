package start

import (
	"strings"
	"testing"
)

func TestCheckServers(t *testing.T) {
	for _, tc := range []struct{ typed, want string }{
		{"broker1:9092", "broker1:9092"},
		{" broker1:9092 , broker2:9093, ", "broker1:9092,broker2:9093"},
		{"[::1]:9092", "[::1]:9092"},
	} {
		if got, err := checkServers(tc.typed); err != nil || got != tc.want {
			t.Errorf("%q is %q, error %v; want %q", tc.typed, got, err, tc.want)
		}
	}
	for typed, want := range map[string]string{
		"":                       "type at least one server",
		" , ":                    "type at least one server",
		"broker1":                "broker1:9092 is the usual one",
		"a:9092,b":               "b has no port",
		":9092":                  "has no host",
		"::1:9092":               "in brackets",
		"broker1:abc":            "not a port",
		"broker1:0":              "not a port",
		"broker1:70000":          "not a port",
		"kafka://broker1:9092":   "not host:port",
		"broker 1:9092":          "not the name of a host",
		"a:9092 b:9092":          "not host:port",
		"user@example.com/x:123": "not the name of a host",
	} {
		if got, err := checkServers(typed); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q is %q, error %v; want one that says %q", typed, got, err, want)
		}
	}
}

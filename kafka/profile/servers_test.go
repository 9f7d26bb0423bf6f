package profile

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestParseServers(t *testing.T) {
	for list, want := range map[string][]string{
		"a":                     {"a:9092"},
		"a:1":                   {"a:1"},
		"a,":                    {"a:9092"},
		",a,, b,":               {"a:9092", "b:9092"},
		" a:1 ,\tb ":            {"a:1", "b:9092"},
		"a:1,a:1,b:01":          {"a:1", "b:1"},
		"10.0.0.1:9094":         {"10.0.0.1:9094"},
		"[::1]":                 {"[::1]:9092"},
		"[fe80::1%eth0]:9093,b": {"[fe80::1%eth0]:9093", "b:9092"},
		"kafka_1.svc:65535":     {"kafka_1.svc:65535"},
	} {
		got, err := ParseServers(list)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("ParseServers(%q) = %q, %v, want %q", list, got, err, want)
		}
	}
	for list, want := range map[string]string{
		"":                       "the list is empty",
		" \t":                    "the list is empty",
		" , ,":                   "the list is empty",
		"a:":                     "port after the colon is missing",
		":9092":                  "host before the colon is missing",
		"a:0":                    "not a number from 1 to 65535",
		"a:65536":                "not a number from 1 to 65535",
		"a:-1":                   "not a number from 1 to 65535",
		"a:+1":                   "not a number from 1 to 65535",
		"a:http":                 "not a number from 1 to 65535",
		"::1":                    "[::1]:9092",
		"a:1:2":                  "more than one colon",
		"[::1":                   "not closed",
		"[::1]9092":              "after the bracket",
		"[a]:1":                  "not an IPv6 address",
		"[1.2.3.4]:1":            "not an IPv6 address",
		"ssl://a:1":              "write a:1",
		"a b:1":                  "cannot be part of a host name",
		"\x1b[0m:1":              `'\x1b'`,
		"a/b":                    "cannot be part of a host name",
		strings.Repeat("a", 254): "DNS allows 253",
	} {
		got, err := ParseServers(list)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("ParseServers(%q) = %q, error %v, want %q", list, got, err, want)
		}
		if err != nil && strings.ContainsAny(err.Error(), "\x1b\n") {
			t.Errorf("ParseServers(%q): control characters in %q", list, err)
		}
	}
}

// What ParseServers returns, it returns again.
func TestParseServersIsStable(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		list := rapid.StringMatching(`[a-z0-9:.,\[\] -]{0,24}`).Draw(t, "list")
		servers, err := ParseServers(list)
		if err != nil {
			return
		}
		again, err := ParseServers(strings.Join(servers, ","))
		if err != nil || !slices.Equal(servers, again) {
			t.Fatalf("%q: %q, then %q, %v", list, servers, again, err)
		}
	})
}

func TestValidateName(t *testing.T) {
	for _, name := range []string{"a", "prod", "eu-west_1.prod", "0", strings.Repeat("x", 64)} {
		if err := ValidateName(name); err != nil {
			t.Error(err)
		}
	}
	for _, name := range []string{"", "a b", "a/b", "-a", ".a", "..", "a:1", "a\n", "\x1b[31m", "集群", "é", strings.Repeat("x", 65)} {
		err := ValidateName(name)
		if err == nil || strings.ContainsAny(err.Error(), "\x1b\n") {
			t.Errorf("ValidateName(%q) = %v", name, err)
		}
	}
}

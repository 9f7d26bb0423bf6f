package e2e

import (
	"encoding/json"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	control "github.com/kdeck/kdeck/embedbroker/lab"
)

// TestLab controls a running "kdeck local --headless" from another process.
func TestLab(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	running := startHeadless(t, "--data-dir", dir, "--rack", "a,b,c")
	kdeck := func(args ...string) (string, error) {
		t.Helper()
		cmd := exec.Command("kdeck", append(append([]string{"lab"}, args...), "--data-dir", dir)...)
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	status := func() control.Status {
		t.Helper()
		out, err := kdeck("status", "--output", "json")
		var s control.Status
		if err != nil || json.Unmarshal([]byte(out), &s) != nil {
			t.Fatalf("%v: %s", err, out)
		}
		return s
	}
	for _, tc := range []struct{ command, want string }{
		{"stop 1", "1       b     stopped"},
		{"start 1", "1       b     running"},
		{"restart 1", "1       b     running"},
		{"slow 2 --rate 7", "2       c     slow, 7 records/s"},
		{"heal 2", "2       c     running"},
		{"isolate 0", "0       a     isolated"},
		{"heal 0", "0       a     running"},
		{"stop 9", "no broker 9: there are 0 to 2"},
		{"heal 0", "heal broker 0: it is running; nothing is to be healed"},
		{"stop one", `broker "one": want the id of a broker`},
		{"fault add --api Produce --error NOT_LEADER_OR_FOLLOWER --rate 10% --for 30s", "fault 1: answer NOT_LEADER_OR_FOLLOWER for Produce, 10% of the requests"},
		{"fault add --close", "fault 2: close the connection for every API"},
		{"fault add --api Poduce --close", "Kafka has no such API"},
		{"fault add --close --rate 200%", "want a share above 0%"},
		{"fault list", "until removed  close the connection for every API"},
		{"fault remove 1", "2      0     until removed"},
		{"fault remove --all", "FAULT  HITS  LEFT  WHAT"},
		{"fault remove 7", "no fault 7"},
		{"clean", ""},
		{"events", "broker 2    slow: each of its replicas copies at most 7 records a second"},
	} {
		if out, _ := kdeck(strings.Fields(tc.command)...); !strings.Contains(out, tc.want) {
			t.Errorf("kdeck lab %s says %q, want %q", tc.command, out, tc.want)
		}
	}
	if s := status(); len(s.Brokers) != 3 || len(s.Faults) != 0 || s.Brokers[1].Rack != "b" {
		t.Errorf("status %+v", s)
	}
	running.stop(t, syscall.SIGTERM)
	if out, err := kdeck("status"); err == nil || !strings.Contains(out, "no local cluster runs on "+dir) {
		t.Errorf("after the end: %v, %s", err, out)
	}
}

// TestLocalIsNotOpenedByMistake: others get at a cluster only by a login, or if that
// is meant.
func TestLocalIsNotOpenedByMistake(t *testing.T) {
	for args, want := range map[string]string{
		"--listen 0.0.0.0 --advertise here": "add --sasl",
		"--listen 0.0.0.0 --sasl":           "--advertise HOST",
		"--user app=secret":                 "needs --sasl",
		"--set log.dirs=/tmp":               "has no such setting",
		"--brokers 2 --rack a,b,c":          "3 racks for 2 brokers",
	} {
		cmd := exec.Command("kdeck", append([]string{"local", "--headless", "--ephemeral", "--port", "0"}, strings.Fields(args)...)...)
		if out, err := cmd.CombinedOutput(); err == nil || !strings.Contains(string(out), want) {
			t.Errorf("%s: %v, %s; want %s", args, err, out, want)
		}
	}
}

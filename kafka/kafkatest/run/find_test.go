package main

import (
	"slices"
	"strings"
	"testing"
)

func TestPackagesThatNeedACluster(t *testing.T) {
	got := needCluster(strings.Join([]string{
		"m/a testing strings",
		"m/b testing " + harness,
		"m/c",
		"m/d testing " + harness + "/labtest errors",
		"m/e " + harness + "other",
		"",
	}, "\n"))
	if want := []string{"m/b", "m/d"}; !slices.Equal(got, want) {
		t.Errorf("found %v, want %v", got, want)
	}
}

// TestTheTestsAreFound: the command names the packages with journeys and those with
// tests of the kernel, and none that needs no cluster.
func TestTheTestsAreFound(t *testing.T) {
	t.Chdir("../../..")
	command, err := testCommand(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range []string{"tui", "tui/view/topics", "tui/view/groups", "tui/view/reset", "tui/view/tail", "kafka/records", "kafka/kafkatest"} {
		if !slices.Contains(command, "github.com/kdeck/kdeck/"+p) {
			t.Errorf("the tests of %s are not run on Apache Kafka: %v", p, command)
		}
	}
	if slices.Contains(command, "github.com/kdeck/kdeck/tui/widget") {
		t.Error("widgets need no cluster")
	}
}

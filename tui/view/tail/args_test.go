package tail

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestArguments(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for line, want := range map[string]string{
		"":              "[] last 100",
		"3":             "[3] last 100",
		"0,3-5":         "[0 3 4 5] last 100",
		"3-5 earliest":  "[3 4 5] earliest",
		"- -7":          "[] last 7",
		"-7":            "[] last 7",
		"latest":        "[] latest",
		"2026-02-01":    "[] 2026-02-01",
		"5-3 latest":    `"5-3" is not a partition`,
		"x latest":      `"x" is not a partition`,
		"0,99999999 -7": `"0,99999999" is not a partition`,
	} {
		partitions, from, err := parseArgs(strings.Fields(line), now)
		got := fmt.Sprint(partitions, " ", from)
		if err != nil {
			got = err.Error()
		}
		if !strings.HasPrefix(strings.ReplaceAll(got, "the ", ""), want) {
			t.Errorf("%q: %s, want %s", line, got, want)
		}
	}
}

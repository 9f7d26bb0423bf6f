package demo

import (
	"context"
	"fmt"

	"github.com/twmb/franz-go/pkg/kadm"
)

// leave leaves behind what clusters collect over the years: groups that nobody has
// run for long, whose commits do not fit their logs any more. fresh says which
// topics were just created; nothing is left behind twice.
func leave(ctx context.Context, admin *kadm.Client, fresh map[string]bool) error {
	for _, step := range []struct {
		topic string
		leave func(context.Context, *kadm.Client) error
	}{
		{"app-logs", leaveBehindLogStart},
		{"audit-archive", leavePastLogEnd},
	} {
		if !fresh[step.topic] {
			continue
		}
		if err := step.leave(ctx, admin); err != nil {
			return fmt.Errorf("leave old commits behind on %s: %w", step.topic, err)
		}
	}
	return nil
}

// leaveBehindLogStart: retention has deleted records that log-archive never read.
func leaveBehindLogStart(ctx context.Context, admin *kadm.Client) error {
	ends, err := admin.ListEndOffsets(ctx, "app-logs")
	if err != nil {
		return err
	}
	commits, starts := make(kadm.Offsets), make(kadm.Offsets)
	ends.Each(func(end kadm.ListedOffset) {
		commits.AddOffset("app-logs", end.Partition, end.Offset/4, -1)
		starts.AddOffset("app-logs", end.Partition, end.Offset/2, -1)
	})
	if err := admin.CommitAllOffsets(ctx, "log-archive", commits); err != nil {
		return err
	}
	deleted, err := admin.DeleteRecords(ctx, starts)
	if err != nil {
		return err
	}
	return deleted.Error()
}

// leavePastLogEnd: audit-archive was deleted and made anew since audit-export read
// it.
func leavePastLogEnd(ctx context.Context, admin *kadm.Client) error {
	commits := make(kadm.Offsets)
	commits.AddOffset("audit-archive", 0, 31_415, -1)
	return admin.CommitAllOffsets(ctx, "audit-export", commits)
}

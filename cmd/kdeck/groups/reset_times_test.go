package groups

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/kdeck/kdeck/kafka/model"
	"github.com/kdeck/kdeck/kafka/reset"
)

func TestReadTimesSaysWhatIsMissing(t *testing.T) {
	rows := func(n int, to int64) []reset.Row {
		rows := make([]reset.Row, n)
		for i := range rows {
			rows[i] = reset.Row{TopicPartition: model.TopicPartition{Topic: "orders", Partition: int32(i)}, LogEnd: 9, New: to}
		}
		return rows
	}
	every := func(_ context.Context, offsets map[model.TopicPartition]int64) (map[model.TopicPartition]time.Time, error) {
		found := make(map[model.TopicPartition]time.Time)
		for tp := range offsets {
			found[tp] = time.Unix(1, 0)
		}
		return found, nil
	}
	none := func(err error) timesReader {
		return func(context.Context, map[model.TopicPartition]int64) (map[model.TopicPartition]time.Time, error) {
			return nil, err
		}
	}
	for name, tt := range map[string]struct {
		plans []reset.Plan
		read  timesReader
		timed int
		says  string
	}{
		"all":            {[]reset.Plan{{Rows: rows(500, 3)}}, every, 500, ""},
		"at the end":     {[]reset.Plan{{Rows: rows(2, 9)}}, none(nil), 0, ""},
		"deletions":      {[]reset.Plan{{Rows: rows(2, model.NoOffset)}}, none(nil), 0, ""},
		"too many":       {[]reset.Plan{{Rows: rows(501, 3)}}, every, 500, "timestamps are missing from 1 of 501 rows: no more than 500 records are read for them"},
		"of two groups":  {[]reset.Plan{{Rows: rows(400, 3)}, {Rows: rows(400, 4)}}, every, 400, "timestamps are missing from 300 of 800 rows: no more than 500 records are read for them"},
		"the same place": {[]reset.Plan{{Rows: rows(400, 3)}, {Rows: rows(400, 3)}}, every, 400, ""},
		"not allowed": {[]reset.Plan{{Rows: append(rows(2, 3), rows(1, 9)...)}}, none(errors.New("needs Read on Topic")), 0,
			"timestamps are missing from 2 of 3 rows: needs Read on Topic"},
		"holes": {[]reset.Plan{{Rows: rows(1, 3)}}, none(nil), 0, "timestamps are missing from 1 of 1 row: there is no record that can be read"},
	} {
		t.Run(name, func(t *testing.T) {
			times, says := readTimes(t.Context(), tt.read, tt.plans)
			if len(times) != tt.timed || says != tt.says {
				t.Errorf("%d partitions have times, and it says %q", len(times), says)
			}
		})
	}
}

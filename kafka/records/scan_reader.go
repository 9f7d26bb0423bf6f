package records

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"

	"github.com/twmb/franz-go/pkg/kgo"
)

// beginScan begins to scan what is there already.
func (r *Reader) beginScan() error {
	stops := r.stops
	if stops == nil {
		stops = make(map[int32]int64, len(r.next))
		for p := range r.next {
			stops[p] = r.log.Ends[p]
		}
	}
	found, err := newScan(r.client, r.query, r.log, r.next, maps.Clone(stops))
	if err != nil {
		r.cancel()
		return err
	}
	r.scan = found
	return nil
}

// scanned returns the next records of the scan; at its end it begins to read what
// comes later, when it follows.
func (r *Reader) scanned(ctx context.Context) ([]*kgo.Record, error) {
	part, err := r.scan.take(ctx)
	if errors.Is(err, io.EOF) {
		return nil, r.endScan()
	}
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.next[part.partition] = max(r.next[part.partition], part.next)
	r.looked += part.looked
	r.missed.add(part.missed)
	if part.note != "" {
		r.note = part.note
	}
	return r.limited(part.records), nil
}

func (r *Reader) endScan() error {
	r.mu.Lock()
	done := r.scan
	for p, stop := range done.stops {
		r.next[p] = max(r.next[p], stop)
	}
	r.at = done.at
	r.scan = nil
	r.mu.Unlock()
	done.close()
	if r.query.Follow {
		if err := r.follow(); err != nil {
			return fmt.Errorf("read on after the scan: %w", err)
		}
	}
	return nil
}

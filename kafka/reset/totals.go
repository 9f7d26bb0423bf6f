package reset

// Totals are sums over rows of a plan.
type Totals struct {
	Partitions, Topics int
	Changed            int // rows that are written
	Created            int // of these: rows without a commit before
	Deleted            int // of these: rows without a commit afterwards
	Warned             int // rows with a warning
	LostMetadata       int // rows whose commit loses its metadata
	Replays, Skips     int64
	LagBefore          int64 // of the partitions with a commit
	LagAfter           int64
}

// Totals adds up the rows.
func (p Plan) Totals() Totals {
	var t Totals
	for i, r := range p.Rows {
		if i == 0 || r.Topic != p.Rows[i-1].Topic {
			t.Topics++
		}
		t.add(r)
	}
	return t
}

// TopicTotals are the sums over the rows of one topic.
type TopicTotals struct {
	Topic string
	Totals
}

// ByTopic adds up the rows of each topic, in the order of the topics.
func (p Plan) ByTopic() []TopicTotals {
	var topics []TopicTotals
	for _, r := range p.Rows {
		if n := len(topics); n == 0 || topics[n-1].Topic != r.Topic {
			topics = append(topics, TopicTotals{Topic: r.Topic, Totals: Totals{Topics: 1}})
		}
		topics[len(topics)-1].add(r)
	}
	return topics
}

func (t *Totals) add(r Row) {
	t.Partitions++
	changes := r.Changes()
	if changes {
		t.Changed++
	}
	if changes && !r.HasCurrent {
		t.Created++
	}
	if changes && r.Deletes() {
		t.Deleted++
	}
	if len(r.Warnings) > 0 {
		t.Warned++
	}
	if r.LostMetadata() != "" {
		t.LostMetadata++
	}
	t.Replays += r.Replays()
	t.Skips += r.Skips()
	t.LagBefore += max(0, r.LagBefore())
	t.LagAfter += max(0, r.LagAfter())
}

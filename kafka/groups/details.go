package groups

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/kdeck/kdeck/kafka"
)

// Details reads several groups of any type at once, or all when none is
// named, by name. It sends a few requests per broker, whatever the number of
// groups: list, describe (one for each type of group there is), offsets, and
// where the logs of their topics start, end and are stable. The first name that
// no group has is a *NoGroupError, or an *UnlistedError when brokers are missing
// that may know it.
func (c *Client) Details(ctx context.Context, names ...string) (kafka.Snapshot[Detail], error) {
	all, err := c.List(ctx)
	if err != nil {
		return kafka.Snapshot[Detail]{}, err
	}
	groups := all.Items
	if len(names) > 0 {
		if groups, err = pickGroups(all, names); err != nil {
			return kafka.Snapshot[Detail]{}, err
		}
	}
	var described map[string]description
	var positions map[string]position
	var wg sync.WaitGroup
	wg.Go(func() { described = c.describeAll(ctx, groups) })
	wg.Go(func() { positions = c.positions(ctx, groups) })
	wg.Wait()
	var topics []string
	for _, g := range groups {
		topics = append(topics, topicsOf(positions[g.Name], described[g.Name].members)...)
	}
	slices.Sort(topics)
	logs, logsErr := c.readLogs(ctx, slices.Compact(topics), kafka.LogStart, kafka.LogEnd, kafka.LastStable)

	answer := kafka.Snapshot[Detail]{Items: make([]Detail, len(groups)), At: time.Now()}
	for i, g := range groups {
		d := described[g.Name]
		g.describedBy(d)
		answer.Items[i] = c.newGroupDetail(g, d, positions[g.Name], logs)
		groups[i].Err = answer.Items[i].Group.Err
	}
	answer.Partial = kafka.OneLine(all.Partial, groupsProblem(groups), logsErr)
	return answer, nil
}

// pickGroups is the groups of some names, in the order of all.
func pickGroups(all kafka.Snapshot[Group], names []string) ([]Group, error) {
	byName := make(map[string]Group, len(all.Items))
	known := make([]string, len(all.Items))
	for i, g := range all.Items {
		byName[g.Name], known[i] = g, g.Name
	}
	picked := make([]Group, 0, len(names))
	for _, name := range names {
		g, ok := byName[name]
		switch {
		case ok:
			picked = append(picked, g)
		case all.Partial != nil:
			return nil, fmt.Errorf("look for group %s: %w", name, all.Partial)
		default:
			return nil, &NoGroupError{name, kafka.Nearest(name, known)}
		}
	}
	slices.SortFunc(picked, func(a, b Group) int { return cmp.Compare(a.Name, b.Name) })
	return slices.CompactFunc(picked, func(a, b Group) bool { return a.Name == b.Name }), nil
}

// newGroupDetail puts together what was read of a group.
func (c *Client) newGroupDetail(group Group, d description, pos position, logs logs) Detail {
	if pos.err != nil {
		pos.err = kafka.Explain("read the offsets of group "+group.Name, "Describe on Group:"+group.Name, pos.err)
	}
	if d.err != nil { // not told
		d.epoch, d.assignmentEpoch = -1, -1
	}
	detail := Detail{
		Group: group, Assignor: d.assignor, Epoch: d.epoch, AssignmentEpoch: d.assignmentEpoch,
		Members: d.members, At: time.Now(), Partial: kafka.OneLine(group.Err, pos.err),
	}
	detail.Group.Err = cmp.Or(group.Err, pos.err)
	c.join(&detail, pos, logs)
	return detail
}

package page

import (
	"context"

	tea "charm.land/bubbletea/v2"
)

// Question is a Poll, whatever its answer is.
type Question interface {
	Start(ctx context.Context) tea.Cmd
	Refresh() tea.Cmd
	Update(msg tea.Msg) (arrived bool, cmd tea.Cmd)
}

func startAll(ctx context.Context, questions []Question) tea.Cmd {
	var cmds []tea.Cmd
	for _, q := range questions {
		cmds = append(cmds, q.Start(ctx))
	}
	return tea.Batch(cmds...)
}

func refreshAll(questions []Question) tea.Cmd {
	var cmds []tea.Cmd
	for _, q := range questions {
		cmds = append(cmds, q.Refresh())
	}
	return tea.Batch(cmds...)
}

// updateAll hands a message to every question; arrived reports whether one of them was
// answered.
func updateAll(questions []Question, msg tea.Msg) (arrived bool, cmd tea.Cmd) {
	var cmds []tea.Cmd
	for _, q := range questions {
		answered, cmd := q.Update(msg)
		arrived = arrived || answered
		cmds = append(cmds, cmd)
	}
	return arrived, tea.Batch(cmds...)
}

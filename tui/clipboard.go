package tui

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/kdeck/kdeck/tui/page"
	"github.com/kdeck/kdeck/tui/text"
)

const (
	// clipboardSure is what every terminal takes that knows OSC 52: 100,000 bytes of
	// base64, the bound of the oldest ones.
	clipboardSure = 74_994
	// tmuxTime bounds what tmux may take.
	tmuxTime = 2 * time.Second
)

// copy sends text to the clipboard. A terminal gives no answer to OSC 52, so nothing
// more than that it was sent is known. tmux passes the sequence on only where
// set-clipboard is on, which it is not by itself; asked by name it does, and keeps a
// buffer of its own too.
func (a *App) copy(c page.Copy) tea.Cmd {
	if a.tmux == nil {
		return tea.Sequence(tea.SetClipboard(c.Text), page.Say(page.Info, sentTo("the terminal", c)))
	}
	load := a.tmux
	return func() tea.Msg {
		if err := load(a.ctx, c.Text); err != nil {
			return tea.Sequence(tea.SetClipboard(c.Text), page.Say(page.Info, sentTo("the terminal", c)+fmt.Sprintf(" (tmux: %v)", err)))()
		}
		return page.Say(page.Info, sentTo("tmux and its terminal", c))()
	}
}

// sentTo says what was sent, and that it may be too much.
func sentTo(where string, c page.Copy) string {
	if n := len(c.Text); n > clipboardSure {
		return fmt.Sprintf("sent to %s, which may not take %s: %s", where, text.Bytes(int64(n)), c.What)
	}
	return fmt.Sprintf("sent to %s: %s", where, c.What)
}

// loadTmux puts text into a buffer of tmux, which sends it to its terminal (-w).
func loadTmux(ctx context.Context, data string) error {
	ctx, cancel := context.WithTimeout(ctx, tmuxTime)
	defer cancel()
	cmd := exec.CommandContext(ctx, "tmux", "load-buffer", "-w", "-")
	cmd.Stdin = strings.NewReader(data)
	var said bytes.Buffer
	cmd.Stderr = &said
	err := cmd.Run()
	if why := strings.TrimSpace(said.String()); err != nil && why != "" {
		return errors.New(why)
	}
	return err
}

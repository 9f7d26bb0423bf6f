package tail

import (
	"context"

	tea "charm.land/bubbletea/v2"

	"github.com/kdeck/kdeck/kafka/serde"
)

// schemasRead says that a registry has been asked.
type schemasRead struct{}

// ask reads the schemas that the rows on the screen want.
func (p *Page) ask() tea.Cmd {
	s := p.env.Client.Serde()
	if p.asking || !s.Wanting() {
		return nil
	}
	p.asking = true
	return lookup(p.ctx, s)
}

func lookup(ctx context.Context, s *serde.Serde) tea.Cmd {
	return func() tea.Msg {
		s.Lookup(ctx)
		return schemasRead{}
	}
}

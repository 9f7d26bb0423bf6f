package tail

import (
	"fmt"

	tea "charm.land/bubbletea/v2"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kdeck/kdeck/kafka/serde"
	"github.com/kdeck/kdeck/kafka/unpack"
	"github.com/kdeck/kdeck/tui/page"
)

// editRecord opens a copy of the value, less what is masked, in the user's editor.
// What is changed there changes nothing in the cluster.
func editRecord(s *serde.Serde, rec *kgo.Record) tea.Cmd {
	if large := unpack.Of(rec); large != nil {
		return page.Say(page.Failure, large.Error())
	}
	return func() tea.Msg {
		rec := s.Masked(rec)
		name := fmt.Sprintf("kdeck-%d-%d", rec.Partition, rec.Offset)
		return page.Edit(name, rec.Value, func(_ []byte, err error) tea.Msg {
			if err != nil {
				return page.Notify{Level: page.Failure, Text: "open the value in an editor: " + err.Error()}
			}
			return page.Notify{Level: page.Info, Text: "the editor had a copy; the record is as it was"}
		})()
	}
}

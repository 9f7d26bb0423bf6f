package tail

import (
	"bufio"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kdeck/kdeck/kafka/records"
	"github.com/kdeck/kdeck/kafka/records/jsonl"
	"github.com/kdeck/kdeck/kafka/serde"
	"github.com/kdeck/kdeck/kafka/unpack"
	"github.com/kdeck/kdeck/keymap"
	"github.com/kdeck/kdeck/tui/page"
	"github.com/kdeck/kdeck/tui/text"
	"github.com/kdeck/kdeck/tui/widget"
)

// export is the box in which one names the file that records are written to.
type export struct {
	env    page.Env
	field  widget.Field
	marked int
	wanted func() func() []*kgo.Record // what is to be written, to be collected while that is done
	wrong  string
}

func newExport(env page.Env, topic string, marked int, wanted func() func() []*kgo.Record) *export {
	e := &export{env: env, field: widget.NewField("file "), marked: marked, wanted: wanted}
	e.field.SetValue(filepath.Clean(topic) + ".jsonl")
	e.field.Focus()
	return e
}

func (e *export) view(w int) string {
	th := e.env.Theme
	what := "every record that shows"
	if e.marked > 0 {
		what = text.Count(e.marked) + " marked records"
	}
	width := min(60, w-4)
	lines := []string{
		th.Strong.Render("write " + what),
		"",
		e.field.View(),
		"",
		th.Dim.Render(".jsonl  one JSON object in each line"),
		th.Dim.Render(".csv    a table; bytes that are no text as base64:…"),
		th.Dim.Render(".raw    the values, a line feed after each"),
		th.Bad.Render(e.wrong),
	}
	for i, line := range lines {
		lines[i] = text.Fit(line, width, false)
	}
	return th.Overlay.Render(strings.Join(lines, "\n"))
}

// update takes a key press or a paste; done closes the box.
func (e *export) update(msg tea.Msg) (done bool, cmd tea.Cmd) {
	if key, ok := msg.(tea.KeyPressMsg); ok {
		b, _ := e.env.Keys.Resolve(key, keymap.Input)
		switch b.Action {
		case keymap.Cancel:
			return true, nil
		case keymap.Accept:
			name := strings.TrimSpace(e.field.Value())
			format, err := formatOf(name)
			if err != nil {
				e.wrong = "✗ " + err.Error()
				return false, nil
			}
			return true, writeFile(name, format, e.env.Client.Serde(), e.wanted())
		}
	}
	e.wrong = ""
	e.field, cmd = e.field.Update(msg)
	return false, cmd
}

// wanted returns the records to export: those that are marked, or else all that
// show. They are collected within the command that writes them.
func (p *Page) wanted() func() []*kgo.Record {
	if marked := p.marks.inOrder(); len(marked) > 0 {
		return func() []*kgo.Record { return marked }
	}
	feed := p.feed
	return func() []*kgo.Record {
		first, end := feed.Bounds()
		var all []*kgo.Record
		for _, held := range feed.Window(first, int(end-first)) {
			if !held.Attrs.IsControl() {
				all = append(all, held.Record)
			}
		}
		return all
	}
}

// format writes records, less what is masked. It waits for schemas.
type format func(out *bufio.Writer, s *serde.Serde, all []*kgo.Record) error

func formatOf(name string) (format, error) {
	switch filepath.Ext(name) {
	case ".jsonl":
		return writeJSONL, nil
	case ".csv":
		return writeCSV, nil
	case ".raw":
		return writeRaw, nil
	}
	return nil, errors.New("want a name that ends in .jsonl, .csv or .raw")
}

// writeFile writes records to a file that must not be there yet, readable for the
// user alone: records may hold what others must not see.
func writeFile(name string, write format, s *serde.Serde, wanted func() []*kgo.Record) tea.Cmd {
	return func() tea.Msg {
		all := wanted()
		file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if errors.Is(err, os.ErrExist) {
			return page.Notify{Level: page.Failure, Text: text.Clean(name) + " is there already; choose another name"}
		}
		if err == nil {
			out := bufio.NewWriter(file)
			err = errors.Join(write(out, s, all), out.Flush(), file.Close())
		}
		if err != nil {
			return page.Notify{Level: page.Failure, Text: "export: " + text.Clean(err.Error())}
		}
		unread := 0
		for _, rec := range all {
			if unpack.Of(rec) != nil {
				unread++
			}
		}
		if unread > 0 {
			return page.Notify{Level: page.Failure, Text: fmt.Sprintf("wrote %s to %s; not in it: %s too large to be read", text.Plural(len(all)-unread, "record"), text.Clean(name), text.Plural(unread, "row"))}
		}
		return page.Notify{Level: page.Success, Text: fmt.Sprintf("wrote %s to %s", text.Plural(len(all), "record"), text.Clean(name))}
	}
}

func writeJSONL(out *bufio.Writer, s *serde.Serde, all []*kgo.Record) error {
	await := func(rec *kgo.Record, side serde.Side) serde.Decoded {
		return s.Await(context.Background(), rec, side, serde.Auto) // as long as a registry may take
	}
	for _, rec := range all {
		if _, err := out.Write(append(jsonOf(s, rec, await), '\n')); err != nil {
			return err
		}
	}
	return nil
}

func writeRaw(out *bufio.Writer, s *serde.Serde, all []*kgo.Record) error {
	for _, rec := range all {
		if unpack.Of(rec) != nil {
			continue // it has no value; the notice counts it
		}
		value := s.AwaitMasked(context.Background(), rec).Value
		if _, err := out.Write(append(value[:len(value):len(value)], '\n')); err != nil {
			return err
		}
	}
	return nil
}

func writeCSV(out *bufio.Writer, s *serde.Serde, all []*kgo.Record) error {
	table := csv.NewWriter(out)
	rows := [][]string{{"topic", "partition", "offset", "timestamp", "timestampType", "key", "value", "headers"}}
	for _, rec := range all {
		if large := unpack.Of(rec); large != nil {
			rows = append(rows, []string{
				rec.Topic, strconv.Itoa(int(rec.Partition)), strconv.FormatInt(rec.Offset, 10),
				rec.Timestamp.UTC().Format(jsonl.Stamp), records.TimestampType(rec), "", large.Error(), "",
			})
			continue
		}
		rec = s.AwaitMasked(context.Background(), rec)
		rows = append(rows, []string{
			rec.Topic, strconv.Itoa(int(rec.Partition)), strconv.FormatInt(rec.Offset, 10),
			rec.Timestamp.UTC().Format(jsonl.Stamp), records.TimestampType(rec), cellOf(rec.Key), cellOf(rec.Value), headersCell(rec),
		})
	}
	return table.WriteAll(rows)
}

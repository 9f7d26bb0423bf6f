package produce

import (
	"errors"
	"fmt"
	"strings"

	"github.com/kdeck/kdeck/kafka/produce"
	"github.com/kdeck/kdeck/kafka/serde"
	"github.com/kdeck/kdeck/keymap"
	"github.com/kdeck/kdeck/tui/text"
	"github.com/kdeck/kdeck/tui/widget"
)

// settingsLines are the settings: a row for each, or all in one line.
func (p *Page) settingsLines() (lines []line) {
	th := p.env.Theme
	if !p.settingsOpen() {
		return []line{{p.fieldLabel(settingsField) + th.Dim.Render(text.Cut(p.summary(), p.w-labelWidth-2)), settingsField, -1}}
	}
	lines = append(lines, line{p.fieldLabel(settingsField) + th.Dim.Render("↑ ↓ choose a row, ← → change it"), settingsField, -1})
	for o := range options {
		sign, style := "    ", th.Text
		if p.focus == settingsField && o == p.row {
			sign, style = th.Accent.Render("  ▌ "), th.Accent
		}
		value, note := p.setting(o)
		lines = append(lines, line{sign + th.Dim.Render(text.Fit(o.String(), 13, false)) + style.Render(text.Clean(value)) + th.Dim.Render("  "+text.Clean(note)), settingsField, o})
	}
	return lines
}

// setting is the value of a row, and what it means.
func (p *Page) setting(o option) (value, note string) {
	f := p.form
	switch o {
	case partitionOption:
		return p.partitionSetting()
	case keyFormOption, valueFormOption:
		side := serde.Side(o - keyFormOption)
		if f.forms[side] == serde.Auto {
			return "auto", string(p.env.Client.Serde().Written(f.topicName(), side))
		}
		return string(f.forms[side]), ""
	case acksOption:
		return string(f.acks), map[produce.Acks]string{
			produce.All: "all replicas in sync have it", produce.Leader: "the leader has it", produce.None: "nobody answers",
		}[f.acks]
	case compressionOption:
		return string(f.compression), ""
	case idempotentOption:
		return offOr(f.idempotent, "on"), map[bool]string{true: "a retry stores nothing twice", false: "a retry may store it twice"}[f.idempotent]
	case transactionOption:
		if f.transaction == "" {
			return "off", ""
		}
		return "on", "transactional.id " + f.transaction
	}
	if f.keepTime {
		return "as it was", f.again.Timestamp.UTC().Format("2006-01-02 15:04:05.000 UTC")
	}
	return "now", ""
}

func (p *Page) partitionSetting() (value, note string) {
	switch p.form.partition {
	case byKey:
		value = "by key"
	case sticky:
		value = "any"
	default:
		value = fmt.Sprint(p.form.partition)
	}
	d, known := p.destination()
	key, _, err := p.bytes(serde.Key)
	if !known || err != nil || p.form.partition >= 0 {
		return value, ""
	}
	partition, how := p.form.place(d.Leaders, key, p.dice)
	return value, "→ " + partitionText(partition) + ", " + how
}

// summary is the settings in one line.
func (p *Page) summary() string {
	f := p.form
	partition := map[int32]string{byKey: "partition by key", sticky: "any partition"}[f.partition]
	if f.partition >= 0 {
		partition = partitionText(f.partition)
	}
	words := []string{partition, strings.ReplaceAll(ack(f.options()), ", ", " · ")}
	if f.compression == "none" {
		words = append(words, "not compressed")
	}
	if f.keepTime {
		words = append(words, "timestamp as it was")
	}
	return strings.Join(words, " · ")
}

// status is the foot of the form: the path of a file, what is wrong, or what would
// be sent.
func (p *Page) status() []string {
	th := p.env.Theme
	if p.asking {
		what := "the " + p.focus.String() + " from a file: "
		return []string{"", " " + th.Strong.Render(what) + p.file.View()}
	}
	v, err := p.draft()
	var said []string
	switch {
	case errors.Is(err, errNotYet) && p.wanted:
		said = []string{th.Accent.Render("waiting for what has to be known first …")}
	case errors.Is(err, errNotYet):
	case err != nil && p.valueSays(err):
	case err != nil:
		said = widget.Wrap(th.Bad, "✗ "+text.Clean(err.Error()), p.w-2)
	case len(v.warnings) > 0:
		said = widget.Wrap(th.Warn, "! "+text.Clean(v.warnings[0]), p.w-2)
	default:
		said = []string{th.Dim.Render(bytesText(v.message.Size()) + " to " + partitionText(v.partition) + "; " + p.label(keymap.SendPreview) + " shows all before it is sent")}
	}
	if len(said) > statusLines {
		said = said[:statusLines]
		said[statusLines-1] = text.Cut(said[statusLines-1]+th.Dim.Render(" …"), p.w-2)
	}
	for i := range said {
		said[i] = " " + said[i]
	}
	return append(make([]string, statusLines-len(said)), said...)
}

// valueSays reports whether an error stands under the value already.
func (p *Page) valueSays(err error) bool {
	_, _, own := p.bytes(serde.Value)
	return own != nil && errors.Is(err, own)
}

func bytesText(n int) string {
	if n == 1 {
		return "1 byte"
	}
	if n < 10_000 {
		return text.Count(n) + " bytes"
	}
	return text.Bytes(int64(n))
}

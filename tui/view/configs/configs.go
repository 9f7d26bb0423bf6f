// Package configs shows the configuration of a topic or a broker: what was set
// comes first and stands out, what is left at its default is dim, and the
// cluster's own explanation of the entry under the cursor stands below.
package configs

import (
	"cmp"
	"context"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"charm.land/lipgloss/v2"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/configs"
	"github.com/kdeck/kdeck/keymap"
	"github.com/kdeck/kdeck/tui/page"
	"github.com/kdeck/kdeck/tui/text"
	"github.com/kdeck/kdeck/tui/theme"
	"github.com/kdeck/kdeck/tui/widget"
)

// refreshEvery is the time between two readings: configuration changes seldom,
// and an answer with its documentation takes some 20 kB.
const refreshEvery = 30 * time.Second

// Page is the configuration of one thing. It is a page of its own or a tab of
// another.
type Page = page.TablePage[kafka.Snapshot[configs.Entry], configs.Entry]

// New returns the configuration that fetch reads. Its keys are those of scope, and
// instead is as in page.TableSpec.
func New(env page.Env, scope keymap.Scope, fetch func(context.Context) (kafka.Snapshot[configs.Entry], error), instead func(error) string) *Page {
	p := page.NewTablePage(env, page.TableSpec[kafka.Snapshot[configs.Entry], configs.Entry]{
		Title: "Configuration", What: "the configuration", Scope: scope, Row: "entry",
		Fetch: fetch, Rows: page.Items[configs.Entry], Instead: instead,
		Columns: columns(env.Theme), Key: func(e configs.Entry) string { return e.Name },
		Copy:  func(e configs.Entry) string { return e.Name + "=" + e.Value },
		Sort:  "source", // what was set comes before what was not
		Never: map[keymap.Action]string{keymap.Open: "there is nothing more to a configuration entry"},
		Empty: func() string { return "the cluster names no configuration entries" },
		About: explain, AboutLines: 3, Rule: true,
	})
	p.Poll.Every = refreshEvery
	return p
}

func columns(th *theme.Theme) []widget.Column[configs.Entry] {
	style := func(e configs.Entry) lipgloss.Style {
		if e.Source == configs.FromDefault {
			return th.Dim
		}
		return th.Strong
	}
	return []widget.Column[configs.Entry]{
		{Title: "name", Min: 30, Flex: 3, Cell: func(e configs.Entry) string { return e.Name }, Style: style,
			Cmp: func(a, b configs.Entry) int { return strings.Compare(a.Name, b.Name) }},
		{Title: "value", Min: 24, Flex: 4, Cell: value, Style: style,
			Cmp: func(a, b configs.Entry) int { return strings.Compare(a.Value, b.Value) }},
		{Title: "source", Min: 14, Cell: func(e configs.Entry) string { return string(e.Source) }, Style: style,
			Cmp: func(a, b configs.Entry) int { return cmp.Compare(precedence(a.Source), precedence(b.Source)) }},
		{Title: "default", Min: 10, Flex: 2, Drop: 1, Cell: fallback,
			Style: func(configs.Entry) lipgloss.Style { return th.Dim }},
	}
}

// precedence ranks sources: the one that wins over all others is 0.
func precedence(s configs.Source) int {
	return slices.Index([]configs.Source{
		configs.FromTopic, configs.FromGroup, configs.FromBroker, configs.FromBrokerDefault,
		configs.FromBrokerFile, configs.FromOther, configs.FromDefault,
	}, s)
}

func value(e configs.Entry) string {
	if e.Sensitive {
		return "(sensitive)"
	}
	return readable(e.Name, e.Value)
}

// fallback is what would hold if the entry were not set; empty where it is not.
func fallback(e configs.Entry) string {
	switch {
	case e.Source == configs.FromDefault:
		return ""
	case e.Default == "":
		return text.Unknown
	}
	return readable(e.Name, e.Default)
}

// readable adds to a large number what people call it, by the unit in the
// entry's name: 604800000 of retention.ms is 7d.
func readable(name, value string) string {
	n, err := strconv.ParseInt(value, 10, 64)
	if err != nil || n < 1000 || n == 1<<63-1 {
		return value
	}
	switch {
	case strings.HasSuffix(name, ".ms") && n < int64(1<<63-1)/int64(time.Millisecond):
		return value + " = " + text.Duration(time.Duration(n)*time.Millisecond)
	case strings.HasSuffix(name, ".bytes"):
		return value + " = " + text.Bytes(n)
	}
	return value
}

// markup is the HTML in Apache Kafka's explanations.
var markup = regexp.MustCompile(`</?[a-z]+[^<>]*>`)

// explain is the cluster's own explanation of an entry.
func explain(e configs.Entry) string {
	doc := strings.Join(strings.Fields(markup.ReplaceAllString(e.Doc, " ")), " ")
	if doc == "" {
		doc = "The cluster gives no explanation of " + e.Name + "."
	}
	if e.ReadOnly {
		doc = "Cannot be changed while the broker runs. " + doc
	}
	if without := fallback(e); without != "" && without != text.Unknown {
		doc = "Without it: " + without + ". " + doc
	}
	return doc
}

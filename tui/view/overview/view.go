package overview

import (
	"slices"
	"strings"
	"time"

	"github.com/kdeck/kdeck/tui/page"
	"github.com/kdeck/kdeck/tui/text"
	"github.com/kdeck/kdeck/tui/widget"
)

// View draws the page.
func (p *Page) View() string {
	if err := p.partitions.Err; err != nil && !p.partitions.Loaded() && !p.brokers.Loaded() {
		return page.Waiting(p.env, "the cluster", err, p.w, p.h)
	}
	lines := make([]string, p.h)
	paint(lines, p.layout.problems, p.headline())
	paint(lines, p.layout.facts, drawFacts(p.env.Theme, p.facts, p.w))
	paint(lines, p.layout.ages, "  "+p.env.Theme.Dim.Render(p.slowParts()))
	paint(lines, p.layout.groups, p.groupList.View(p.noGroups()))
	paint(lines, p.layout.topics, p.topicList.View(p.noTopics()))
	paint(lines, p.layout.brokers, p.brokerList.View(page.LoadingOr("brokers", p.brokers.Err)))
	paint(lines, p.layout.rate, p.chart("Rec/s of all topics", text.Rate, p.recordRate, p.layout.rate))
	paint(lines, p.layout.lag, p.chart("Lag of all groups", func(v float64) string { return text.Count(int64(v)) }, p.totalLag, p.layout.lag))
	return strings.Join(lines, "\n")
}

// headline is the problems, or one calm line.
func (p *Page) headline() string {
	th := p.env.Theme
	switch {
	case p.problemList.hasRows():
		return p.problemList.View("")
	case !p.partitions.Loaded():
		return th.Dim.Render("  " + page.Loading("the cluster"))
	}
	return th.Good.Render("  ✓ " + p.calm)
}

// oldAfter is the age from which a part tells how old it is.
const oldAfter = 12 * time.Second

// slowParts tells the age of what is read less often, as of the newest answer;
// empty when nothing is old.
func (p *Page) slowParts() string {
	newest := p.brokers.At
	if p.partitions.At.After(newest) {
		newest = p.partitions.At
	}
	var parts []string
	for _, part := range []struct {
		name string
		at   time.Time
	}{{"rates", p.rates.At}, {"lag", p.groups.At}} {
		if age := newest.Sub(part.at); !part.at.IsZero() && age > oldAfter {
			parts = append(parts, part.name+" "+text.Duration(age)+" old")
		}
	}
	return strings.Join(parts, ", ")
}

func (p *Page) noGroups() string {
	switch {
	case p.groups.Loaded() && p.groups.Value.Hidden != nil:
		return "no groups that you may describe\nneeds Describe on Group or Cluster"
	case p.groups.Loaded():
		return "no groups yet\na consumer that commits shows up here"
	}
	return page.LoadingOr("groups", p.groups.Err)
}

func (p *Page) noTopics() string {
	switch {
	case !p.rates.Loaded():
		return page.LoadingOr("rates", p.rates.Err)
	case p.rates.Value.PerSecond < 0 && p.partitions.Value.Partitions > 0:
		return "measuring …"
	case p.partitions.Value.Hidden != nil:
		return "no topic that you may describe\nis written to right now"
	}
	return "no topic is written to right now"
}

// chart draws how a number went, with its newest and its highest value.
func (p *Page) chart(title string, format func(float64) string, s series, r rect) string {
	th := p.env.Theme
	if r.h < 2 {
		return ""
	}
	head := "  " + th.Header.Render(title)
	if len(s) > 0 {
		head += "  " + th.Strong.Render(format(s[len(s)-1])) + th.Dim.Render("  peak "+format(slices.Max(s)))
	}
	return head + "\n" + th.Graph.Render(indent(widget.Chart(s, r.w-2, r.h-1)))
}

func indent(s string) string { return "  " + strings.ReplaceAll(s, "\n", "\n  ") }

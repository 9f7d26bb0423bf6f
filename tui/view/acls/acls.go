// Package acls is the screen of a cluster's access control lists: who may do what.
package acls

import (
	"strings"

	"charm.land/lipgloss/v2"

	"github.com/kdeck/kdeck/kafka/access"
	"github.com/kdeck/kdeck/keymap"
	"github.com/kdeck/kdeck/tui/page"
	"github.com/kdeck/kdeck/tui/text"
	"github.com/kdeck/kdeck/tui/theme"
	"github.com/kdeck/kdeck/tui/widget"
)

// New returns the list of all access control entries.
func New(env page.Env) page.Page {
	var p *page.TablePage[access.ACLs, access.ACL]
	p = page.NewTablePage(env, page.TableSpec[access.ACLs, access.ACL]{
		Title: "acls", What: "ACLs", Scope: keymap.ACLs, Row: "entry",
		Fetch:   env.Client.Access.ACLs,
		Rows:    func(all access.ACLs) []access.ACL { return all.Items },
		Columns: columns(env.Theme), Key: access.ACL.Key, Copy: sentence,
		Head: func() string { return summary(env.Theme, p.Poll.Value) },
		Empty: func() string {
			if p.Poll.Value.NoAuthorizer {
				return "This cluster has no authorizer: its brokers check no rights,\nand everybody may do everything.\n\n" +
					"authorizer.class.name on the brokers sets one (SECURITY_DISABLED)"
			}
			return "no ACLs: only super users may do anything, or everybody\nwhere allow.everyone.if.no.acl.found is set"
		},
		About: sentence, AboutLines: 2,
	})
	return p
}

func columns(th *theme.Theme) []widget.Column[access.ACL] {
	word := func(title string, min, flex, drop int, of func(access.ACL) string) widget.Column[access.ACL] {
		return widget.Column[access.ACL]{
			Title: title, Min: min, Flex: flex, Drop: drop, Cell: of,
			Cmp: func(a, b access.ACL) int { return strings.Compare(of(a), of(b)) },
		}
	}
	may := word("", 5, 0, 0, access.ACL.Permission)
	may.Title = "may"
	may.Style = func(a access.ACL) lipgloss.Style {
		if a.Allow {
			return th.Good
		}
		return th.Bad
	}
	principal := word("principal", 16, 2, 0, func(a access.ACL) string { return a.Principal })
	principal.Style = func(access.ACL) lipgloss.Style { return th.Strong }
	return []widget.Column[access.ACL]{
		principal,
		may,
		word("operation", 15, 0, 0, func(a access.ACL) string { return a.Operation }),
		word("type", 7, 0, 0, func(a access.ACL) string { return a.ResourceType }),
		word("resource", 14, 3, 0, func(a access.ACL) string { return a.Resource }),
		word("pattern", 8, 0, 1, func(a access.ACL) string { return a.Pattern }),
		word("host", 6, 1, 2, func(a access.ACL) string { return a.Host }),
	}
}

// summary counts the entries, and those that deny.
func summary(th *theme.Theme, all access.ACLs) string {
	if all.NoAuthorizer {
		return th.Warn.Render("! no authorizer")
	}
	deny, principals := 0, make(map[string]bool)
	for _, a := range all.Items {
		principals[a.Principal] = true
		if !a.Allow {
			deny++
		}
	}
	parts := []string{th.Text.Render(text.Plural(len(all.Items), "ACL")), th.Dim.Render(text.Plural(len(principals), "principal"))}
	if deny > 0 {
		parts = append(parts, th.Bad.Render(text.Count(deny)+" deny"))
	}
	return strings.Join(parts, th.Border.Render(" · "))
}

// sentence says in words what an entry does.
func sentence(a access.ACL) string {
	who, may := a.Principal, " may "
	if who == "User:*" {
		who = "everybody"
	}
	if !a.Allow {
		may = " may not "
	}
	what := a.ResourceType + " " + a.Resource
	switch {
	case a.ResourceType == "Cluster":
		what = "the cluster"
	case a.Resource == "*":
		what = "every " + strings.ToLower(a.ResourceType)
	case a.Pattern == "Prefixed":
		what = "every " + strings.ToLower(a.ResourceType) + " whose name begins with " + a.Resource
	}
	from := ""
	if a.Host != "*" {
		from = ", from " + a.Host
	}
	return who + may + a.Operation + " on " + what + from
}

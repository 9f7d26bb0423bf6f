package groups

import (
	"github.com/kdeck/kdeck/kafka/groups"
	"github.com/kdeck/kdeck/kafka/reset"
	"github.com/kdeck/kdeck/tui/page"
	"github.com/kdeck/kdeck/tui/text"
)

// deletion is the page that asks before groups are deleted.
func deletion(env page.Env, names []string) page.Page {
	return page.NewChange(env, "delete "+groupsText(names), env.Client.Groups.Delete(names...))
}

// deleteOffsets is the page that asks before a group's offsets of a topic are deleted.
func deleteOffsets(env page.Env, group, topic string) page.Page {
	scope := reset.Scope{Topics: map[string][]int32{topic: nil}}
	return page.NewChange(env, "delete offsets of "+topic, env.Client.Groups.DeleteOffsets(group, scope))
}

// removeMember is the page that asks before a static member is removed from its group.
func removeMember(env page.Env, group, id string) page.Page {
	return page.NewChange(env, "remove "+id, env.Client.Groups.RemoveMembers(group, id))
}

// why is the text of an error, "" without one.
func why(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// refusesDeletion says why none of the chosen groups can be deleted, or "".
func (p *List) refusesDeletion() string {
	refused := "there is no group under the cursor"
	for _, r := range p.Chosen() {
		if refused = why(groups.RefuseDeletion(r.Group)); refused == "" {
			return ""
		}
	}
	return refused
}

func groupNames(rows []row) []string {
	names := make([]string, len(rows))
	for i, r := range rows {
		names[i] = r.Name
	}
	return names
}

// groupsText is one name, or how many there are.
func groupsText(names []string) string {
	if len(names) == 1 {
		return names[0]
	}
	return text.Plural(len(names), "group")
}

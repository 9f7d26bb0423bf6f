package groups

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/kdeck/kdeck/cmd/kdeck/kit/exit"
	"github.com/kdeck/kdeck/kafka/reset"
)

const resetHelp = `Move the committed offsets of groups that have no members. Without --execute
nothing is changed: the plan is printed, every partition before and after.

The groups are given as arguments or with --group, or are all consumer groups
(--all-groups). Each is reset on its own: one that is refused does not stop
the others.

The partitions are those with a commit (--all-topics), or those of --topic
TOPIC (all) and --topic TOPIC:0,3-5 (some). All must exist and have a leader,
or nothing is done.

  --to-earliest    to the log start
  --to-latest      to the log end
  --to-current     stay at the commit; without a commit, to the log end
  --to-offset N    to N, or to the nearest end of the log
  --to-datetime T  to the first record at or after T, or to the log end if
                   there is none: 2026-03-01T14:30:00.000, in UTC unless Z,
                   +08, +0800 or +08:00 follows; or "2h ago"
  --by-duration D  the same, D ago: PT1H30M (1 hour 30 minutes), P1D (1 day)
  --shift-by N     by N records from the commit, back if negative, at most to
                   the end of the log
  --from-file F    to the offsets in the CSV file F, which has lines of
                   topic,partition,offset or group,topic,partition,offset and
                   names the partitions
  --from-group G   to the commits of the group G; a partition where it has
                   none stays. --all-topics includes the partitions of G

The start offsets of share groups can be moved --to-earliest, --to-latest and
--to-datetime.

--export prints the plan as the CSV that --from-file reads, in the format of
kafka-consumer-groups.sh.

Before anything is written, the old offsets of a group are saved to a file,
whose path is printed; kdeck groups undo-reset puts them back. Afterwards
every partition is read back.

` + exit.Codes

// strategies are all of them, each of which is a flag by the name that
// kafka-consumer-groups.sh has for it.
func strategies() []reset.Kind {
	return []reset.Kind{
		reset.ToEarliest, reset.ToLatest, reset.ToCurrent, reset.ToOffset, reset.ToDatetime, reset.ByDuration,
		reset.ShiftBy, reset.FromFile, reset.FromGroup,
	}
}

// registerStrategies adds the flags, of which exactly one is given.
func registerStrategies(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.Bool(string(reset.ToEarliest), false, "go to the log start")
	flags.Bool(string(reset.ToLatest), false, "go to the log end")
	flags.Bool(string(reset.ToCurrent), false, "stay, and commit the log end where nothing is committed")
	flags.String(string(reset.ToOffset), "", "go to offset N")
	flags.String(string(reset.ToDatetime), "", "go to the first record at or after TIME")
	flags.String(string(reset.ByDuration), "", "go to the first record of the last DURATION, as in PT1H30M")
	flags.String(string(reset.ShiftBy), "", "move by N records, back if negative")
	flags.String(string(reset.FromFile), "", "go to the offsets in the CSV FILE")
	flags.String(string(reset.FromGroup), "", "go to the commits of GROUP")
	var names []string
	for _, kind := range strategies() {
		names = append(names, string(kind))
	}
	cmd.MarkFlagsMutuallyExclusive(names...)
	cmd.MarkFlagsOneRequired(names...)
}

// givenStrategy is the one whose flag was given.
func givenStrategy(cmd *cobra.Command, now time.Time) (reset.Strategy, error) {
	for _, kind := range strategies() {
		flag := cmd.Flags().Lookup(string(kind))
		if !flag.Changed {
			continue
		}
		arg := flag.Value.String()
		if flag.Value.Type() == "bool" {
			if arg == "false" {
				return reset.Strategy{}, fmt.Errorf("--%s=false chooses nothing; leave it out", kind)
			}
			arg = ""
		}
		strategy, err := reset.Parse(kind, arg, now)
		if err != nil {
			return reset.Strategy{}, fmt.Errorf("--%s: %w", kind, err)
		}
		return strategy, nil
	}
	return reset.Strategy{}, errors.New("no strategy given") // cobra has refused that already
}

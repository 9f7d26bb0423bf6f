package brokers

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/brokers"
	"github.com/kdeck/kdeck/tui/text"
)

// summary says in one line which brokers are not up, and who the controller is;
// well is false when something is wrong. noSizes says that sizes are not told for
// want of a right.
func summary(rows []row, controller kafka.Controller, noSizes bool) (words string, well bool) {
	var down, silent []string
	for _, r := range rows {
		switch r.State {
		case brokers.Down:
			down = append(down, r.key())
		case brokers.Silent:
			silent = append(silent, r.key()+" ("+text.Clean(r.Why())+")")
		case brokers.Up:
		}
	}
	var parts []string
	if len(down) > 0 {
		parts = append(parts, named(down, "is down", "are down"))
	}
	if len(silent) > 0 {
		parts = append(parts, named(silent, "does not answer", "do not answer"))
	}
	if len(parts) == 0 {
		parts = append(parts, fmt.Sprintf("all %d brokers answer", len(rows)))
		if len(rows) == 1 {
			parts[0] = "the broker answers"
		}
	}
	parts = append(parts, controllerWords(rows, controller, noSizes))
	led := controller.ID >= 0 || controller.Why != nil
	return strings.Join(parts, "; "), led && len(down)+len(silent) == 0
}

// controllerWords names the controller, or says why it is not known.
func controllerWords(rows []row, controller kafka.Controller, noSizes bool) string {
	switch {
	case noSizes && kafka.IsAuthorization(controller.Why):
		return "controller and sizes need Describe on Cluster"
	case noSizes:
		return controllerWords(rows, controller, false) + "; size needs Describe on Cluster"
	case controller.ID >= 0 && slices.ContainsFunc(rows, func(r row) bool { return r.ID == controller.ID }):
		return fmt.Sprintf("the controller is broker %d", controller.ID)
	case controller.ID >= 0:
		return fmt.Sprintf("the controller is node %d, which is no broker", controller.ID)
	case controller.Why == nil:
		return "no controller: topics and leaders cannot change"
	case kafka.IsAuthorization(controller.Why):
		return "the controller is not told: needs Describe on Cluster"
	}
	return "the controller is not known: " + text.Clean(controller.Why.Error())
}

// unevenFrom is how many times its fair share of the partitions a broker leads
// before that is worth a word.
const unevenFrom = 1.5

// balance says how the leaders are spread, when that is notable.
func balance(rows []row) string {
	led, preferred, notLed, up := 0, 0, 0, 0
	var most row
	for _, r := range rows {
		if r.leaders < 0 {
			return ""
		}
		led, preferred = led+r.leaders, preferred+r.preferred.Partitions
		notLed += r.preferred.Partitions - r.preferred.Led
		if r.State == brokers.Up {
			up++
		}
		if r.leaders > most.leaders {
			most = r
		}
	}
	switch {
	case up > 1 && led >= 10*up && float64(most.leaders*up) >= unevenFrom*float64(led):
		return fmt.Sprintf("broker %d leads %d%% of the partitions", most.ID, 100*most.leaders/led)
	case notLed > 0:
		return fmt.Sprintf("%s of %s partitions are not led by their preferred broker", text.Count(notLed), text.Count(preferred))
	}
	return ""
}

func named(ids []string, one, many string) string {
	if len(ids) == 1 {
		return "broker " + ids[0] + " " + one
	}
	return "brokers " + strings.Join(ids[:len(ids)-1], ", ") + " and " + ids[len(ids)-1] + " " + many
}

// parseID reads a broker id as it is typed.
func parseID(s string) (int32, error) {
	id, err := strconv.ParseInt(s, 10, 32)
	if err != nil || id < 0 {
		return 0, fmt.Errorf("%q is not a broker id: ids are whole numbers", s)
	}
	return int32(id), nil
}

// noVolumes says why there are no numbers of the volumes behind log directories;
// nil where there are.
func noVolumes(dirs []kafka.LogDir) error {
	known := func(d kafka.LogDir) bool { return d.Total >= 0 }
	if len(dirs) == 0 || slices.ContainsFunc(dirs, known) {
		return nil
	}
	return errors.New("usable and total are not told: needs Kafka 3.3 (KIP-827)")
}

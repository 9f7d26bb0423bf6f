package reset

import (
	"errors"
	"fmt"

	"github.com/kdeck/kdeck/kafka/model"
)

// Judge tells what became of a row from the reply to its write and from the commit
// that was read back afterwards, if there is one. What was read back counts more than
// any reply; readErr is why nothing could be read.
func (r Row) Judge(reply model.Reply, found model.Commit, committed bool, readErr error) (model.Outcome, error) {
	there := readErr == nil && r.holds(found, committed)
	at := model.NoOffset
	if committed {
		at = found.Offset
	}
	switch {
	case !r.Changes() && (there || readErr != nil):
		return model.Unchanged, nil //nolint:nilerr // nothing was written, so nothing has to be read
	case there:
		return model.Done, nil
	case reply.Lost && readErr == nil:
		return model.Unknown, fmt.Errorf("%w; the offset is %s now, but the write may still arrive", reply.Err, offsetText(at))
	case reply.Lost:
		return model.Unknown, fmt.Errorf("%w; whether it was written is not known", reply.Err)
	case reply.Err != nil:
		return model.Refused, reply.Err
	case readErr != nil:
		return model.Unknown, errors.New("the coordinator accepted it, but it could not be read back")
	case at == r.New:
		return model.Refused, fmt.Errorf("the offset is %s, but with another leader epoch or metadata", offsetText(at))
	}
	return model.Refused, fmt.Errorf("the offset is %s now: somebody else has written it meanwhile", offsetText(at))
}

func offsetText(offset int64) string {
	if offset == model.NoOffset {
		return "not set"
	}
	return fmt.Sprint(offset)
}

package kafka

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"syscall"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
)

// Explain turns an error into one line that says what was tried, why it failed
// and what to do next. needs names the right that the request takes, as in
// "Describe on Group:payments", and is used when the cluster says that the user
// lacks it. Explain(what, "", nil) is nil, and the result wraps err.
func Explain(what, needs string, err error) error {
	if err == nil {
		return nil
	}
	var ke *kerr.Error
	var ne net.Error
	switch {
	case errors.As(err, &ke) && isAuthorization(ke):
		text := fmt.Sprintf("%s: not authorized (%s)", what, ke.Message)
		if needs == "" {
			return explained{text, err}
		}
		return lacking{explained{text + "; needs " + needs, err}, needs}
	case errors.As(err, &ke):
		return explained{fmt.Sprintf("%s: %s (%s)", what, strings.TrimSuffix(ke.Description, "."), ke.Message), err}
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, errSilent), errors.As(err, &ne) && ne.Timeout():
		return fmt.Errorf("%s: no answer in time; is the broker up and reachable? (%w)", what, err)
	}
	if why := unreachable(err); why != "" {
		return explained{what + ": " + why, err}
	}
	return fmt.Errorf("%s: %w", what, err)
}

// unreachable says in plain words why no connection could be made, or "".
func unreachable(err error) string {
	var op *net.OpError
	var dns *net.DNSError
	switch {
	case errors.As(err, &dns) && dns.IsNotFound:
		return fmt.Sprintf("there is no host %s; check its name", dns.Name)
	case errors.As(err, &op) && op.Addr != nil && errors.Is(err, syscall.ECONNREFUSED):
		return fmt.Sprintf("%s: connection refused; is a broker listening there?", op.Addr)
	case errors.As(err, &op) && op.Addr != nil && errors.Is(err, syscall.ECONNRESET):
		return fmt.Sprintf("%s: the connection was cut; by the broker, or by something on the way to it?", op.Addr)
	}
	return ""
}

// explained is an error whose text is chosen for the user and whose cause stays
// reachable for errors.As.
type explained struct {
	text  string
	cause error
}

// Worded is an error with a text of its own, which wraps why.
func Worded(text string, why error) error { return explained{text, why} }

// lacking is an explained error about a right that the user lacks.
type lacking struct {
	explained
	needs string
}

func (e explained) Error() string { return e.text }
func (e explained) Unwrap() error { return e.cause }

// isAuthorization reports whether the error is the cluster saying that the user
// lacks a right.
func isAuthorization(err *kerr.Error) bool {
	switch err.Code {
	case kerr.ClusterAuthorizationFailed.Code, kerr.TopicAuthorizationFailed.Code,
		kerr.GroupAuthorizationFailed.Code, kerr.TransactionalIDAuthorizationFailed.Code,
		kerr.DelegationTokenAuthorizationFailed.Code:
		return true
	}
	return false
}

// IsAuthorization reports whether err, anywhere in its chain, is the cluster
// saying that the user lacks a right.
func IsAuthorization(err error) bool {
	var ke *kerr.Error
	return errors.As(err, &ke) && isAuthorization(ke)
}

// Needs returns the rights that the user lacks, as in "Describe on Group:payments",
// each once, in the order in which they stand in err and the errors that it wraps.
// only is true when nothing else is wrong.
func Needs(err error) (rights []string, only bool) {
	switch e := err.(type) { //nolint:errorlint // takes the tree apart itself
	case nil:
		return nil, true
	case lacking:
		return []string{e.needs}, true
	case interface{ Unwrap() error }:
		return Needs(e.Unwrap())
	case interface{ Unwrap() []error }:
		only = true
		for _, part := range e.Unwrap() {
			more, onlyRights := Needs(part)
			only = only && onlyRights
			for _, right := range more {
				if !slices.Contains(rights, right) {
					rights = append(rights, right)
				}
			}
		}
		return rights, only
	}
	return nil, false
}

// NeedsOn names a right on the first of several things of a kind, as in
// "DescribeConfigs on Topic:orders and 2 others".
func NeedsOn(right, kind string, names []string) string {
	if len(names) == 0 {
		return right + " on " + kind
	}
	s := right + " on " + kind + ":" + slices.Min(names)
	switch others := len(names) - 1; {
	case others == 1:
		s += " and another"
	case others > 1:
		s += fmt.Sprintf(" and %d others", others)
	}
	return s
}

// IfAny marks the name in a right on something that may not exist: to those who
// may not describe it, the cluster does not tell.
func IfAny(needs string) string { return needs + ", if it exists" }

// OneLine joins errors into one whose text is a single line, as the footer of a
// screen wants it. It leaves out nils, and is nil when all are.
func OneLine(errs ...error) error {
	var j joined
	for _, err := range errs {
		if err != nil {
			j = append(j, err)
		}
	}
	switch len(j) {
	case 0:
		return nil
	case 1:
		return j[0]
	}
	return j
}

// joined is several errors; errors.Is and errors.As look into each.
type joined []error

func (j joined) Error() string {
	texts := make([]string, len(j))
	for i, err := range j {
		texts[i] = err.Error()
	}
	return strings.Join(texts, "; ")
}

func (j joined) Unwrap() []error { return j }

// ErrLeftOut stands for a group or a partition that a coordinator's answer does not mention.
var ErrLeftOut = errors.New("the coordinator left it out of its answer")

// shardError is the first reason why a part of a question of kadm's was not answered.
func shardError(err error) error {
	var shards *kadm.ShardErrors
	if errors.As(err, &shards) && len(shards.Errs) > 0 {
		return shards.Errs[0].Err
	}
	return err
}

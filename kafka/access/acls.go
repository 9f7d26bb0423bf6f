// Package access is what kdeck asks of the rights that a cluster gives. It imports no
// other room.
package access

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"

	"github.com/kdeck/kdeck/kafka"
)

// Client asks one cluster about rights. It is safe for concurrent use.
type Client struct{ conn *kafka.Conn }

// New returns a client of the rights of a cluster.
func New(conn *kafka.Conn) *Client { return &Client{conn} }

// ACL is one access control entry: it allows or denies a principal an operation on
// resources.
type ACL struct {
	Principal    string `json:"principal"` // as in "User:billing"; "User:*" is everybody
	Allow        bool   `json:"allow"`
	Operation    string `json:"operation"`    // as in "Read"; "All" is every one
	ResourceType string `json:"resourceType"` // as in "Topic"
	Resource     string `json:"resource"`     // its name; "*" is every one of the type
	Pattern      string `json:"pattern"`      // "Literal", or "Prefixed" for every name that begins so
	Host         string `json:"host"`         // from which it holds; "*" is everywhere
}

// Key tells entries apart: Kafka holds each once.
func (a ACL) Key() string {
	return strings.Join([]string{a.ResourceType, a.Resource, a.Pattern, a.Principal, a.Host, a.Operation, a.Permission()}, "\x00")
}

// Permission is "Allow" or "Deny".
func (a ACL) Permission() string {
	if a.Allow {
		return "Allow"
	}
	return "Deny"
}

// ACLs is all the entries of a cluster.
type ACLs struct {
	Items []ACL // by resource, principal and operation
	At    time.Time
	// NoAuthorizer says that the brokers check no rights at all: everybody may do
	// everything.
	NoAuthorizer bool
}

// ACLs asks for all access control entries, in one DescribeAcls request. It takes
// Describe on Cluster.
func (c *Client) ACLs(ctx context.Context) (ACLs, error) {
	all := kadm.NewACLs().AnyResource().ResourcePatternType(kadm.ACLPatternAny).
		Operations().Allow().AllowHosts().Deny().DenyHosts()
	var answers kadm.DescribeACLsResults
	err := c.conn.Ask(ctx, func(adm *kadm.Client) (err error) {
		answers, err = adm.DescribeACLs(ctx, all)
		return err
	})
	if err == nil && len(answers) == 1 {
		err = answers[0].Err
	}
	switch {
	case errors.Is(err, kerr.SecurityDisabled):
		return ACLs{At: time.Now(), NoAuthorizer: true}, nil
	case err != nil:
		return ACLs{}, kafka.Explain("list ACLs", "Describe on Cluster", err)
	}
	list := ACLs{At: time.Now()}
	for _, answer := range answers {
		for _, a := range answer.Described {
			list.Items = append(list.Items, ACL{
				Principal: a.Principal, Allow: a.Permission.String() == "ALLOW", Operation: camel(a.Operation.String()),
				ResourceType: camel(a.Type.String()), Resource: a.Name, Pattern: camel(a.Pattern.String()), Host: a.Host,
			})
		}
	}
	slices.SortFunc(list.Items, func(a, b ACL) int {
		return cmp.Or(
			strings.Compare(a.ResourceType, b.ResourceType), strings.Compare(a.Resource, b.Resource),
			strings.Compare(a.Principal, b.Principal), strings.Compare(a.Operation, b.Operation), strings.Compare(a.Key(), b.Key()))
	})
	return list, nil
}

// camel writes a constant of the protocol as Kafka's documentation does:
// DESCRIBE_CONFIGS is DescribeConfigs.
func camel(constant string) string {
	var b strings.Builder
	for word := range strings.SplitSeq(constant, "_") {
		if word != "" {
			b.WriteString(word[:1] + strings.ToLower(word[1:]))
		}
	}
	return b.String()
}

package kafkatest

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/kdeck/kdeck/kafka/profile"
)

// Context is the way of a user into the cluster, by one of Mechanisms; into a
// cluster that is not secured, everyone's.
func (c *Cluster) Context(user, mechanism string) profile.Context {
	ctx := profile.Context{BootstrapServers: c.Servers}
	if c.CA != "" {
		ctx.TLS = &profile.TLS{CAFiles: []string{c.CA}}
		ctx.SASL = &profile.SASL{Mechanism: mechanism, User: user, Password: profile.LiteralSecret(Password(user))}
	}
	return ctx
}

// Properties writes the way of a user into a secured cluster as a file that Java
// clients read, and returns its path. change, when given, edits the text first.
func (c *Cluster) Properties(user, mechanism string, change ...func(string) string) string {
	c.tb.Helper()
	module := "scram.ScramLoginModule"
	if mechanism == "PLAIN" {
		module = "plain.PlainLoginModule"
	}
	text := strings.Join([]string{
		"bootstrap.servers=" + strings.Join(c.Servers, ","),
		"security.protocol=SASL_SSL",
		"ssl.truststore.type=PEM",
		"ssl.truststore.location=" + c.CA,
		"sasl.mechanism=" + mechanism,
		fmt.Sprintf("sasl.jaas.config=org.apache.kafka.common.security.%s required username=%s password=%s;",
			module, jaasQuote(user), jaasQuote(Password(user))),
	}, "\n") + "\n"
	for _, f := range change {
		text = f(text)
	}
	path := filepath.Join(c.tb.TempDir(), "client.properties")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		c.tb.Fatal(err)
	}
	return path
}

// Allow gives a user of a secured cluster these rights and no others, as in
// "Read Topic:orders", "Describe Group:bill*" (all that begin so) or "Describe
// Cluster". It returns when every broker holds to it.
func (c *Cluster) Allow(user string, rights ...string) {
	c.tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	principal := "User:" + user
	c.revoke(ctx, &principal)
	if len(rights) > 0 {
		req := kmsg.NewPtrCreateACLsRequest()
		for _, right := range rights {
			req.Creations = append(req.Creations, c.creation(principal, right))
		}
		resp, err := req.RequestWith(ctx, c.kgo)
		if err != nil {
			c.tb.Fatalf("allow %s %v: %v", user, rights, err)
		}
		for i, r := range resp.Results {
			if r.ErrorCode != 0 {
				c.tb.Fatalf("allow %s %s: %s", user, rights[i], *r.ErrorMessage)
			}
		}
	}
	c.untilRights(ctx, &principal, len(rights))
}

func (c *Cluster) creation(principal, right string) kmsg.CreateACLsRequestCreation {
	c.tb.Helper()
	op, resource, _ := strings.Cut(right, " ")
	kind, name, named := strings.Cut(resource, ":")
	if !named {
		name = "kafka-cluster" // the one name that a cluster has among ACLs
	}
	acl := kmsg.NewCreateACLsRequestCreation()
	acl.Principal, acl.Host, acl.PermissionType = principal, "*", kmsg.ACLPermissionTypeAllow
	acl.ResourcePatternType = kmsg.ACLResourcePatternTypeLiteral
	if prefix, ok := strings.CutSuffix(name, "*"); ok && prefix != "" {
		name, acl.ResourcePatternType = prefix, kmsg.ACLResourcePatternTypePrefixed
	}
	acl.ResourceName = name
	var err error
	if acl.Operation, err = kmsg.ParseACLOperation(op); err != nil {
		c.tb.Fatalf("right %q: %v", right, err)
	}
	if acl.ResourceType, err = kmsg.ParseACLResourceType(kind); err != nil {
		c.tb.Fatalf("right %q: %v", right, err)
	}
	return acl
}

// revoke takes away all rights of a principal, or of everyone.
func (c *Cluster) revoke(ctx context.Context, principal *string) {
	c.tb.Helper()
	filter := kmsg.NewDeleteACLsRequestFilter()
	filter.ResourceType, filter.ResourcePatternType = kmsg.ACLResourceTypeAny, kmsg.ACLResourcePatternTypeAny
	filter.Operation, filter.PermissionType = kmsg.ACLOperationAny, kmsg.ACLPermissionTypeAny
	filter.Principal = principal
	req := kmsg.NewPtrDeleteACLsRequest()
	req.Filters = append(req.Filters, filter)
	if _, err := req.RequestWith(ctx, c.kgo); err != nil {
		c.tb.Fatalf("revoke rights: %v", err)
	}
	c.untilRights(ctx, principal, 0)
}

// untilRights waits until every broker tells so many rights of a principal, or of
// everyone: each learns of them in its own time.
func (c *Cluster) untilRights(ctx context.Context, principal *string, want int) {
	c.tb.Helper()
	req := kmsg.NewPtrDescribeACLsRequest()
	req.ResourceType, req.ResourcePatternType = kmsg.ACLResourceTypeAny, kmsg.ACLResourcePatternTypeAny
	req.Operation, req.PermissionType = kmsg.ACLOperationAny, kmsg.ACLPermissionTypeAny
	req.Principal = principal
	for _, broker := range c.brokers(ctx) {
		c.until(ctx, fmt.Sprintf("broker %d to know %d rights", broker, want), func() string {
			resp, err := req.RequestWith(ctx, c.kgo.Broker(int(broker)))
			if err != nil {
				return err.Error()
			}
			got := 0
			for _, r := range resp.Resources {
				got += len(r.ACLs)
			}
			if got == want {
				return ""
			}
			return fmt.Sprintf("it knows %d, code %d", got, resp.ErrorCode)
		})
	}
}

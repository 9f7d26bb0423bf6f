package acls

import (
	"context"
	"io"

	"github.com/spf13/cobra"

	"github.com/kdeck/kdeck/cmd/kdeck/kit/arg"
	"github.com/kdeck/kdeck/cmd/kdeck/kit/notes"
	"github.com/kdeck/kdeck/cmd/kdeck/kit/output"
	"github.com/kdeck/kdeck/cmd/kdeck/kit/target"
	"github.com/kdeck/kdeck/kafka/access"
)

// listFlags are the flags of "kdeck acls list".
type listFlags struct {
	target    target.Flags
	principal string
	output    output.Format
}

func newList(connect target.Connector) *cobra.Command {
	flags := listFlags{output: output.TableOrJSON()}
	cmd := &cobra.Command{
		Use:     "list",
		Aliases: []string{"ls"},
		Short:   "List who may do what",
		Long: `List the access control entries of the cluster, by resource and principal. It
takes Describe on Cluster. A cluster without an authorizer has none: its
brokers check no rights, and that is said on stderr.`,
		Example: `  kdeck acls list --principal User:billing
  kdeck acls list --output json | jq -r '.[].principal'`,
		Args: arg.None,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return flags.run(cmd.Context(), connect, cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	flags.target.Register(cmd)
	flags.output.Register(cmd)
	cmd.Flags().StringVar(&flags.principal, "principal", "", "list the entries of PRINCIPAL alone, as in User:billing")
	return cmd
}

func (f *listFlags) run(ctx context.Context, connect target.Connector, out, errOut io.Writer) error {
	client, err := connect(ctx, &f.target)
	if err != nil {
		return err
	}
	defer client.Close()
	all, err := client.Access.ACLs(ctx)
	if err != nil {
		return err
	}
	if all.NoAuthorizer {
		notes.Line(errOut, "the cluster has no authorizer: its brokers check no rights (SECURITY_DISABLED)")
	}
	var rows []access.ACL
	for _, a := range all.Items {
		if f.principal == "" || a.Principal == f.principal {
			rows = append(rows, a)
		}
	}
	return output.Rows(out, f.output, "PRINCIPAL PERMISSION OPERATION TYPE RESOURCE PATTERN HOST", rows, func(a access.ACL) []string {
		return []string{a.Principal, a.Permission(), a.Operation, a.ResourceType, a.Resource, a.Pattern, a.Host}
	})
}

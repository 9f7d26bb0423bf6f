// Package cmdtest runs a command for a test and returns what it prints. Only tests
// import it.
package cmdtest

import (
	"bytes"
	"context"
	"io"

	"github.com/spf13/cobra"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kdeck/kdeck/cmd/kdeck/kit/option"
	"github.com/kdeck/kdeck/cmd/kdeck/kit/target"
	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/admin"
)

// Run runs a command below "kdeck", as the program does.
func Run(ctx context.Context, cmd *cobra.Command, in io.Reader, args ...string) (out, notes string, err error) {
	root := &cobra.Command{Use: "kdeck"}
	root.SetFlagErrorFunc(option.Explain)
	root.AddCommand(cmd)
	return Execute(ctx, root, in, append([]string{cmd.Name()}, args...)...)
}

// Execute runs "kdeck" itself.
func Execute(ctx context.Context, root *cobra.Command, in io.Reader, args ...string) (out, notes string, err error) {
	var stdout, stderr bytes.Buffer
	root.SilenceUsage, root.SilenceErrors = true, true
	root.SetIn(in)
	root.SetOut(&stdout)
	root.SetErr(&stderr)
	root.SetArgs(args)
	err = root.ExecuteContext(ctx)
	return stdout.String(), stderr.String(), err
}

// ConnectTo connects a command to a cluster whatever its flags say. Without a state
// folder, which with can give, it cannot change the cluster.
func ConnectTo(servers []string, with ...func(*kafka.Config)) target.Connector {
	return func(context.Context, *target.Flags) (*admin.Client, error) {
		cfg := kafka.Config{Name: "lab", Opts: []kgo.Opt{kgo.SeedBrokers(servers...)}}
		for _, set := range with {
			set(&cfg)
		}
		return admin.New(cfg)
	}
}

package e2e

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/twmb/franz-go/pkg/kfake"
)

// TestScripts runs every script in testdata/script at the top of the
// repository. Each has its own home and configuration folder, and besides
// testscript's own commands:
//
//	cluster NAME [SASL-MECHANISM USER PASSWORD]
//
// starts a cluster with two brokers and a topic orders of two partitions for the rest
// of the script and puts its bootstrap servers into the variable NAME.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("..", "..", "..", "testdata", "script"),
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("HOME", env.WorkDir)
			env.Setenv("XDG_CONFIG_HOME", filepath.Join(env.WorkDir, "config"))
			env.Setenv("XDG_DATA_HOME", filepath.Join(env.WorkDir, "data"))
			env.Setenv("XDG_STATE_HOME", filepath.Join(env.WorkDir, "state"))
			env.Setenv("XDG_CACHE_HOME", filepath.Join(env.WorkDir, "cache"))
			env.Setenv("NO_COLOR", "1")
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"cluster": startClusterCommand},
	})
}

func startClusterCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 && len(args) != 4 {
		ts.Fatalf("usage: cluster NAME [SASL-MECHANISM USER PASSWORD]")
	}
	opts := []kfake.Opt{kfake.NumBrokers(2), kfake.ClusterID("script-cluster"), kfake.SeedTopics(2, "orders")}
	if len(args) == 4 {
		opts = append(opts, kfake.EnableSASL(), kfake.Superuser(args[1], args[2], args[3]))
	}
	cluster, err := kfake.NewCluster(opts...)
	ts.Check(err)
	ts.Defer(cluster.Close)
	ts.Setenv(args[0], strings.Join(cluster.ListenAddrs(), ","))
}

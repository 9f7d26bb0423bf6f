package option_test

import (
	"testing"

	"github.com/spf13/cobra"

	"github.com/kdeck/kdeck/cmd/kdeck/kit/option"
)

func TestChoice(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
		err  string
	}{
		{nil, "1", ""},
		{[]string{"--acks", "all"}, "all", ""},
		{[]string{"--acks=-1"}, "all", ""},
		{[]string{"-a", "0"}, "0", ""},
		{[]string{"--acks", "2"}, "1", `--acks "2": want all, 1 or 0`},
		{[]string{"--acks", "ALL"}, "1", `--acks "ALL": want all, 1 or 0`},
		{[]string{"--other"}, "1", "unknown flag: --other"},
	} {
		acks := option.OneOf("all", "1", "0").Or("1").Also("-1", "all")
		cmd := &cobra.Command{Use: "send", SilenceErrors: true, SilenceUsage: true, Run: func(*cobra.Command, []string) {}}
		cmd.SetFlagErrorFunc(option.Explain)
		acks.Register(cmd, "acks", "a", "wait for")
		cmd.SetArgs(append([]string{}, c.args...))
		err := cmd.Execute()
		if acks.String() != c.want || (err == nil) != (c.err == "") || err != nil && err.Error() != c.err {
			t.Errorf("%v: %q, %v; want %q, %q", c.args, acks.String(), err, c.want, c.err)
		}
		if usage := cmd.Flags().Lookup("acks").Usage; usage != "wait for: all, 1 or 0" {
			t.Errorf("usage %q", usage)
		}
	}
}

func TestExplain(t *testing.T) {
	for arg, want := range map[string]string{
		"--count=x":       `--count "x": want a number`,
		"--port=70000":    `--port "70000": the number is out of range`,
		"--rate=fast":     `--rate "fast": want a number`,
		"--follow=maybe":  `--follow "maybe": want true or false`,
		"--timeout=later": `--timeout "later": time: invalid duration "later"`,
		"--count":         "flag needs an argument: --count",
	} {
		cmd := &cobra.Command{Use: "send", SilenceErrors: true, SilenceUsage: true, Run: func(*cobra.Command, []string) {}}
		cmd.SetFlagErrorFunc(option.Explain)
		cmd.Flags().Int64("count", 0, "")
		cmd.Flags().Uint16("port", 0, "")
		cmd.Flags().Float64("rate", 0, "")
		cmd.Flags().Bool("follow", false, "")
		cmd.Flags().Duration("timeout", 0, "")
		cmd.SetArgs([]string{arg})
		if err := cmd.Execute(); err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", arg, err, want)
		}
	}
}

package e2e

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/kdeck/kdeck/kafka/kafkatest"
)

// contextTest runs "kdeck context test" with the settings of a Java client, and
// returns what it says.
func contextTest(t *testing.T, properties string) (said string, works bool) {
	t.Helper()
	cmd := exec.Command("kdeck", "context", "test", "--command-config", properties)
	cmd.Env = append(os.Environ(), "XDG_CONFIG_HOME="+t.TempDir(), "NO_COLOR=1")
	out, err := cmd.CombinedOutput()
	return string(out), err == nil
}

// TestSecureContext tells apart what can be wrong with a way in.
func TestSecureContext(t *testing.T) {
	cluster := kafkatest.Start(t, kafkatest.Config{Secure: true})
	stranger, _, err := kafkatest.Certify(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	_, port, err := net.SplitHostPort(cluster.Servers[0])
	if err != nil {
		t.Fatal(err)
	}
	replace := func(old, with string) func(string) string {
		return func(text string) string {
			if !strings.Contains(text, old) {
				t.Fatalf("the settings have no %s:\n%s", old, text)
			}
			return strings.ReplaceAll(text, old, with)
		}
	}
	same := func(text string) string { return text }
	servers := strings.Join(cluster.Servers, ",")
	for name, tc := range map[string]struct {
		change func(string) string
		works  bool
		want   []string
	}{
		"right":                  {same, true, []string{"✓ TLS", "✓ SASL", "✓ Metadata", "3 brokers", "works"}},
		"wrong password":         {replace("pass=word", "password"), false, []string{"✓ TLS", "✗ SASL", "user clerk", "check user and password"}},
		"wrong user":             {replace(kafkatest.Clerk, "nobody"), false, []string{"✗ SASL"}},
		"wrong authority":        {replace(cluster.CA, stranger), false, []string{"✗ TLS", "not a trusted authority", "--tls-ca"}},
		"no TLS":                 {replace("SASL_SSL", "SASL_PLAINTEXT"), false, []string{"ssl.truststore.location has no effect without security.protocol=SSL or SASL_SSL"}},
		"name not certified":     {replace(servers, "localhost:"+port), false, []string{"✗ TLS", "the certificate is for 127.0.0.1, not for localhost"}},
		"unknown host":           {replace(servers, "kdeck.invalid:9093"), false, []string{"✗ DNS", "the host name kdeck.invalid does not exist"}},
		"nobody listens":         {replace(servers, "127.0.0.1:1"), false, []string{"✗ TCP", "connection refused"}},
		"mechanism not supplied": {replace("sasl.mechanism=", "sasl.mechanism=NO-"), false, []string{"is not supported"}},
	} {
		for _, mechanism := range kafkatest.Mechanisms {
			t.Run(name+" "+mechanism, func(t *testing.T) {
				said, works := contextTest(t, cluster.Properties(kafkatest.Clerk, mechanism, tc.change))
				if works != tc.works {
					t.Errorf("works: %v", works)
				}
				for _, want := range tc.want {
					if !strings.Contains(strings.Join(strings.Fields(said), " "), want) {
						t.Errorf("it does not say %q", want)
					}
				}
				if strings.Contains(said, kafkatest.Password(kafkatest.Clerk)) {
					t.Error("it tells the password")
				}
				if t.Failed() {
					t.Log(said)
				}
			})
		}
	}
}

// TestSecureJourney does the four jobs, as far as they are for remote clusters, as
// a user with the rights that they take, from attach to a moved offset.
func TestSecureJourney(t *testing.T) {
	cluster, admin := labOn(t, kafkatest.Config{Secure: true})
	cluster.Allow(kafkatest.Clerk, "Read Topic:invoices", "Read Group:billing")
	properties := cluster.Properties(kafkatest.Clerk, "SCRAM-SHA-512")
	s := open(t, 80, 24, "attach", "--command-config", properties)
	s.WaitFor("3 brokers up", "3 of 3 up", "all 3 partitions that you may describe")
	s.Type("2").WaitFor("parts", "invoices", "30").Type("enter").WaitFor("topics › invoices")
	s.Type("t").WaitFor("tail invoices", "held")
	s.Type("3").WaitFor("billing", "18")
	resetToEarliest(s)
	leave(t, s)
	wantEarliest(t, admin)
}

// TestSecureJourneyRefused attaches with a wrong password: the console says so and
// goes on offering to be left.
func TestSecureJourneyRefused(t *testing.T) {
	cluster := kafkatest.Start(t, kafkatest.Config{Secure: true})
	for _, mechanism := range kafkatest.Mechanisms {
		t.Run(mechanism, func(t *testing.T) {
			wrong := func(text string) string { return strings.ReplaceAll(text, "pass=word", "password") }
			s := open(t, 80, 24, "attach", "--command-config", cluster.Properties(kafkatest.Clerk, mechanism, wrong))
			s.WaitFor("NO DATA", "cannot read the cluster")
			if cluster.IsApache() { // the engine closes the connection without a word
				s.WaitFor("SASL_AUTHENTICATION_FAILED")
			}
			leave(t, s)
		})
	}
}

// TestSecureCommands are the commands without a console.
func TestSecureCommands(t *testing.T) {
	cluster, _ := labOn(t, kafkatest.Config{Secure: true})
	cluster.Allow(kafkatest.Clerk, "Read Topic:invoices", "Describe Group:billing")
	for _, mechanism := range kafkatest.Mechanisms {
		config := cluster.Properties(kafkatest.Clerk, mechanism)
		for command, want := range map[string]string{
			"tail invoices --follow=false --from earliest":                         `"invoice":"i-2-9"`,
			"tail invoices --follow=false --from -5":                               `"invoice":"i-`,
			"tail payroll --follow=false --from earliest":                          "needs Describe on Topic:payroll",
			"groups reset-offsets billing --all-topics --to-earliest":              "invoices",
			"groups reset-offsets billing --all-topics --to-earliest --execute":    "needs Read on Group:billing",
			"groups reset-offsets payroll --topic invoices --to-earliest":          "needs Describe on Group:payroll",
			"groups reset-offsets billing --topic payroll --to-earliest --dry-run": "needs Describe on Topic:payroll",
		} {
			t.Run(fmt.Sprint(mechanism, " ", command), func(t *testing.T) {
				cmd := exec.Command("kdeck", append(strings.Fields(command), "--command-config", config)...)
				cmd.Env = append(os.Environ(), "XDG_CONFIG_HOME="+t.TempDir(), "XDG_STATE_HOME="+t.TempDir(), "NO_COLOR=1")
				out, _ := cmd.CombinedOutput() // some are to fail, with these words
				if !strings.Contains(strings.Join(strings.Fields(string(out)), " "), want) {
					t.Errorf("it does not say %q:\n%s", want, out)
				}
			})
		}
	}
}

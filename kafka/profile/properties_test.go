package profile

import (
	"reflect"
	"strings"
	"testing"
	"time"
)

const (
	plainModule = "org.apache.kafka.common.security.plain.PlainLoginModule"
	scramModule = "org.apache.kafka.common.security.scram.ScramLoginModule"
)

func TestFromProperties(t *testing.T) {
	login := func(mechanism, user, password string) *SASL {
		return &SASL{Mechanism: mechanism, User: user, Password: LiteralSecret(password)}
	}
	tests := []struct {
		name, text string
		want       Context
	}{
		{"nothing", "", Context{}},
		{"plaintext", "bootstrap.servers=a:1, b\nclient.id=me\n", Context{BootstrapServers: []string{"a:1", "b:9092"}, ClientID: "me"}},
		{"the last value counts", "client.id=a\nclient.id=b", Context{ClientID: "b"}},
		{"TLS", "security.protocol=ssl", Context{TLS: &TLS{}}},
		{
			"TLS with files",
			"security.protocol=SSL\nssl.truststore.type=PEM\nssl.truststore.location=ca.pem\nssl.keystore.type=pem\nssl.keystore.location=/k.pem\nssl.endpoint.identification.algorithm=HTTPS",
			Context{TLS: &TLS{CAFiles: []string{"/etc/kafka/ca.pem"}, CertFile: "/k.pem", KeyFile: "/k.pem"}},
		},
		{
			"TLS for any host name", "security.protocol=SSL\nssl.endpoint.identification.algorithm=\n",
			Context{TLS: &TLS{SkipHostnameVerify: true}},
		},
		{
			"PLAIN", "security.protocol=SASL_PLAINTEXT\nsasl.mechanism=PLAIN\nsasl.jaas.config=" + plainModule + ` required username="u" password="p";`,
			Context{SASL: login("PLAIN", "u", "p")},
		},
		{
			"SCRAM over many lines", "security.protocol=SASL_SSL\nsasl.mechanism=SCRAM-SHA-512\nsasl.jaas.config=" + scramModule + " required \\\n  username=\"a b\" \\\n  password='it\"s; =' ;",
			Context{TLS: &TLS{}, SASL: login("SCRAM-SHA-512", "a b", `it"s; =`)},
		},
		{
			"escapes twice, by the file and by JAAS", `security.protocol=SASL_SSL` + "\n" + `sasl.mechanism=SCRAM-SHA-256` + "\nsasl.jaas.config=" + scramModule + ` required username="u" password="\\"q\\"\\\\\\101\u00e9";`,
			Context{TLS: &TLS{}, SASL: login("SCRAM-SHA-256", "u", `"q"\Aé`)},
		},
		{
			"a reference is plain text", "security.protocol=SASL_SSL\nsasl.mechanism=PLAIN\nsasl.jaas.config=" + plainModule + ` required username="u" password="${env:HOME}";`,
			Context{TLS: &TLS{}, SASL: login("PLAIN", "u", "${env:HOME}")},
		},
		{"what does not matter", "group.id=g\nkey.deserializer=x\nacks=all\nclient.dns.lookup=use_all_dns_ips\nsession.timeout.ms=45000", Context{}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := FromProperties(strings.NewReader(test.text), "/etc/kafka")
			if err != nil || !reflect.DeepEqual(got, test.want) {
				t.Errorf("got %+v %+v %+v, error %v", got, got.TLS, got.SASL, err)
			}
		})
	}
}

func TestFromPropertiesRefuses(t *testing.T) {
	sasl := func(mechanism, jaas string) string {
		return "security.protocol=SASL_SSL\nsasl.mechanism=" + mechanism + "\nsasl.jaas.config=" + jaas
	}
	tests := []struct{ name, text, want string }{
		{"unknown settings, all of them", "zzz=1\nfetch.max.bytes=2\nclient.id=x", "settings fetch.max.bytes, zzz are not supported"},
		{"one unknown setting", "a.b=1", "setting a.b is not supported"},
		{"escape bytes in a setting", `a\u001b[31m=1`, "setting a\uFFFD[31m is not supported"},
		{"a value that matters", "acks=1", "acks (only all, -1)"},
		{"password of a store", "ssl.truststore.password=" + hidden, "ssl.truststore.password (a PEM trust store has none)"},
		{"password of a key", "ssl.key.password=" + hidden, "openssl pkey"},
		{"providers", "config.providers=env", "config.providers (put"},
		{"schema registry", "schema.registry.url=x", "schema.registry.url is not supported"},
		{"protocol", "security.protocol=TLS", "security.protocol=TLS is not PLAINTEXT"},
		{"servers", "bootstrap.servers=a:b", `port "b"`},
		{"login without a protocol", "sasl.mechanism=PLAIN", "sasl.mechanism has no effect without security.protocol=SASL_SSL"},
		{"TLS without a protocol", "security.protocol=SASL_PLAINTEXT\nssl.truststore.type=PEM\nsasl.mechanism=PLAIN", "ssl.truststore.type has no effect"},
		{"JKS", "security.protocol=SSL\nssl.truststore.type=JKS\nssl.truststore.location=/t.jks", "ssl.truststore.type=JKS is not supported"},
		{"JKS by default", "security.protocol=SSL\nssl.truststore.location=/t.jks", "needs ssl.truststore.type=PEM"},
		{"JKS key store", "security.protocol=SSL\nssl.keystore.location=/t.jks", "needs ssl.keystore.type=PEM"},
		{"half a key store", "security.protocol=SSL\nbootstrap.servers=a\nssl.keystore.type=PEM\nssl.keystore.key=" + hidden, "given together"},
		{"algorithm", "security.protocol=SSL\nssl.endpoint.identification.algorithm=LDAPS", "=LDAPS is not supported"},
		{"no mechanism", "security.protocol=SASL_SSL", "GSSAPI, the default, is not supported"},
		{"GSSAPI", sasl("GSSAPI", "x"), "sasl.mechanism=GSSAPI is not supported"},
		{"OAUTHBEARER", sasl("OAUTHBEARER", "x"), "kdeck context add"},
		{"no JAAS", "security.protocol=SASL_SSL\nsasl.mechanism=PLAIN", "sasl.jaas.config is missing"},
		{"other module", sasl("PLAIN", "com.example.Login required;"), "login module com.example.Login is not supported"},
		{"module of another mechanism", sasl("PLAIN", scramModule+" required username=a password=b;"), "does not serve sasl.mechanism=PLAIN"},
		{"token authentication", sasl("SCRAM-SHA-256", scramModule+` required username=a password=b tokenauth="true";`), "option tokenauth is not supported"},
		{"no password", sasl("PLAIN", plainModule+` required username="a";`), "username and password are needed"},
		{"no semicolon", sasl("PLAIN", plainModule+` required username="a" password="`+hidden+`"`), "semicolon at the end is missing"},
		{"open quote", sasl("PLAIN", plainModule+` required username="a" password="`+hidden), "quote is not closed"},
		{"no flag", sasl("PLAIN", plainModule+` username="a";`), "comes required"},
		{"two modules", sasl("PLAIN", plainModule+" required username=a password=b; "+plainModule+" required;"), "only one login module"},
		{"password without a name", sasl("PLAIN", plainModule+` required "`+hidden+`" "x" y;`), "no name=\"value\""},
		{"an option twice", sasl("PLAIN", plainModule+" required username=a username="+hidden+";"), "username is there twice"},
		{"nothing but a semicolon", sasl("PLAIN", ";"), "write a login module class"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := FromProperties(strings.NewReader(test.text), "/etc")
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want %q", err, test.want)
			}
			if err != nil && strings.Contains(err.Error(), hidden) {
				t.Errorf("error %v shows a secret", err)
			}
		})
	}
}

// Every harmless setting says why, and none of them is also supported or
// advised about.
func TestHarmlessProperties(t *testing.T) {
	for key, harmless := range harmlessProperties {
		if harmless.reason == "" {
			t.Errorf("%s has no reason", key)
		}
		if advice[key] != "" {
			t.Errorf("%s is harmless and refused", key)
		}
		for _, supported := range supportedProperties {
			if key == supported {
				t.Errorf("%s is harmless and supported", key)
			}
		}
	}
}

// Inline PEM comes with \n, or with spaces where lines are continued.
func TestInlinePEM(t *testing.T) {
	ca := newAuthority(t, "test authority")
	cert, key := ca.issue(t, "client", time.Now().Add(time.Hour))
	for name, joint := range map[string]string{"escaped": `\n`, "continued": " \\\n  "} {
		inline := func(pem string) string { return strings.ReplaceAll(strings.TrimSpace(pem), "\n", joint) }
		text := "bootstrap.servers=a\nsecurity.protocol=SSL\nssl.truststore.type=PEM\nssl.keystore.type=PEM\n" +
			"ssl.truststore.certificates=" + inline(ca.pem+ca.pem) + "\n" +
			"ssl.keystore.certificate.chain=" + inline(cert+ca.pem) + "\n" +
			"ssl.keystore.key=" + inline(key) + "\n"
		c, err := FromProperties(strings.NewReader(text), "/")
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		conf, err := c.TLS.config(t.Context())
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if len(conf.Certificates) != 1 || len(conf.Certificates[0].Certificate) != 2 || conf.RootCAs == nil {
			t.Errorf("%s: %d certificates, roots %v", name, len(conf.Certificates), conf.RootCAs)
		}
	}
}

func FuzzJAAS(f *testing.F) {
	f.Add(plainModule + ` required username="a\101\"" password='b';`)
	f.Fuzz(func(t *testing.T, text string) {
		module, err := parseJAAS(text)
		if err == nil && module.class == "" && !strings.ContainsAny(text, `"'`) {
			t.Fatalf("%q has no class", text)
		}
	})
}

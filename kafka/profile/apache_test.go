package profile_test

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kdeck/kdeck/kafka/kafkatest"
	"github.com/kdeck/kdeck/kafka/profile"
	"github.com/kdeck/kdeck/kafka/profile/route"
)

const security = "org.apache.kafka.common.security."

// TestWaysInOnApacheKafka holds properties files, as Java's clients take them, and
// contexts to Apache Kafka itself: with stores that keytool made, tokens of a server
// and of nobody, and tickets of a Kerberos server.
func TestWaysInOnApacheKafka(t *testing.T) {
	if os.Getenv(kafkatest.Env) == "" {
		t.Skip("needs Apache Kafka: make test-kafka")
	}
	dir, tokens, kdc := stores(t), startTokenServer(t), startRealm(t)
	in := func(name string) string { return filepath.Join(dir, name) }
	doors := []kafkatest.Door{
		{Name: "STORES", Protocol: "SSL", Lines: []string{
			"ssl.keystore.type=JKS", "ssl.keystore.location=" + in("broker.jks"), "ssl.keystore.password=changeit", "ssl.key.password=changeit",
			"ssl.truststore.type=PKCS12", "ssl.truststore.location=" + in("broker-trust.p12"), "ssl.truststore.password=changeit", "ssl.client.auth=required",
		}},
		{Name: "FAR", Protocol: "SSL", Host: "kafka.nowhere", Lines: []string{
			"ssl.keystore.type=JKS", "ssl.keystore.location=" + in("broker.jks"), "ssl.keystore.password=changeit",
		}},
		{Name: "TOKENS", Protocol: "SASL_PLAINTEXT", Lines: []string{
			"sasl.enabled.mechanisms=OAUTHBEARER",
			"oauthbearer.sasl.jaas.config=" + security + "oauthbearer.OAuthBearerLoginModule required;",
			"oauthbearer.sasl.server.callback.handler.class=" + security + "oauthbearer.OAuthBearerValidatorCallbackHandler",
			"oauthbearer.sasl.oauthbearer.jwks.endpoint.url=" + tokens.URL + "/keys",
			"oauthbearer.sasl.oauthbearer.expected.audience=kafka",
		}},
		{Name: "UNSIGNED", Protocol: "SASL_PLAINTEXT", Lines: []string{
			"sasl.enabled.mechanisms=OAUTHBEARER",
			"oauthbearer.sasl.jaas.config=" + security + `oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub="broker";`,
		}},
	}
	java := []string{"-Xmx384m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Dorg.apache.kafka.sasl.oauthbearer.allowed.urls=" + tokens.URL + "/keys"}
	if kdc != nil {
		java = append(java, "-Djava.security.krb5.conf="+kdc.config)
		doors = append(doors, kafkatest.Door{Name: "TICKETS", Protocol: "SASL_PLAINTEXT", Host: "localhost", Lines: []string{
			"sasl.enabled.mechanisms=GSSAPI", "sasl.kerberos.service.name=kafka",
			fmt.Sprintf(`gssapi.sasl.jaas.config=com.sun.security.auth.module.Krb5LoginModule required useKeyTab=true storeKey=true keyTab="%s" principal="kafka/localhost@%s";`, kdc.service, kdc.name),
		}})
	}
	c := kafkatest.Start(t, kafkatest.Config{Own: true, Brokers: 1, Java: java, Doors: doors})
	at := func(door string) string { return c.Nodes.Doors[door][0] }
	t.Run("stores", func(t *testing.T) { waysByStores(t, at("STORES"), dir) })
	t.Run("tokens", func(t *testing.T) { waysByTokens(t, at("TOKENS"), tokens) })
	t.Run("unsigned tokens", func(t *testing.T) { waysByUnsignedTokens(t, at("UNSIGNED")) })
	t.Run("advertised elsewhere", func(t *testing.T) { waysToElsewhere(t, at("FAR"), dir) })
	if kdc == nil {
		t.Log("tickets were not tried: there is no Kerberos server here (Debian: krb5-kdc, krb5-admin-server, krb5-user)")
	} else {
		t.Run("tickets", func(t *testing.T) { waysByTickets(t, at("TICKETS"), kdc) })
	}
}

// properties reads a properties file at an address.
func properties(t *testing.T, addr string, lines ...string) profile.Context {
	t.Helper()
	text := "bootstrap.servers=" + addr + ",\n" + strings.Join(lines, "\n") + "\n"
	c, err := profile.FromProperties(strings.NewReader(text), "/")
	if err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	return c
}

// works holds a context to both ways of connecting: the check step by step, and a
// client that asks for brokers.
func works(t *testing.T, c profile.Context) {
	t.Helper()
	said, err := check(t, c)
	if err != nil {
		t.Errorf("%v\n%s", err, said)
		return
	}
	opts, err := c.Options(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	client, err := kgo.NewClient(opts...)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if _, err := kadm.NewClient(client).ListTopics(t.Context()); err != nil {
		t.Errorf("a client: %v", err)
	}
}

// fails holds that the check says so.
func fails(t *testing.T, c profile.Context, want ...string) {
	t.Helper()
	said, err := check(t, c)
	if err == nil {
		t.Errorf("it works:\n%s", said)
	}
	for _, text := range want {
		if !strings.Contains(said, text) {
			t.Errorf("no %q in\n%s", text, said)
		}
	}
}

func check(t *testing.T, c profile.Context) (said string, err error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	var all strings.Builder
	err = c.Check(ctx, func(s profile.Step) {
		fmt.Fprintf(&all, "%s: %s %v -> %s\n", s.Name, s.Detail, s.Err, s.Hint)
	})
	return all.String(), err
}

func waysByStores(t *testing.T, addr, dir string) {
	ssl := func(trust, key, keyPassword string) []string {
		lines := []string{"security.protocol=SSL", "ssl.truststore.location=" + filepath.Join(dir, trust), "ssl.truststore.password=changeit"}
		if key != "" {
			lines = append(lines, "ssl.keystore.location="+filepath.Join(dir, key), "ssl.keystore.password=changeit", "ssl.key.password="+keyPassword)
		}
		return lines
	}
	works(t, properties(t, addr, ssl("client-trust.jks", "client.jks", "keypass")...))
	works(t, properties(t, addr, ssl("client-trust.p12", "client.p12", "changeit")...))
	works(t, properties(t, addr, append(ssl("client-trust.p12", "client.jks", "keypass"), "ssl.enabled.protocols=TLSv1.2", "ssl.cipher.suites=TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256")...))
	fails(t, properties(t, addr, ssl("client-trust.jks", "client.jks", "wrong")...), "Config: ", "client.jks: the key \"me\" does not open: the password is missing or wrong; check key-store-password and key-password")
	fails(t, properties(t, addr, ssl("client-trust.jks", "", "")...), "the listener seems to want a client certificate")
	fails(t, properties(t, addr, ssl("broker-trust.p12", "client.jks", "keypass")...), "TLS: ", "which is not a trusted authority")
}

func waysByTokens(t *testing.T, addr string, tokens *tokenServer) {
	oauth := func(secret string, more ...string) []string {
		return append([]string{
			"security.protocol=SASL_PLAINTEXT", "sasl.mechanism=OAUTHBEARER", "sasl.oauthbearer.token.endpoint.url=" + tokens.URL + "/token",
			fmt.Sprintf(`sasl.jaas.config=%soauthbearer.OAuthBearerLoginModule required clientId="%s" clientSecret="%s" scope="a b" extension_logicalCluster="lkc-1";`, security, tokenClient, secret),
		}, more...)
	}
	works(t, properties(t, addr, oauth(tokenSecret)...))
	works(t, properties(t, addr, oauth(tokenSecret, "sasl.login.callback.handler.class="+security+"oauthbearer.secured.OAuthBearerLoginCallbackHandler")...))
	tokens.mu.Lock()
	if tokens.scope != "a b" {
		t.Errorf("asked for the scope %q", tokens.scope)
	}
	tokens.mu.Unlock()
	fails(t, properties(t, addr, oauth("wrong")...), "SASL: ", "no token: get token from "+tokens.URL+"/token: 401 Unauthorized: invalid_client")
	file := filepath.Join(t.TempDir(), "token")
	for audience, holds := range map[string]func(profile.Context){
		"kafka":     func(c profile.Context) { works(t, c) },
		"elsewhere": func(c profile.Context) { fails(t, c, "the broker refused OAUTHBEARER: ", "check issuer, audience") },
	} {
		if err := os.WriteFile(file, []byte(tokens.sign(t, audience)+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		holds(properties(t, addr, "security.protocol=SASL_PLAINTEXT", "sasl.mechanism=OAUTHBEARER", "sasl.oauthbearer.token.endpoint.url=file://"+file))
	}
}

func waysByUnsignedTokens(t *testing.T, addr string) {
	unsigned := func(options string) []string {
		return []string{"security.protocol=SASL_PLAINTEXT", "sasl.mechanism=OAUTHBEARER", "sasl.jaas.config=" + security + "oauthbearer.OAuthBearerLoginModule required " + options + ";"}
	}
	works(t, properties(t, addr, unsigned(`unsecuredLoginStringClaim_sub="clerk" unsecuredLoginListClaim_scope=",a,b" unsecuredLoginExtension_tenant="x"`)...))
	fails(t, properties(t, addr, unsigned(`unsecuredLoginStringClaim_name="clerk"`)...), "SASL: ", "the broker refused OAUTHBEARER")
}

// waysToElsewhere is a broker that advertises a name that nobody knows, whose
// certificate has that name.
func waysToElsewhere(t *testing.T, addr, dir string) {
	_, port, _ := net.SplitHostPort(addr)
	c := profile.Context{
		BootstrapServers: []string{"kafka.nowhere:" + port},
		TLS:              &profile.TLS{CAFiles: []string{filepath.Join(dir, "client-trust.jks")}, CAPassword: profile.LiteralSecret("changeit")},
	}
	fails(t, c, "DNS: ")
	direct := c
	direct.BootstrapServers = []string{addr}
	fails(t, direct, "Brokers: ", "advertises kafka.nowhere:"+port, "map it with addresses, proxy or ssh in the context")
	c.Addresses = route.Addresses{"kafka.nowhere": "127.0.0.1"}
	works(t, c)
}

func waysByTickets(t *testing.T, addr string, kdc *realm) {
	_, port, _ := net.SplitHostPort(addr)
	t.Setenv("KRB5_CONFIG", kdc.config)
	byKeys := func(host, keytab, principal string) profile.Context {
		return properties(t, net.JoinHostPort(host, port), "security.protocol=SASL_PLAINTEXT", "sasl.mechanism=GSSAPI", "sasl.kerberos.service.name=kafka",
			fmt.Sprintf(`sasl.jaas.config=com.sun.security.auth.module.Krb5LoginModule required useKeyTab=true storeKey=true keyTab="%s" principal="%s";`, keytab, principal))
	}
	works(t, byKeys("localhost", kdc.user, "clerk@"+kdc.name))
	works(t, byKeys("localhost", kdc.user, "clerk"))
	fails(t, byKeys("localhost", kdc.user, "nobody@"+kdc.name), "SASL: ", "no ticket: ")
	fails(t, byKeys("127.0.0.1", kdc.user, "clerk@"+kdc.name), "SASL: ", "the realm does not know the broker as SERVICE/HOST")

	byCache := properties(t, net.JoinHostPort("localhost", port), "security.protocol=SASL_PLAINTEXT", "sasl.kerberos.service.name=kafka",
		"sasl.jaas.config=com.sun.security.auth.module.Krb5LoginModule required useTicketCache=true;")
	cache := filepath.Join(t.TempDir(), "tickets")
	t.Setenv("KRB5CCNAME", "FILE:"+cache)
	fails(t, byCache, "no ticket: read ticket cache "+cache, "get a ticket with kinit")
	kdc.run(t, userPassword+"\n", "kinit", "-c", cache, "clerk")
	works(t, byCache)

	byPassword := profile.Context{BootstrapServers: []string{net.JoinHostPort("localhost", port)}, SASL: &profile.SASL{
		Mechanism: "GSSAPI", Kerberos: &profile.Kerberos{Principal: "clerk", Password: profile.LiteralSecret(userPassword)},
	}}
	works(t, byPassword)
	byPassword.SASL.Kerberos.Password = profile.LiteralSecret("wrong")
	fails(t, byPassword, "no ticket: ", "the key table or password is not that of the principal")
}

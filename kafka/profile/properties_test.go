package profile

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/kdeck/kdeck/kafka/profile/javaprops"
)

const (
	plainModule = "org.apache.kafka.common.security.plain.PlainLoginModule"
	scramModule = "org.apache.kafka.common.security.scram.ScramLoginModule"
	oauthModule = "org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule"
	krbModule   = "com.sun.security.auth.module.Krb5LoginModule"
	awsModule   = "software.amazon.msk.auth.iam.IAMLoginModule"
)

func secured(mechanism, jaas string) string {
	return "security.protocol=SASL_SSL\nsasl.mechanism=" + mechanism + "\nsasl.jaas.config=" + jaas
}

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
			Context{TLS: &TLS{CAFiles: []string{"/etc/kafka/ca.pem"}, KeyStore: "/k.pem"}},
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
		{"what does not matter", "group.id=g\nkey.deserializer=x\nacks=1\nretries=3\ndefault.api.timeout.ms=1\nauto.offset.reset=earliest\nmax.poll.records=9\nisolation.level=read_committed\ngroup.protocol=consumer\nconnections.max.idle.ms=1\nspecific.avro.reader=true\nconfluent.x=y\nssl.protocol=TLSv1.3", Context{}},
		{"a comma at the end", "bootstrap.servers=a:1,b:2,\n", Context{BootstrapServers: []string{"a:1", "b:2"}}},
		{
			"stores of Java with passwords",
			"security.protocol=SSL\nssl.truststore.location=t.jks\nssl.truststore.password=t\nssl.keystore.type=PKCS12\nssl.keystore.location=/k.p12\nssl.keystore.password=s\nssl.key.password=k\nssl.provider=\nssl.trustmanager.algorithm=PKIX",
			Context{TLS: &TLS{CAFiles: []string{"/etc/kafka/t.jks"}, CAPassword: LiteralSecret("t"), KeyStore: "/k.p12", KeyStorePassword: LiteralSecret("s"), KeyPassword: LiteralSecret("k")}},
		},
		{
			"TLS 1.3 alone", "security.protocol=SSL\nssl.enabled.protocols=TLSv1.3\nssl.cipher.suites=TLS_AES_128_GCM_SHA256, TLS_UNHEARD_OF",
			Context{TLS: &TLS{MinVersion: "1.3", CipherSuites: []string{"TLS_AES_128_GCM_SHA256", "TLS_UNHEARD_OF"}}},
		},
		{"TLS 1.2 alone", "security.protocol=SSL\nssl.enabled.protocols=TLSv1.2,TLSv1.1", Context{TLS: &TLS{MaxVersion: "1.2"}}},
		{"TLS 1.2 at most", "security.protocol=SSL\nssl.protocol=TLSv1.2", Context{TLS: &TLS{MaxVersion: "1.2"}}},
		{
			"left over", "security.protocol=PLAINTEXT\nssl.truststore.location=/t.jks\nsasl.mechanism=PLAIN\n",
			Context{notes: []string{"sasl.mechanism has no effect with security.protocol=PLAINTEXT", "ssl.truststore.location has no effect with security.protocol=PLAINTEXT"}},
		},
		{
			"unknown", "sasl.user=x\nacks.=1\nssl.provider=BCFIPS\nwhat\\u001bis=1",
			Context{notes: []string{"unknown setting acks.", "unknown setting sasl.user", "setting ssl.provider=BCFIPS has no effect: kdeck does TLS by itself", "unknown setting what\uFFFDis"}},
		},
		{
			"Kerberos with a key table", secured("GSSAPI", krbModule+` required useKeyTab=true storeKey=true keyTab="u.keytab" principal="u@R";`) + "\nsasl.kerberos.service.name=kafka",
			Context{TLS: &TLS{}, SASL: &SASL{Mechanism: "GSSAPI", Kerberos: &Kerberos{Service: "kafka", Principal: "u@R", Keytab: "/etc/kafka/u.keytab"}}},
		},
		{
			"Kerberos with tickets, the default", "security.protocol=SASL_PLAINTEXT\nsasl.kerberos.service.name=k\nsasl.jaas.config=" + krbModule + " required useTicketCache=true renewTGT=true;",
			Context{SASL: &SASL{Mechanism: "GSSAPI", Kerberos: &Kerberos{Service: "k"}}},
		},
		{
			"MSK", secured("AWS_MSK_IAM", awsModule+" required;") + "\nsasl.client.callback.handler.class=software.amazon.msk.auth.iam.IAMClientCallbackHandler",
			Context{TLS: &TLS{}, SASL: &SASL{Mechanism: "AWS_MSK_IAM"}},
		},
		{
			"MSK with a role", secured("AWS_MSK_IAM", awsModule+` required awsProfileName="p" awsRoleArn="arn:aws:iam::1:role/r" awsRoleSessionName=s awsStsRegion=eu-west-1;`),
			Context{TLS: &TLS{}, SASL: &SASL{Mechanism: "AWS_MSK_IAM", AWS: &AWS{Profile: "p", Role: "arn:aws:iam::1:role/r", RoleSession: "s", RoleRegion: "eu-west-1"}}},
		},
		{
			"MSK by its tokens", secured("OAUTHBEARER", oauthModule+" required awsProfileName=p;") + "\nsasl.login.callback.handler.class=software.amazon.msk.auth.iam.IAMOAuthBearerLoginCallbackHandler",
			Context{TLS: &TLS{}, SASL: &SASL{Mechanism: "AWS_MSK_IAM", AWS: &AWS{Profile: "p"}}},
		},
		{
			"tokens of an endpoint", secured("OAUTHBEARER", oauthModule+` required clientId="c" clientSecret="s" scope="a b" extension_logicalCluster="lkc-1" ssl.truststore.location="/t.p12" ssl.truststore.password=p;`) +
				"\nsasl.oauthbearer.token.endpoint.url=https://h/t\nsasl.login.callback.handler.class=org.apache.kafka.common.security.oauthbearer.secured.OAuthBearerLoginCallbackHandler",
			Context{TLS: &TLS{}, SASL: &SASL{Mechanism: "OAUTHBEARER", OAuth: &OAuth{
				TokenURL: "https://h/t", ClientID: "c", ClientSecret: LiteralSecret("s"), Scope: "a b", PlainHeader: true,
				TLS: &TLS{CAFiles: []string{"/t.p12"}, CAPassword: LiteralSecret("p")}, Extensions: map[string]string{"logicalCluster": "lkc-1"},
			}}},
		},
		{
			"tokens as of KIP-1139", "security.protocol=SASL_SSL\nsasl.mechanism=OAUTHBEARER\nsasl.oauthbearer.token.endpoint.url=https://h/t\nsasl.oauthbearer.client.credentials.client.id=c\nsasl.oauthbearer.client.credentials.client.secret=s\nsasl.oauthbearer.scope=a\nsasl.oauthbearer.header.urlencode=true",
			Context{TLS: &TLS{}, SASL: &SASL{Mechanism: "OAUTHBEARER", OAuth: &OAuth{TokenURL: "https://h/t", ClientID: "c", ClientSecret: LiteralSecret("s"), Scope: "a"}}},
		},
		{
			"a token of a file", secured("OAUTHBEARER", oauthModule+" required;") + "\nsasl.oauthbearer.token.endpoint.url=file:///run/token\nsasl.login.callback.handler.class=org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginCallbackHandler",
			Context{TLS: &TLS{}, SASL: &SASL{Mechanism: "OAUTHBEARER", OAuth: &OAuth{Token: FileSecret("/run/token")}}},
		},
		{
			"tokens without a signature", secured("OAUTHBEARER", oauthModule+` required unsecuredLoginStringClaim_sub="alice" unsecuredLoginNumberClaim_n="1.5" unsecuredLoginListClaim_scope="|a|b" unsecuredLoginLifetimeSeconds="60" unsecuredLoginExtension_x="y";`),
			Context{TLS: &TLS{}, SASL: &SASL{Mechanism: "OAUTHBEARER", OAuth: &OAuth{
				Unsecured:  &UnsecuredToken{Claims: map[string]any{"sub": "alice", "n": 1.5, "scope": []string{"a", "b"}}, Lifetime: time.Minute},
				Extensions: map[string]string{"x": "y"},
			}}},
		},
		{
			"registries", "schema.registry.url=https://r:1, https://s:1/p,\nschema.registry.basic.auth.user.info=u:p:q\nbasic.auth.credentials.source=USER_INFO\nschema.registry.ssl.truststore.location=/r.jks",
			Context{SchemaRegistry: &SchemaRegistry{URL: "https://r:1,https://s:1/p", User: "u", Password: LiteralSecret("p:q"), TLS: &TLS{CAFiles: []string{"/r.jks"}}}},
		},
		{"a registry with the user in it", "schema.registry.url=http://u:p@r:1", Context{SchemaRegistry: &SchemaRegistry{URL: "http://r:1", User: "u", Password: LiteralSecret("p")}}},
		{
			"a registry with the login of Kafka", secured("PLAIN", plainModule+" required username=u password=p;") + "\nschema.registry.url=http://r\nbasic.auth.credentials.source=SASL_INHERIT",
			Context{TLS: &TLS{}, SASL: login("PLAIN", "u", "p"), SchemaRegistry: &SchemaRegistry{URL: "http://r", User: "u", Password: LiteralSecret("p")}},
		},
		{"a registry with a token", "schema.registry.url=http://r\nbearer.auth.credentials.source=STATIC_TOKEN\nbearer.auth.token=t", Context{SchemaRegistry: &SchemaRegistry{URL: "http://r", Token: LiteralSecret("t")}}},
		{
			"a registry with tokens that are not supported", "schema.registry.url=http://r\nbearer.auth.credentials.source=OAUTHBEARER",
			Context{notes: []string{"bearer.auth.credentials.source=OAUTHBEARER is not supported, only STATIC_TOKEN: the schema registry is not used"}},
		},
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
	tests := []struct{ name, text, want string }{
		{"protocol", "security.protocol=TLS", "security.protocol=TLS is not PLAINTEXT"},
		{"servers", "bootstrap.servers=a:b", `port "b"`},
		{"login without a protocol", "sasl.mechanism=PLAIN", "sasl.mechanism has no effect without security.protocol=SASL_SSL"},
		{"TLS without a protocol", "ssl.truststore.location=/t", "ssl.truststore.location has no effect without security.protocol=SSL"},
		{"a login without TLS", "security.protocol=SASL_PLAINTEXT\nssl.truststore.type=PEM\nsasl.mechanism=PLAIN", "ssl.truststore.type has no effect without security.protocol=SSL or SASL_SSL"},
		{"a store of another type", "security.protocol=SSL\nssl.truststore.type=BCFKS\nssl.truststore.location=/t.jks", "ssl.truststore.type=BCFKS is not supported; convert"},
		{"half a key store", "security.protocol=SSL\nbootstrap.servers=a\nssl.keystore.type=PEM\nssl.keystore.key=" + hidden, "given together"},
		{"algorithm", "security.protocol=SSL\nssl.endpoint.identification.algorithm=LDAPS", "=LDAPS is not supported"},
		{"engine", "security.protocol=SSL\nssl.engine.factory.class=com.example.Pins", "ssl.engine.factory.class=com.example.Pins is not supported"},
		{"old versions alone", "security.protocol=SSL\nssl.enabled.protocols=TLSv1,TLSv1.1", "kdeck does TLSv1.2 and TLSv1.3 alone"},
		{"suites", "security.protocol=SSL\nssl.cipher.suites=TLS_UNHEARD_OF", "kdeck knows none of TLS_UNHEARD_OF"},
		{"neither mechanism nor JAAS", "security.protocol=SASL_SSL", "sasl.jaas.config is missing; GSSAPI needs Krb5LoginModule with a keyTab or useTicketCache=true, as sasl.mechanism is not set either"},
		{"mechanism", secured("DIGEST-MD5", "x"), "sasl.mechanism=DIGEST-MD5 is not supported; only PLAIN, SCRAM"},
		{"the mechanism is told before the store", secured("DIGEST-MD5", "x") + "\nssl.truststore.type=BCFKS\nssl.truststore.location=t\nssl.cipher.suites=x", "sasl.mechanism=DIGEST-MD5"},
		{"no JAAS", "security.protocol=SASL_SSL\nsasl.mechanism=PLAIN", "sasl.jaas.config is missing; PLAIN needs its login module with username and password"},
		{"no JAAS for MSK", "security.protocol=SASL_SSL\nsasl.mechanism=AWS_MSK_IAM", "needs software.amazon.msk.auth.iam.IAMLoginModule required;"},
		{"other module", secured("PLAIN", "com.example.Login required;"), "login module com.example.Login is not that of sasl.mechanism=PLAIN"},
		{"module of another mechanism", secured("PLAIN", scramModule+" required username=a password=b;"), "is not that of sasl.mechanism=PLAIN, which is"},
		{"token authentication", secured("SCRAM-SHA-256", scramModule+` required username=a password=b tokenauth="true";`), "delegation token, is not supported"},
		{"no password", secured("PLAIN", plainModule+` required username="a";`), "username and password are needed"},
		{"a class that finds the password", secured("PLAIN", plainModule+` required;`) + "\nsasl.client.callback.handler.class=com.example.Vault", "sasl.client.callback.handler.class=com.example.Vault is not supported"},
		{"Kerberos without a service", secured("GSSAPI", krbModule+" required useTicketCache=true;"), "sasl.kerberos.service.name is missing"},
		{"Kerberos without tickets", secured("GSSAPI", krbModule+" required serviceName=kafka;"), "useKeyTab=true"},
		{"Kerberos without a principal", secured("GSSAPI", krbModule+" required serviceName=kafka keyTab=x;"), "keyTab needs a principal"},
		{"tokens of nowhere", secured("OAUTHBEARER", oauthModule+" required clientId=c;"), "OAUTHBEARER needs sasl.oauthbearer.token.endpoint.url"},
		{"an endpoint without a client", secured("OAUTHBEARER", oauthModule+" required clientId=c;") + "\nsasl.oauthbearer.token.endpoint.url=https://h", "clientId and clientSecret are needed"},
		{"assertions", secured("OAUTHBEARER", oauthModule+" required;") + "\nsasl.oauthbearer.token.endpoint.url=https://h\nsasl.oauthbearer.jwt.retriever.class=org.apache.kafka.common.security.oauthbearer.JwtBearerJwtRetriever", "JwtBearerJwtRetriever is not supported"},
		{"another way to tokens", secured("OAUTHBEARER", oauthModule+" required;") + "\nsasl.login.callback.handler.class=io.strimzi.X", "sasl.login.callback.handler.class=io.strimzi.X is not supported"},
		{"a lifetime", secured("OAUTHBEARER", oauthModule+" required unsecuredLoginStringClaim_sub=a unsecuredLoginLifetimeSeconds=soon;"), "not a number of seconds"},
		{"a claim", secured("OAUTHBEARER", oauthModule+" required unsecuredLoginNumberClaim_n=x;"), "is not a number"},
		{"registry", "schema.registry.url=ftp://x", "url is not an https:// or http:// address"},
		{"provider", "config.providers=vault\nconfig.providers.vault.class=com.example.Vault\nclient.id=${vault:a:b}", `client.id: config provider vault: the class "com.example.Vault" is not supported`},
		{"no semicolon", secured("PLAIN", plainModule+` required username="a" password="`+hidden+`"`), "semicolon at the end is missing"},
		{"open quote", secured("PLAIN", plainModule+` required username="a" password="`+hidden), "quote is not closed"},
		{"no flag", secured("PLAIN", plainModule+` username="a";`), "comes required"},
		{"two modules", secured("PLAIN", plainModule+" required username=a password=b; "+plainModule+" required;"), "only one login module"},
		{"password without a name", secured("PLAIN", plainModule+` required "`+hidden+`" "x" y;`), "no name=\"value\""},
		{"an option twice", secured("PLAIN", plainModule+" required username=a username="+hidden+";"), `option "username" is there twice`},
		{"nothing but a semicolon", secured("PLAIN", ";"), "write a login module class"},
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

// Everything that a client of Apache Kafka knows is known: nothing is a warning but what
// kdeck would have to do by itself.
func TestEverySettingOfKafkaIsKnown(t *testing.T) {
	list, err := os.ReadFile("testdata/client-settings.txt")
	if err != nil {
		t.Fatal(err)
	}
	p := properties{values: map[string]string{}}
	for line := range strings.Lines(string(list)) {
		if line = strings.TrimSpace(line); !strings.HasPrefix(line, "#") {
			p.values[line] = "x"
		}
	}
	if len(p.values) < 100 {
		t.Fatalf("%d settings", len(p.values))
	}
	var unused int
	for _, warning := range p.warnings() {
		if strings.HasPrefix(warning, "unknown") {
			t.Error(warning)
		}
		unused++
	}
	if want := len(strings.Fields(unusedSettings)); unused != want {
		t.Errorf("%d warnings, want %d", unused, want)
	}
}

func TestProvidedValues(t *testing.T) {
	dir := t.TempDir()
	for name, content := range map[string]string{"secrets.properties": "user=u\npw=a\\u00e9b\n", "password": "p"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("KDECK_TEST_ID", "me")
	c, err := FromProperties(strings.NewReader(secured("PLAIN", plainModule+` required username="${file:`+dir+`/secrets.properties:user}" password="${file:`+dir+`/secrets.properties:pw}${dir:`+dir+`:password}";`)+`
client.id=${env:KDECK_TEST_ID} ${other:x} ${env}
config.providers=file,dir, env
config.providers.file.class=org.apache.kafka.common.config.provider.FileConfigProvider
config.providers.dir.class=org.apache.kafka.common.config.provider.DirectoryConfigProvider
config.providers.env.class=org.apache.kafka.common.config.provider.EnvVarConfigProvider
config.providers.file.param.allowed.paths=/x
`), "/")
	if err != nil {
		t.Fatal(err)
	}
	password, _ := c.SASL.Password.Resolve(t.Context())
	if c.SASL.User != "u" || password != "aébp" || c.ClientID != "me ${other:x} ${env}" || len(c.Warnings()) != 0 {
		t.Errorf("user %q, password %q, client %q, %q", c.SASL.User, password, c.ClientID, c.Warnings())
	}
	for text, want := range map[string]string{
		"${env:KDECK_TEST_NONE}":         "the environment variable KDECK_TEST_NONE is not set",
		"${file:" + dir + "/none:x}":     "no such file",
		"${file:" + dir + ":x}":          "not a regular file",
		"${file:" + dir + "/password:y}": "has no setting y",
		"${dir:" + dir + ":../password}": "not the name of a file",
	} {
		_, err := FromProperties(strings.NewReader("client.id="+text+`
config.providers=file,dir,env
config.providers.file.class=FileConfigProvider
config.providers.dir.class=DirectoryConfigProvider
config.providers.env.class=EnvVarConfigProvider
`), "/")
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}

func TestLoadPropertiesWarnsOfAReadablePassword(t *testing.T) {
	path := tempFile(t, "client.properties", secured("PLAIN", plainModule+" required username=u password="+hidden+";"))
	for mode, want := range map[os.FileMode]int{0o600: 0, 0o640: 1, 0o604: 1} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		c, err := LoadProperties(path, "/")
		if err != nil || len(c.Warnings()) != want || want > 0 && !strings.Contains(c.Warnings()[0], "chmod 600") {
			t.Errorf("mode %o: %q, %v", mode, c.Warnings(), err)
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
		module, err := javaprops.ParseJAAS(text)
		if err == nil && module.Class == "" && !strings.ContainsAny(text, `"'`) {
			t.Fatalf("%q has no class", text)
		}
	})
}

// Whatever a file holds, no error and no warning shows what could be a secret, nor what
// a terminal could act on.
func FuzzFromProperties(f *testing.F) {
	f.Add(secured("PLAIN", plainModule+" required username=u password="+hidden+";"))
	f.Add(secured("OAUTHBEARER", oauthModule+" required clientId=c clientSecret="+hidden+";") + "\nsasl.oauthbearer.token.endpoint.url=https://h")
	f.Add("schema.registry.url=https://u:" + hidden + "@r\nssl.key.password=" + hidden)
	f.Fuzz(func(t *testing.T, text string) {
		c, err := FromProperties(strings.NewReader(text), "/nowhere")
		said := c.notes
		if err != nil {
			said = append(said, err.Error())
		}
		for _, line := range said {
			if strings.ContainsAny(line, "\x1b\r") {
				t.Errorf("control characters in %q", line)
			}
		}
	})
}

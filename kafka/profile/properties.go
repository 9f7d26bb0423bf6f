package profile

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/kdeck/kdeck/kafka/profile/javaprops"
)

// FromProperties reads the properties file of a Java client, such as
// kafka-topics.sh takes with --command-config. Relative paths in it are
// relative to dir. The Context has no name, and no bootstrap servers if the
// file has none. Settings that are not supported are one error that names
// them all; nothing that matters is ever ignored. Values are taken as they
// are, like Java does: ${…} is not expanded.
func FromProperties(r io.Reader, dir string) (Context, error) {
	entries, err := javaprops.Parse(r)
	if err != nil {
		return Context{}, err
	}
	p := properties{values: map[string]string{}, dir: dir}
	for _, entry := range entries {
		p.values[entry.Key] = entry.Value
	}
	if err := p.refuseUnsupported(); err != nil {
		return Context{}, err
	}
	ctx, err := p.context()
	if err != nil {
		return Context{}, err
	}
	if len(ctx.BootstrapServers) == 0 {
		return ctx, nil // they may come from elsewhere
	}
	return ctx, ctx.Validate()
}

// properties are the settings of one file.
type properties struct {
	values map[string]string
	dir    string
}

// supportedProperties are the settings that context turns into a Context.
var supportedProperties = []string{
	"bootstrap.servers", "client.id", "security.protocol",
	"sasl.mechanism", "sasl.jaas.config",
	"ssl.truststore.type", "ssl.truststore.location", "ssl.truststore.certificates",
	"ssl.keystore.type", "ssl.keystore.location", "ssl.keystore.certificate.chain", "ssl.keystore.key",
	"ssl.endpoint.identification.algorithm",
}

// harmlessProperties are the settings that are skipped, each with the reason
// why that changes nothing here. Where only some values are harmless they
// are listed.
var harmlessProperties = map[string]struct {
	reason string
	values []string
}{
	"key.serializer":                {reason: "kdeck encodes records itself, as asked for on the screen"},
	"value.serializer":              {reason: "as key.serializer"},
	"key.deserializer":              {reason: "kdeck shows records from their bytes"},
	"value.deserializer":            {reason: "as key.deserializer"},
	"group.id":                      {reason: "kdeck reads partitions directly and never joins a group"},
	"enable.auto.commit":            {reason: "kdeck never commits offsets for what it reads"},
	"auto.commit.interval.ms":       {reason: "as enable.auto.commit"},
	"session.timeout.ms":            {reason: "group membership; kdeck never joins a group"},
	"heartbeat.interval.ms":         {reason: "group membership; kdeck never joins a group"},
	"max.poll.interval.ms":          {reason: "group membership; kdeck never joins a group"},
	"partition.assignment.strategy": {reason: "group membership; kdeck never joins a group"},
	"client.dns.lookup":             {reason: "Java's default, and what kdeck does", values: []string{"use_all_dns_ips"}},
	"acks":                          {reason: "Java's default, and what kdeck does", values: []string{"all", "-1"}},
	"enable.idempotence":            {reason: "Java's default, and what kdeck does", values: []string{"true"}},
}

// advice says what to do about an unsupported setting that people often have.
var advice = map[string]string{
	"ssl.truststore.password": "a PEM trust store has none",
	"ssl.keystore.password":   "a PEM key store has none",
	"ssl.key.password":        "decrypt the key with: openssl pkey -in KEY -out NEWKEY",
	"config.providers":        "put ${env:NAME}, a file or a command in a context instead",
}

func (p properties) refuseUnsupported() error {
	var refused []string
	for _, key := range slices.Sorted(maps.Keys(p.values)) {
		harmless, known := harmlessProperties[key]
		switch {
		case slices.Contains(supportedProperties, key):
		case known && (harmless.values == nil || slices.Contains(harmless.values, p.values[key])):
		case known:
			refused = append(refused, fmt.Sprintf("%s (only %s)", key, strings.Join(harmless.values, ", ")))
		case advice[key] != "":
			refused = append(refused, fmt.Sprintf("%s (%s)", key, advice[key]))
		default:
			refused = append(refused, shorten(key))
		}
	}
	switch len(refused) {
	case 0:
		return nil
	case 1:
		return fmt.Errorf("setting %s is not supported; remove it", refused[0])
	}
	return fmt.Errorf("settings %s are not supported; remove them", strings.Join(refused, ", "))
}

func (p properties) context() (Context, error) {
	ctx := Context{ClientID: p.values["client.id"]}
	var errs []error
	if list := p.values["bootstrap.servers"]; list != "" {
		servers, err := ParseServers(list)
		ctx.BootstrapServers = servers
		errs = append(errs, err)
	}
	protocol := strings.ToUpper(p.values["security.protocol"])
	switch protocol {
	case "", "PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL":
	default:
		return ctx, fmt.Errorf("security.protocol=%s is not PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL", shorten(protocol))
	}
	var err error
	if strings.HasSuffix(protocol, "SSL") {
		ctx.TLS, err = p.tls()
	} else {
		err = p.refuseIneffective("ssl.", "SSL or SASL_SSL")
	}
	errs = append(errs, err)
	if strings.HasPrefix(protocol, "SASL") {
		ctx.SASL, err = p.sasl()
	} else {
		err = p.refuseIneffective("sasl.", "SASL_SSL or SASL_PLAINTEXT")
	}
	return ctx, errors.Join(append(errs, err)...)
}

// refuseIneffective tells of settings that the protocol makes Java ignore:
// almost always the protocol is what is wrong.
func (p properties) refuseIneffective(prefix, protocols string) error {
	for _, key := range slices.Sorted(maps.Keys(p.values)) {
		if strings.HasPrefix(key, prefix) {
			return fmt.Errorf("%s has no effect without security.protocol=%s", key, protocols)
		}
	}
	return nil
}

func (p properties) tls() (*TLS, error) {
	t := &TLS{
		CA:   pemLines(p.values["ssl.truststore.certificates"]),
		Cert: pemLines(p.values["ssl.keystore.certificate.chain"]),
		Key:  LiteralSecret(pemLines(p.values["ssl.keystore.key"])),
	}
	errs := []error{
		p.requirePEM("truststore", "ssl.truststore.location", "ssl.truststore.certificates"),
		p.requirePEM("keystore", "ssl.keystore.location", "ssl.keystore.certificate.chain", "ssl.keystore.key"),
	}
	if path := p.path("ssl.truststore.location"); path != "" {
		t.CAFiles = []string{path}
	}
	// A PEM key store is one file with the key and the certificate chain
	// (KIP-651).
	t.CertFile = p.path("ssl.keystore.location")
	t.KeyFile = t.CertFile
	algorithm, given := p.values["ssl.endpoint.identification.algorithm"]
	switch {
	case given && algorithm == "":
		t.SkipHostnameVerify = true
	case given && !strings.EqualFold(algorithm, "https"):
		errs = append(errs, fmt.Errorf("ssl.endpoint.identification.algorithm=%s is not supported; only https or nothing", shorten(algorithm)))
	}
	return t, errors.Join(errs...)
}

// requirePEM refuses a store of the type JKS, which is Java's default, or
// PKCS12.
func (p properties) requirePEM(store string, keys ...string) error {
	kind := p.values["ssl."+store+".type"]
	if strings.EqualFold(kind, "PEM") {
		return nil
	}
	if kind != "" {
		return fmt.Errorf("ssl.%s.type=%s is not supported; convert the store to PEM", store, shorten(kind))
	}
	for _, key := range keys {
		if p.values[key] != "" {
			return fmt.Errorf("%s needs ssl.%s.type=PEM; JKS, the default, is not supported", key, store)
		}
	}
	return nil
}

var pemBlock = regexp.MustCompile(`(-----BEGIN [A-Z0-9 ]+-----)([^-]*)(-----END [A-Z0-9 ]+-----)`)

// pemLines puts line ends where PEM demands them: continued lines of a
// properties file have spaces there, which Kafka accepts (KIP-651).
func pemLines(text string) string {
	var lines []string
	for _, block := range pemBlock.FindAllStringSubmatch(text, -1) {
		lines = append(lines, block[1])
		lines = append(lines, strings.Fields(block[2])...)
		lines = append(lines, block[3], "")
	}
	if lines == nil {
		return text // whoever reads it says what is wrong
	}
	return strings.Join(lines, "\n")
}

func (p properties) path(key string) string {
	path := p.values[key]
	if path == "" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(p.dir, path)
}

// loginModules are the supported classes with the mechanisms that they serve.
var loginModules = map[string][]string{
	"org.apache.kafka.common.security.plain.PlainLoginModule": {"PLAIN"},
	"org.apache.kafka.common.security.scram.ScramLoginModule": {"SCRAM-SHA-256", "SCRAM-SHA-512"},
}

func (p properties) sasl() (*SASL, error) {
	mechanism := p.values["sasl.mechanism"]
	switch mechanism {
	case "PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512":
	case "":
		return nil, errors.New("sasl.mechanism is missing; GSSAPI, the default, is not supported, only PLAIN, SCRAM-SHA-256 and SCRAM-SHA-512")
	case "OAUTHBEARER":
		return nil, errors.New("sasl.mechanism=OAUTHBEARER is not supported in a properties file; set it up with: kdeck context add NAME --sasl-mechanism OAUTHBEARER")
	default:
		return nil, fmt.Errorf("sasl.mechanism=%s is not supported; only PLAIN, SCRAM-SHA-256 and SCRAM-SHA-512", shorten(mechanism))
	}
	text := p.values["sasl.jaas.config"]
	if text == "" {
		return nil, fmt.Errorf("sasl.jaas.config is missing; %s needs its login module with username and password", mechanism)
	}
	module, err := parseJAAS(text)
	if err != nil {
		return nil, fmt.Errorf("sasl.jaas.config: %w", err)
	}
	serves, known := loginModules[module.class]
	switch {
	case !known:
		return nil, fmt.Errorf("sasl.jaas.config: login module %s is not supported; only PlainLoginModule and ScramLoginModule", shorten(module.class))
	case !slices.Contains(serves, mechanism):
		return nil, fmt.Errorf("sasl.jaas.config: login module %s does not serve sasl.mechanism=%s", module.class, mechanism)
	}
	for _, option := range slices.Sorted(maps.Keys(module.options)) {
		if option != "username" && option != "password" {
			return nil, fmt.Errorf("sasl.jaas.config: option %s is not supported", shorten(option))
		}
	}
	if module.options["username"] == "" || module.options["password"] == "" {
		return nil, errors.New("sasl.jaas.config: username and password are needed")
	}
	return &SASL{
		Mechanism: mechanism,
		User:      module.options["username"],
		Password:  LiteralSecret(module.options["password"]),
	}, nil
}

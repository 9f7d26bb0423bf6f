package profile

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"

	"github.com/kdeck/kdeck/kafka/profile/javaprops"
)

// FromProperties reads the properties file of a Java client, such as
// kafka-topics.sh takes with --command-config. Relative paths in it are
// relative to dir. The Context has no name, and no bootstrap servers if the
// file has none.
//
// Settings of clients that change nothing here are taken without a word, and
// settings of a schema registry are used. Unknown ones are warnings, as in Java, see
// Context.Warnings. What would make the connection less safe than the file asks for
// is an error. Values are taken as they are, like Java does, but for what
// config.providers names.
func FromProperties(r io.Reader, dir string) (Context, error) {
	entries, err := javaprops.Parse(r)
	if err != nil {
		return Context{}, err
	}
	p := properties{values: map[string]string{}, dir: dir}
	for _, entry := range entries {
		p.values[entry.Key] = entry.Value
	}
	if err := javaprops.Provide(p.values); err != nil {
		return Context{}, err
	}
	ctx, err := p.context()
	if err != nil {
		return Context{}, err
	}
	ctx.notes = p.warnings()
	if len(ctx.BootstrapServers) == 0 {
		return ctx, nil // they may come from elsewhere
	}
	return ctx, ctx.Validate()
}

// LoadProperties reads the properties file at path, see FromProperties, and warns when
// others can read a password in it.
func LoadProperties(path, dir string) (Context, error) {
	file, err := os.Open(path)
	if err != nil {
		return Context{}, err
	}
	defer func() { _ = file.Close() }() // only read
	ctx, err := FromProperties(file, dir)
	if err != nil {
		return Context{}, err
	}
	if info, err := file.Stat(); err == nil && ctx.hasLiteral() {
		if warning := readableByOthers(path, info); warning != "" {
			ctx.notes = append(ctx.notes, warning)
		}
	}
	return ctx, nil
}

// readableByOthers warns of a file with secrets that other users can read, or is "".
func readableByOthers(path string, info os.FileInfo) string {
	if runtime.GOOS == "windows" || info.Mode().Perm()&0o077 == 0 { // Windows has no such modes
		return ""
	}
	return fmt.Sprintf("%s holds a password, token or key and can be read by other users (mode %04o): chmod 600 %[1]s", path, info.Mode().Perm())
}

// properties are the settings of one file.
type properties struct {
	values map[string]string
	dir    string
	notes  []string
}

func (p *properties) warn(format string, args ...any) {
	p.notes = append(p.notes, fmt.Sprintf(format, args...))
}

// context reads the settings from the most general on, so that the first error names
// the first cause.
func (p *properties) context() (Context, error) {
	ctx := Context{ClientID: p.values["client.id"]}
	protocol := strings.ToUpper(p.values["security.protocol"])
	switch protocol {
	case "", "PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL":
	default:
		return ctx, fmt.Errorf("security.protocol=%s is not PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL", shorten(protocol))
	}
	if err := p.refuseIneffective(protocol); err != nil {
		return ctx, err
	}
	var err error
	if strings.HasPrefix(protocol, "SASL") {
		if ctx.SASL, err = p.sasl(); err != nil {
			return ctx, err
		}
	}
	if strings.HasSuffix(protocol, "SSL") {
		if ctx.TLS, err = p.tls("ssl."); err != nil {
			return ctx, err
		}
	}
	if list := p.values["bootstrap.servers"]; list != "" {
		if ctx.BootstrapServers, err = ParseServers(list); err != nil {
			return ctx, err
		}
	}
	ctx.SchemaRegistry, err = p.registry(ctx.SASL)
	return ctx, err
}

// identitySettings are those by which somebody shows who they are or checks who the
// other side is.
var identitySettings = []struct{ prefix, protocols string }{
	{"ssl.truststore.", "SSL or SASL_SSL"},
	{"ssl.keystore.", "SSL or SASL_SSL"},
	{"sasl.jaas.config", "SASL_SSL or SASL_PLAINTEXT"},
	{"sasl.mechanism", "SASL_SSL or SASL_PLAINTEXT"},
}

// refuseIneffective tells of settings that Java ignores under the protocol. Where the
// file names none, it is the protocol that was forgotten, and the connection would be
// in the clear; so would the login be where only TLS is left out. Else they may be left
// over.
func (p *properties) refuseIneffective(protocol string) error {
	for _, key := range slices.Sorted(maps.Keys(p.values)) {
		i := slices.IndexFunc(identitySettings, func(s struct{ prefix, protocols string }) bool { return strings.HasPrefix(key, s.prefix) })
		if i < 0 || p.values[key] == "" {
			continue
		}
		idle := strings.HasPrefix(key, "ssl.") && !strings.HasSuffix(protocol, "SSL") ||
			strings.HasPrefix(key, "sasl.") && !strings.HasPrefix(protocol, "SASL")
		switch {
		case idle && (protocol == "" || protocol == "SASL_PLAINTEXT"):
			return fmt.Errorf("%s has no effect without security.protocol=%s: nothing would be encrypted", key, identitySettings[i].protocols)
		case idle:
			p.warn("%s has no effect with security.protocol=%s", key, protocol)
		}
	}
	return nil
}

// tls reads the settings that begin with prefix, "ssl." or one of the registry's.
func (p *properties) tls(prefix string) (*TLS, error) {
	t := &TLS{
		CA:   pemLines(p.values[prefix+"truststore.certificates"]),
		Cert: pemLines(p.values[prefix+"keystore.certificate.chain"]),
		Key:  LiteralSecret(pemLines(p.values[prefix+"keystore.key"])),
	}
	if path := p.path(prefix + "truststore.location"); path != "" {
		if err := p.storeType(prefix + "truststore.type"); err != nil {
			return nil, err
		}
		t.CAFiles = []string{path}
		t.CAPassword = LiteralSecret(p.values[prefix+"truststore.password"])
	}
	if path := p.path(prefix + "keystore.location"); path != "" {
		if err := p.storeType(prefix + "keystore.type"); err != nil {
			return nil, err
		}
		t.KeyStore = path
		t.KeyStorePassword = LiteralSecret(p.values[prefix+"keystore.password"])
	}
	if t.KeyStore != "" || !t.Key.IsZero() {
		t.KeyPassword = LiteralSecret(p.values[prefix+"key.password"])
	}
	algorithm, given := p.values[prefix+"endpoint.identification.algorithm"]
	switch {
	case given && algorithm == "":
		t.SkipHostnameVerify = true
	case given && !strings.EqualFold(algorithm, "https"):
		return nil, fmt.Errorf("%sendpoint.identification.algorithm=%s is not supported; only https or nothing", prefix, shorten(algorithm))
	}
	if factory := p.values[prefix+"engine.factory.class"]; factory != "" && !strings.HasSuffix(factory, ".DefaultSslEngineFactory") {
		return nil, fmt.Errorf("%sengine.factory.class=%s is not supported: what it would check cannot be checked here", prefix, shorten(factory))
	}
	return t, p.tlsVersions(prefix, t)
}

// storeType refuses stores that are of no format that is read. Which one it is tells
// the file: Java reads JKS and PKCS12 under either name.
func (p *properties) storeType(key string) error {
	switch kind := strings.ToUpper(p.values[key]); kind {
	case "", "JKS", "PKCS12", "PEM":
		return nil
	default:
		return fmt.Errorf("%s=%s is not supported; convert the store to PKCS12 with: keytool -importkeystore -deststoretype PKCS12", key, shorten(kind))
	}
}

// tlsVersions reads ssl.enabled.protocols, without which ssl.protocol is the highest
// version, and the cipher suites.
func (p *properties) tlsVersions(prefix string, t *TLS) error {
	if list, given := p.values[prefix+"enabled.protocols"]; given && list != "" {
		versions := split(list)
		old, current := slices.Contains(versions, "TLSv1.2"), slices.Contains(versions, "TLSv1.3")
		switch {
		case !old && !current:
			return fmt.Errorf("%senabled.protocols=%s: kdeck does TLSv1.2 and TLSv1.3 alone", prefix, shorten(list))
		case !old:
			t.MinVersion = "1.3"
		case !current:
			t.MaxVersion = "1.2"
		}
	} else if p.values[prefix+"protocol"] == "TLSv1.2" {
		t.MaxVersion = "1.2"
	}
	t.CipherSuites = split(p.values[prefix+"cipher.suites"])
	if len(t.CipherSuites) == 0 {
		return nil
	}
	known, _, unknown := suites(t.CipherSuites)
	if len(known) == 0 {
		return fmt.Errorf("%scipher.suites: kdeck knows none of %s", prefix, shorten(strings.Join(unknown, ", ")))
	}
	return nil
}

// split reads a list of a properties file.
func split(list string) []string {
	var parts []string
	for _, part := range strings.Split(list, ",") {
		if part = strings.TrimSpace(part); part != "" {
			parts = append(parts, part)
		}
	}
	return parts
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

func (p *properties) path(key string) string {
	path := p.values[key]
	if path == "" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(p.dir, path)
}

var errNoJAAS = errors.New("sasl.jaas.config is missing")

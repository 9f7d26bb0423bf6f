package profile

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/kdeck/kdeck/kafka/profile/javaprops"
)

// The packages of Apache Kafka's and others' login modules and callback handlers.
const (
	kafkaSecurity = "org.apache.kafka.common.security."
	awsSecurity   = "software.amazon.msk.auth.iam."
)

// moduleOf are the login modules of the mechanisms. Modules of other mechanisms
// are refused, so that a password is not sent in another way than was meant.
var moduleOf = map[string][]string{
	"PLAIN":         {kafkaSecurity + "plain.PlainLoginModule"},
	"SCRAM-SHA-256": {kafkaSecurity + "scram.ScramLoginModule"},
	"SCRAM-SHA-512": {kafkaSecurity + "scram.ScramLoginModule"},
	"OAUTHBEARER":   {kafkaSecurity + "oauthbearer.OAuthBearerLoginModule"},
	"GSSAPI":        {"com.sun.security.auth.module.Krb5LoginModule", "com.ibm.security.auth.module.Krb5LoginModule"},
	"AWS_MSK_IAM":   {awsSecurity + "IAMLoginModule"},
}

func (p *properties) sasl() (*SASL, error) {
	mechanism := cmp.Or(p.values["sasl.mechanism"], "GSSAPI") // Kafka's default
	modules, known := moduleOf[mechanism]
	if !known {
		return nil, fmt.Errorf("sasl.mechanism=%s is not supported; only %s", shorten(mechanism), strings.Join(Mechanisms(), ", "))
	}
	text := p.values["sasl.jaas.config"]
	if text == "" && mechanism == "OAUTHBEARER" {
		text = modules[0] + " required;" // the settings of KIP-1139 need no options
	}
	if text == "" {
		what := "its login module with username and password"
		switch mechanism {
		case "GSSAPI":
			what = "Krb5LoginModule with a keyTab or useTicketCache=true"
			if p.values["sasl.mechanism"] == "" {
				what += ", as sasl.mechanism is not set either"
			}
		case "AWS_MSK_IAM":
			what = modules[0] + " required;"
		}
		return nil, fmt.Errorf("%w; %s needs %s", errNoJAAS, mechanism, what)
	}
	module, err := javaprops.ParseJAAS(text)
	if err != nil {
		return nil, fmt.Errorf("sasl.jaas.config: %w", err)
	}
	if !slices.Contains(modules, module.Class) {
		return nil, fmt.Errorf("sasl.jaas.config: login module %s is not that of sasl.mechanism=%s, which is %s", shorten(module.Class), mechanism, modules[0])
	}
	s := &SASL{Mechanism: mechanism}
	switch mechanism {
	case "OAUTHBEARER":
		return p.oauth(module.Options)
	case "GSSAPI":
		s.Kerberos, err = p.kerberos(module.Options)
	case "AWS_MSK_IAM":
		s.AWS = awsOptions(module.Options)
		err = p.refuseHandlers(awsSecurity + "IAMClientCallbackHandler")
	default:
		s.User, s.Password = module.Options["username"], LiteralSecret(module.Options["password"])
		err = p.refuseHandlers()
		if err == nil && (s.User == "" || s.Password.IsZero()) {
			err = errors.New("sasl.jaas.config: username and password are needed")
		}
		// A delegation token is another kind of login with the same mechanism (KIP-48).
		if err == nil && module.Options["tokenauth"] == "true" {
			err = errors.New("sasl.jaas.config: tokenauth=true, a login with a delegation token, is not supported")
		}
	}
	return s, err
}

// refuseHandlers refuses classes that would find credentials in a way of their own.
func (p *properties) refuseHandlers(known ...string) error {
	for _, key := range []string{"sasl.login.callback.handler.class", "sasl.client.callback.handler.class", "sasl.login.class"} {
		if class := p.values[key]; class != "" && !slices.Contains(known, class) {
			return fmt.Errorf("%s=%s is not supported; give the credentials in sasl.jaas.config, or set up a context whose password is a command", key, shorten(class))
		}
	}
	return nil
}

// kerberos reads the options of Java's Krb5LoginModule. Those that are not named here
// are about how Java keeps tickets.
func (p *properties) kerberos(options map[string]string) (*Kerberos, error) {
	k := &Kerberos{
		Service:   cmp.Or(p.values["sasl.kerberos.service.name"], options["serviceName"]),
		Principal: options["principal"],
	}
	if k.Service == "" {
		return nil, errors.New("sasl.kerberos.service.name is missing; it is the first part of the brokers' principal, mostly kafka")
	}
	keytab := cmp.Or(options["keyTab"], strings.TrimPrefix(options["useKeytab"], "file://")) // IBM's Java has the second
	switch {
	case keytab != "" && !strings.EqualFold(options["useKeyTab"], "false"):
		k.Keytab = absoluteIn(p.dir, strings.TrimPrefix(keytab, "file:"))
		if k.Principal == "" {
			return nil, errors.New("sasl.jaas.config: keyTab needs a principal")
		}
	case strings.EqualFold(options["useTicketCache"], "true") || options["ticketCache"] != "":
		k.Cache = options["ticketCache"]
		if k.Cache != "" {
			k.Cache = absoluteIn(p.dir, strings.TrimPrefix(k.Cache, "FILE:"))
		}
	default:
		return nil, errors.New("sasl.jaas.config: Krb5LoginModule needs useKeyTab=true with keyTab and principal, or useTicketCache=true")
	}
	return k, p.refuseHandlers()
}

// awsOptions reads the options of aws-msk-iam-auth.
func awsOptions(options map[string]string) *AWS {
	a := &AWS{
		Profile: options["awsProfileName"], Role: options["awsRoleArn"],
		RoleSession: options["awsRoleSessionName"], RoleRegion: options["awsStsRegion"], ExternalID: options["awsRoleExternalId"],
	}
	if *a == (AWS{}) {
		return nil
	}
	return a
}

// oauth reads what gets a token: an endpoint or a file (KIP-768, KIP-1139), or nothing,
// which makes tokens that are not signed.
func (p *properties) oauth(options map[string]string) (*SASL, error) {
	o := &OAuth{}
	handler := p.values["sasl.login.callback.handler.class"]
	if handler == awsSecurity+"IAMOAuthBearerLoginCallbackHandler" {
		// A listener of MSK that takes its tokens takes AWS_MSK_IAM as well.
		return &SASL{Mechanism: "AWS_MSK_IAM", AWS: awsOptions(options)}, nil
	}
	s := &SASL{Mechanism: "OAUTHBEARER", OAuth: o}
	secured := []string{kafkaSecurity + "oauthbearer.secured.OAuthBearerLoginCallbackHandler", kafkaSecurity + "oauthbearer.OAuthBearerLoginCallbackHandler"}
	unsecured := kafkaSecurity + "oauthbearer.internals.unsecured.OAuthBearerUnsecuredLoginCallbackHandler"
	if err := p.refuseHandlers(append(secured, unsecured, kafkaSecurity+"oauthbearer.internals.OAuthBearerSaslClientCallbackHandler")...); err != nil {
		return nil, err
	}
	for name, value := range options {
		if name, found := cutAny(name, "extension_", "unsecuredLoginExtension_"); found {
			if o.Extensions == nil {
				o.Extensions = map[string]string{}
			}
			o.Extensions[name] = value
		}
	}
	// KIP-1139 makes settings of what were options of the login module.
	setting := func(name, option string) string { return cmp.Or(p.values["sasl.oauthbearer."+name], options[option]) }
	endpoint := p.values["sasl.oauthbearer.token.endpoint.url"]
	switch {
	case handler == "" && endpoint == "" || handler == unsecured:
		return s, unsecuredToken(o, options)
	case endpoint == "":
		return nil, errors.New("sasl.oauthbearer.token.endpoint.url is missing; OAUTHBEARER gets its tokens there")
	}
	u, err := url.Parse(endpoint)
	if err != nil {
		return nil, errors.New("sasl.oauthbearer.token.endpoint.url is not a URL")
	}
	if u.Scheme == "file" {
		o.Token = FileSecret(u.Path)
		return s, nil
	}
	if retriever := p.values["sasl.oauthbearer.jwt.retriever.class"]; retriever != "" && !slices.Contains([]string{"DefaultJwtRetriever", "ClientCredentialsJwtRetriever"}, retriever[strings.LastIndexByte(retriever, '.')+1:]) {
		return nil, fmt.Errorf("sasl.oauthbearer.jwt.retriever.class=%s is not supported; only client credentials and a file are", shorten(retriever))
	}
	o.TokenURL = endpoint
	o.ClientID = setting("client.credentials.client.id", "clientId")
	o.ClientSecret = LiteralSecret(setting("client.credentials.client.secret", "clientSecret"))
	o.Scope = setting("scope", "scope")
	o.PlainHeader = !strings.EqualFold(p.values["sasl.oauthbearer.header.urlencode"], "true")
	if o.ClientID == "" || o.ClientSecret.IsZero() {
		return nil, errors.New("sasl.jaas.config: clientId and clientSecret are needed for the token endpoint")
	}
	if !slices.ContainsFunc(slices.Collect(maps.Keys(options)), func(name string) bool { return strings.HasPrefix(name, "ssl.") }) {
		return s, nil
	}
	of := properties{values: options, dir: p.dir} // the endpoint's TLS stands among the options
	o.TLS, err = of.tls("ssl.")
	if err != nil {
		return nil, fmt.Errorf("sasl.jaas.config: %w", err)
	}
	return s, nil
}

// unsecuredToken reads the options of Kafka's OAuthBearerUnsecuredLoginCallbackHandler.
func unsecuredToken(o *OAuth, options map[string]string) error {
	u := &UnsecuredToken{Claims: map[string]any{}}
	for name, value := range options {
		if claim, found := strings.CutPrefix(name, "unsecuredLoginStringClaim_"); found {
			u.Claims[claim] = value
		}
		if claim, found := strings.CutPrefix(name, "unsecuredLoginNumberClaim_"); found {
			number, err := strconv.ParseFloat(value, 64)
			if err != nil {
				return fmt.Errorf("sasl.jaas.config: option %s is not a number", shorten(name))
			}
			u.Claims[claim] = number
		}
		// The first character separates the others.
		if claim, found := strings.CutPrefix(name, "unsecuredLoginListClaim_"); found && value != "" {
			u.Claims[claim] = strings.Split(value[1:], value[:1])
		}
	}
	if text := options["unsecuredLoginLifetimeSeconds"]; text != "" {
		seconds, err := strconv.ParseUint(text, 10, 31)
		if err != nil || seconds == 0 {
			return errors.New("sasl.jaas.config: option unsecuredLoginLifetimeSeconds is not a number of seconds")
		}
		u.Lifetime = time.Duration(seconds) * time.Second
	}
	if len(u.Claims) == 0 {
		return errors.New("OAUTHBEARER needs sasl.oauthbearer.token.endpoint.url with clientId and clientSecret (and sasl.login.callback.handler.class before Kafka 4), or for tests unsecuredLoginStringClaim_sub in sasl.jaas.config")
	}
	o.Unsecured = u
	return nil
}

func cutAny(s string, prefixes ...string) (string, bool) {
	for _, prefix := range prefixes {
		if rest, found := strings.CutPrefix(s, prefix); found {
			return rest, true
		}
	}
	return "", false
}

package profile

import (
	"errors"
	"fmt"
	"strings"

	"github.com/twmb/franz-go/pkg/kerr"
)

// explainLogin is for SaslHandshake and SaslAuthenticate.
func explainLogin(conf *SASL, err error) finding {
	var refused *authError
	var token *tokenError
	switch {
	case errors.As(err, &token):
		return explainCredentials(conf, token)
	case errors.Is(err, kerr.UnsupportedSaslMechanism) && errors.As(err, &refused):
		return finding{
			fmt.Sprintf("the listener does not do %s, only %s", conf.Mechanism, strings.Join(refused.enabled, ", ")),
			"set the mechanism of the context to one of these (--sasl-mechanism, sasl.mechanism)",
		}
	case errors.Is(err, kerr.IllegalSaslState):
		return finding{
			"the listener does not do SASL",
			"leave out sasl, or use the port of a SASL listener",
		}
	case errors.As(err, &refused):
		return finding{fmt.Sprintf("the broker refused %s: %s", loginOf(conf), refused.reason()), loginHint(conf)}
	case errors.Is(err, errLoginCut) && isCut(err):
		return finding{fmt.Sprintf("the broker closed the connection at the login of %s", loginOf(conf)), loginHint(conf)}
	}
	return finding{"the login failed: " + rootCause(err), loginHint(conf)}
}

// explainCredentials is for what has to be fetched before the login.
func explainCredentials(conf *SASL, err *tokenError) finding {
	switch conf.Mechanism {
	case "GSSAPI":
		return explainKerberos(err.err)
	case "AWS_MSK_IAM":
		hint := "check the credentials with: aws sts get-caller-identity"
		if strings.Contains(err.Error(), "cannot determine the region") {
			hint = "set AWS_REGION: the region is not part of the broker's host name"
		}
		return finding{"no signature: " + shorten(err.Error()), hint}
	}
	return finding{"no token: " + err.Error(), "check the oauth settings: token-url, client-id, client-secret and scope"}
}

// explainKerberos tells the codes of RFC 4120 that people meet.
func explainKerberos(err error) finding {
	var told *kerberosError
	if errors.As(err, &told) {
		return finding{"no ticket: " + shorten(told.Error()), told.hint}
	}
	text := err.Error()
	for _, known := range []struct{ code, hint string }{
		{"KDC_ERR_C_PRINCIPAL_UNKNOWN", "the realm does not know the principal: check its spelling and realm"},
		{"KDC_ERR_S_PRINCIPAL_UNKNOWN", "the realm does not know the broker as SERVICE/HOST: check service, and that the bootstrap server is written as in the broker's principal"},
		{"KDC_ERR_PREAUTH_FAILED", "the key table or password is not that of the principal (klist -k shows what a key table has)"},
		{"client password/keytab incorrect", "the key table or password is not that of the principal (klist -k shows what a key table has)"},
		{"KRB_AP_ERR_SKEW", "the clocks differ by more than five minutes: check the clock of this machine"},
		{"KDC_ERR_ETYPE_NOSUPP", "the realm and this side have no cipher in common: check default_tkt_enctypes in krb5.conf"},
		{"TKT_EXPIRED", "the ticket has expired: get another with kinit"},
		{"no KDC SRV records", "krb5.conf names no server of the realm"},
		{"error sending to a KDC", "the server of the realm does not answer: check realms in krb5.conf, VPN and firewall"},
	} {
		if strings.Contains(text, known.code) {
			return finding{"no ticket: " + shorten(text), known.hint}
		}
	}
	return finding{"no ticket: " + shorten(text), "check principal, keytab or ticket cache, and krb5.conf"}
}

func loginOf(conf *SASL) string {
	if login := conf.Login(); login != "" {
		return fmt.Sprintf("user %s with %s", login, conf.Mechanism)
	}
	return conf.Mechanism
}

func loginHint(conf *SASL) string {
	switch conf.Mechanism {
	case "OAUTHBEARER":
		return "check issuer, audience, scope and expiry of the token against the listener's settings"
	case "PLAIN":
		return "check user and password"
	case "GSSAPI":
		return "check that the broker's key table has the key of SERVICE/HOST, and sasl.kerberos.principal.to.local.rules"
	case "AWS_MSK_IAM":
		return "check that the policy of the identity (aws sts get-caller-identity) allows kafka-cluster:Connect, and the clock of this machine"
	}
	return "check user and password; kafka-configs.sh --describe --entity-type users tells for which SCRAM mechanisms the user exists"
}

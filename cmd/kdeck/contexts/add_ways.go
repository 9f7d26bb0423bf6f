package contexts

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kdeck/kdeck/kafka/profile"
	"github.com/kdeck/kdeck/kafka/profile/route"
)

// wayFlags are the settings of a new context about stores with passwords, logins with
// files of others, and the way to brokers that cannot be reached directly.
type wayFlags struct {
	caPassword, keyPassword, keyStore, keyStorePassword string

	kerberosService, kerberosPrincipal, kerberosKeytab string
	kerberosCache, kerberosConfig                      string
	awsProfile, awsRole                                string
	oauthExtensions                                    []string

	addresses                     []string
	proxy, proxyUser, proxySecret string
	ssh, clusterID                string
}

func (w *wayFlags) register(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&w.caPassword, "tls-ca-password", "", "the PASSWORD of a JKS or PKCS12 store among --tls-ca, or '${env:NAME}'")
	flags.StringVar(&w.keyPassword, "tls-key-password", "", "the PASSWORD of an encrypted key, or '${env:NAME}'")
	flags.StringVar(&w.keyStore, "tls-key-store", "", "the client's certificate and key, a JKS or PKCS12 FILE")
	flags.StringVar(&w.keyStorePassword, "tls-key-store-password", "", "the PASSWORD of the key store, or '${env:NAME}'")

	flags.StringVar(&w.kerberosService, "kerberos-service", "", "the first part of the brokers' principal (default \"kafka\")")
	flags.StringVar(&w.kerberosPrincipal, "kerberos-principal", "", "log in as USER[@REALM]")
	flags.StringVar(&w.kerberosKeytab, "kerberos-keytab", "", "log in with the key table FILE (default: the ticket cache)")
	flags.StringVar(&w.kerberosCache, "kerberos-cache", "", "the ticket cache, a FILE (default: that of KRB5CCNAME)")
	flags.StringVar(&w.kerberosConfig, "kerberos-config", "", "the krb5.conf FILE (default: that of KRB5_CONFIG)")
	flags.StringVar(&w.awsProfile, "aws-profile", "", "sign with the credentials of the profile NAME of ~/.aws")
	flags.StringVar(&w.awsRole, "aws-role", "", "assume the role ARN first")
	flags.StringArrayVar(&w.oauthExtensions, "oauth-extension", nil, "send NAME=VALUE beside the token (repeatable)")

	flags.StringArrayVar(&w.addresses, "address", nil, "find the broker that advertises FROM at TO: FROM=TO, each HOST[:PORT]; FROM may be * (repeatable)")
	flags.StringVar(&w.proxy, "proxy", "", "connect by the proxy at socks5://HOST:PORT")
	flags.StringVar(&w.proxyUser, "proxy-user", "", "log in to the proxy as USER")
	flags.StringVar(&w.proxySecret, "proxy-password", "", "the PASSWORD for the proxy, or '${env:NAME}'")
	flags.StringVar(&w.ssh, "ssh", "", "connect from the jump host DESTINATION, by ssh")
	flags.StringVar(&w.clusterID, "cluster-id", "", "refuse a cluster whose ID is another one")
}

// tls adds to settings, which may be nil, what the flags say of stores.
func (w *wayFlags) tls(settings *profile.TLS) (*profile.TLS, error) {
	if w.caPassword == "" && w.keyPassword == "" && w.keyStore == "" && w.keyStorePassword == "" {
		return settings, nil
	}
	if settings == nil {
		settings = &profile.TLS{}
	}
	var errs [4]error
	settings.KeyStore, errs[0] = absolute(w.keyStore)
	settings.CAPassword, errs[1] = parseSecretFlag("--tls-ca-password", w.caPassword)
	settings.KeyPassword, errs[2] = parseSecretFlag("--tls-key-password", w.keyPassword)
	settings.KeyStorePassword, errs[3] = parseSecretFlag("--tls-key-store-password", w.keyStorePassword)
	return settings, errors.Join(errs[:]...)
}

// sasl adds to settings, which may be nil, what the flags say of the login.
func (w *wayFlags) sasl(settings *profile.SASL) (*profile.SASL, error) {
	kerberos := profile.Kerberos{Service: w.kerberosService, Principal: w.kerberosPrincipal}
	var errs [3]error
	kerberos.Keytab, errs[0] = absolute(w.kerberosKeytab)
	kerberos.Cache, errs[1] = absolute(w.kerberosCache)
	kerberos.Config, errs[2] = absolute(w.kerberosConfig)
	if err := errors.Join(errs[:]...); err != nil {
		return nil, err
	}
	aws := profile.AWS{Profile: w.awsProfile, Role: w.awsRole}
	if kerberos == (profile.Kerberos{}) && aws == (profile.AWS{}) && len(w.oauthExtensions) == 0 {
		return settings, nil
	}
	if settings == nil {
		return nil, fmt.Errorf("--sasl-mechanism is missing; give one of %s", strings.Join(profile.Mechanisms(), ", "))
	}
	if kerberos != (profile.Kerberos{}) {
		settings.Kerberos = &kerberos
	}
	if aws != (profile.AWS{}) {
		settings.AWS = &aws
	}
	for _, extension := range w.oauthExtensions {
		name, value, found := strings.Cut(extension, "=")
		if !found || settings.OAuth == nil {
			return nil, fmt.Errorf("--oauth-extension %s: want NAME=VALUE, and where the token comes from", extension)
		}
		if settings.OAuth.Extensions == nil {
			settings.OAuth.Extensions = map[string]string{}
		}
		settings.OAuth.Extensions[name] = value
	}
	return settings, nil
}

// way sets how brokers are reached.
func (w *wayFlags) way(ctx *profile.Context) error {
	ctx.ClusterID = w.clusterID
	for _, address := range w.addresses {
		from, to, found := strings.Cut(address, "=")
		if !found {
			return fmt.Errorf("--address %s: want FROM=TO, as in kafka-1:9092=localhost:19092", address)
		}
		if ctx.Addresses == nil {
			ctx.Addresses = route.Addresses{}
		}
		ctx.Addresses[from] = to
	}
	if w.ssh != "" {
		ctx.SSH = &profile.SSH{Destination: w.ssh}
	}
	if w.proxy == "" {
		if w.proxyUser != "" || w.proxySecret != "" {
			return errors.New("--proxy is missing; give socks5://HOST:PORT")
		}
		return nil
	}
	password, err := parseSecretFlag("--proxy-password", w.proxySecret)
	ctx.Proxy = &profile.Proxy{URL: w.proxy, User: w.proxyUser, Password: password}
	return err
}

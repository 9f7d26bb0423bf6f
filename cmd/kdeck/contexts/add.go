package contexts

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kdeck/kdeck/cmd/kdeck/kit/arg"
	"github.com/kdeck/kdeck/cmd/kdeck/kit/option"
	"github.com/kdeck/kdeck/cmd/kdeck/kit/target"
	"github.com/kdeck/kdeck/kafka/profile"
)

// contextFlags are the settings of a new context.
type contextFlags struct {
	servers, commandConfig, clientID, color string
	readOnly, use, force                    bool

	tls, skipHostname, insecure           bool
	tlsCA                                 []string
	tlsCert, tlsKey, tlsServerName        string
	mechanism, user                       string
	password, passwordFile, passwordShell string
	oauthToken, oauthURL, oauthClient     string
	oauthSecret, oauthScope               string

	registryURL, registryUser       string
	registryPassword, registryToken string
	registryCA                      []string

	ways wayFlags
}

func newAdd() *cobra.Command {
	var f contextFlags
	cmd := &cobra.Command{
		Use:   "add NAME",
		Short: "Add a context",
		Long: `Add a context to the config file. Its settings come from flags, or from the
properties file of a Java client with --command-config. The first context
becomes the current one. No connection is made; see kdeck context test.

Give a password as a reference, so that it is in no file and no shell history:
--sasl-password '${env:NAME}' (in single quotes), --sasl-password-file or
--sasl-password-command.`,
		Example: `  kdeck context add dev --bootstrap-server localhost:9092
  kdeck context add prod --bootstrap-server b1:9093,b2:9093 --read-only \
      --tls-ca ca.pem --sasl-mechanism SCRAM-SHA-512 --sasl-user ops \
      --sasl-password '${env:KAFKA_PASSWORD}' --color red
  kdeck context add stage --command-config client.properties`,
		Args:              arg.ExactlyOne("NAME"),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx, err := f.context(args[0])
			if err != nil {
				return err
			}
			return addContext(cmd, ctx, f.force, f.use)
		},
	}
	f.register(cmd)
	return cmd
}

func (f *contextFlags) register(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.servers, "bootstrap-server", "", "use the cluster at HOST:PORT,...")
	target.RegisterCommandConfig(cmd, &f.commandConfig)
	flags.StringVar(&f.clientID, "client-id", "", "the client ID that brokers see (default \"kdeck\")")
	flags.BoolVar(&f.readOnly, "read-only", false, "refuse everything that would change the cluster")
	flags.StringVar(&f.color, "color", "", "the COLOR of the badge: "+strings.Join(profile.Colors(), ", "))
	flags.BoolVar(&f.use, "use", false, "make it the current context")
	flags.BoolVar(&f.force, "force", false, "replace a context of the same name")

	flags.BoolVar(&f.tls, "tls", false, "connect with TLS; every other --tls flag implies it")
	flags.StringArrayVar(&f.tlsCA, "tls-ca", nil, "trust the CAs in the PEM, JKS or PKCS12 FILE instead of the system's (repeatable)")
	flags.StringVar(&f.tlsCert, "tls-cert", "", "the client's certificate, a PEM FILE")
	flags.StringVar(&f.tlsKey, "tls-key", "", "the key of the client's certificate, a PEM FILE")
	flags.StringVar(&f.tlsServerName, "tls-server-name", "", "expect NAME in the brokers' certificates instead of their host")
	flags.BoolVar(&f.skipHostname, "tls-skip-hostname-verify", false, "verify the certificate, but not that it is for the host")
	flags.BoolVar(&f.insecure, "tls-insecure-skip-verify", false, "do not verify certificates at all")

	flags.StringVar(&f.mechanism, "sasl-mechanism", "", "log in by MECHANISM: "+strings.Join(profile.Mechanisms(), ", "))
	flags.StringVar(&f.user, "sasl-user", "", "log in as USER")
	flags.StringVar(&f.password, "sasl-password", "", "the PASSWORD, or '${env:NAME}'")
	flags.StringVar(&f.passwordFile, "sasl-password-file", "", "read the password from FILE")
	flags.StringVar(&f.passwordShell, "sasl-password-command", "", "read the password from the output of COMMAND (split at spaces)")
	flags.StringVar(&f.oauthToken, "oauth-token", "", "the TOKEN for OAUTHBEARER, or '${env:NAME}'")
	flags.StringVar(&f.oauthURL, "oauth-token-url", "", "get tokens from the endpoint at URL (client credentials)")
	flags.StringVar(&f.oauthClient, "oauth-client-id", "", "the client ID at the token endpoint")
	flags.StringVar(&f.oauthSecret, "oauth-client-secret", "", "the client SECRET, or '${env:NAME}'")
	flags.StringVar(&f.oauthScope, "oauth-scope", "", "request the SCOPE")

	flags.StringVar(&f.registryURL, "schema-registry", "", "decode records with the schemas of the registry at URL")
	flags.StringVar(&f.registryUser, "schema-registry-user", "", "log in to the registry as USER")
	flags.StringVar(&f.registryPassword, "schema-registry-password", "", "the PASSWORD for the registry, or '${env:NAME}'")
	flags.StringVar(&f.registryToken, "schema-registry-token", "", "the bearer TOKEN instead of user and password, or '${env:NAME}'")
	flags.StringArrayVar(&f.registryCA, "schema-registry-ca", nil, "trust the CAs in the PEM FILE for the registry (repeatable)")

	f.ways.register(cmd)
	option.Complete(cmd, "color", cobra.FixedCompletions(profile.Colors(), cobra.ShellCompDirectiveNoFileComp))
	option.Complete(cmd, "sasl-mechanism", cobra.FixedCompletions(profile.Mechanisms(), cobra.ShellCompDirectiveNoFileComp))
}

// context makes a valid context of the flags.
func (f *contextFlags) context(name string) (profile.Context, error) {
	if err := profile.ValidateName(name); err != nil {
		return profile.Context{}, err
	}
	ctx, err := f.connection()
	if err != nil {
		return profile.Context{}, err
	}
	ctx.Name, ctx.ReadOnly, ctx.Color = name, f.readOnly, f.color
	if f.clientID != "" {
		ctx.ClientID = f.clientID
	}
	registry, err := f.registrySettings()
	if err != nil {
		return profile.Context{}, err
	}
	if registry != nil { // else it may be that of the properties
		ctx.SchemaRegistry = registry
	}
	if err := f.ways.way(&ctx); err != nil {
		return profile.Context{}, err
	}
	if err := ctx.Validate(); err != nil {
		return profile.Context{}, fmt.Errorf("context %s: %s", name, strings.ReplaceAll(err.Error(), "\n", "; "))
	}
	return ctx, nil
}

// connection is servers, TLS and SASL.
func (f *contextFlags) connection() (profile.Context, error) {
	tls, err := f.tlsSettings()
	if err == nil {
		tls, err = f.ways.tls(tls)
	}
	if err != nil {
		return profile.Context{}, err
	}
	sasl, err := f.saslSettings()
	if err == nil {
		sasl, err = f.ways.sasl(sasl)
	}
	if err != nil {
		return profile.Context{}, err
	}
	if f.commandConfig != "" {
		if tls != nil || sasl != nil {
			return profile.Context{}, errors.New("--command-config has its own TLS and SASL settings; leave out the flags for them")
		}
		return target.FromCommandConfig(f.commandConfig, f.servers)
	}
	if f.servers == "" {
		return profile.Context{}, errors.New("no cluster is given; use --bootstrap-server HOST:PORT or --command-config FILE")
	}
	ctx, err := profile.FromServers(f.servers)
	ctx.TLS, ctx.SASL = tls, sasl
	return ctx, err
}

func (f *contextFlags) tlsSettings() (*profile.TLS, error) {
	if !f.tls && !f.skipHostname && !f.insecure && len(f.tlsCA) == 0 && f.tlsCert == "" && f.tlsKey == "" && f.tlsServerName == "" {
		return nil, nil
	}
	settings := &profile.TLS{
		ServerName:         f.tlsServerName,
		SkipHostnameVerify: f.skipHostname,
		InsecureSkipVerify: f.insecure,
	}
	var err error
	if settings.CertFile, err = absolute(f.tlsCert); err != nil {
		return nil, err
	}
	if settings.KeyFile, err = absolute(f.tlsKey); err != nil {
		return nil, err
	}
	settings.CAFiles, err = absoluteAll(f.tlsCA)
	return settings, err
}

func (f *contextFlags) registrySettings() (*profile.SchemaRegistry, error) {
	password, err := parseSecretFlag("--schema-registry-password", f.registryPassword)
	if err != nil {
		return nil, err
	}
	token, err := parseSecretFlag("--schema-registry-token", f.registryToken)
	if err != nil {
		return nil, err
	}
	if f.registryURL == "" {
		if f.registryUser != "" || !password.IsZero() || !token.IsZero() || len(f.registryCA) > 0 {
			return nil, errors.New("--schema-registry is missing; give the URL of the registry")
		}
		return nil, nil
	}
	settings := &profile.SchemaRegistry{URL: f.registryURL, User: f.registryUser, Password: password, Token: token}
	if len(f.registryCA) > 0 {
		settings.TLS = &profile.TLS{}
		settings.TLS.CAFiles, err = absoluteAll(f.registryCA)
	}
	return settings, err
}

func (f *contextFlags) saslSettings() (*profile.SASL, error) {
	password, err := f.passwordSecret()
	if err != nil {
		return nil, err
	}
	oauth, err := f.oauthSettings()
	if err != nil {
		return nil, err
	}
	if f.mechanism == "" {
		if f.user != "" || !password.IsZero() || oauth != nil {
			return nil, fmt.Errorf("--sasl-mechanism is missing; give one of %s", strings.Join(profile.Mechanisms(), ", "))
		}
		return nil, nil
	}
	return &profile.SASL{Mechanism: strings.ToUpper(f.mechanism), User: f.user, Password: password, OAuth: oauth}, nil
}

func (f *contextFlags) passwordSecret() (profile.Secret, error) {
	given := 0
	for _, flag := range []string{f.password, f.passwordFile, f.passwordShell} {
		if flag != "" {
			given++
		}
	}
	command := strings.Fields(f.passwordShell)
	switch {
	case given > 1:
		return profile.Secret{}, errors.New("give one of --sasl-password, --sasl-password-file and --sasl-password-command")
	case f.passwordFile != "":
		path, err := absolute(f.passwordFile)
		return profile.FileSecret(path), err
	case strings.ContainsAny(f.passwordShell, `"'\`):
		return profile.Secret{}, errors.New(`--sasl-password-command cannot contain quotes; write the command as a list in the config file, for example {command: [sh, -c, "…"]}`)
	case len(command) > 0:
		return profile.CommandSecret(command[0], command[1:]...), nil
	}
	return parseSecretFlag("--sasl-password", f.password)
}

func (f *contextFlags) oauthSettings() (*profile.OAuth, error) {
	token, err := parseSecretFlag("--oauth-token", f.oauthToken)
	if err != nil {
		return nil, err
	}
	secret, err := parseSecretFlag("--oauth-client-secret", f.oauthSecret)
	if err != nil {
		return nil, err
	}
	oauth := profile.OAuth{Token: token, TokenURL: f.oauthURL, ClientID: f.oauthClient, ClientSecret: secret, Scope: f.oauthScope}
	if oauth.IsZero() {
		return nil, nil
	}
	return &oauth, nil
}

func parseSecretFlag(flag, value string) (profile.Secret, error) {
	secret, err := profile.ParseSecret(value)
	if err != nil {
		return profile.Secret{}, fmt.Errorf("%s: %w", flag, err)
	}
	return secret, nil
}

// absolute makes a path of the command line independent of the working
// directory; "" stays "".
func absolute(path string) (string, error) {
	if path == "" {
		return "", nil
	}
	return filepath.Abs(path)
}

func absoluteAll(paths []string) ([]string, error) {
	var all []string
	for _, path := range paths {
		path, err := absolute(path)
		if err != nil {
			return nil, err
		}
		all = append(all, path)
	}
	return all, nil
}

func addContext(cmd *cobra.Command, ctx profile.Context, force, use bool) error {
	current, done := "", "added"
	err := editConfig(func(cfg *profile.Config) error {
		if _, exists := cfg.Lookup(ctx.Name); exists {
			if !force {
				return fmt.Errorf("context %s exists; --force replaces it", ctx.Name)
			}
			done = "replaced"
		}
		cfg.Put(ctx)
		if use {
			cfg.Current = ctx.Name
		}
		current = cfg.Current
		return nil
	})
	if err != nil {
		return err
	}
	which := ""
	if current == ctx.Name {
		which = "; it is the current context"
	}
	printWarnings(cmd, ctx)
	_, err = fmt.Fprintf(cmd.OutOrStdout(), "context %s %s: %s, %s%s\n", ctx.Name, done, strings.Join(ctx.BootstrapServers, ","), ctx.SecurityProtocol(), which)
	return err
}

package profile

import (
	"cmp"
	"net/url"
	"path/filepath"
	"strings"
)

// registry reads the settings of Confluent's serializers: where the registry is and
// how to get in. Settings of the registry stand with and without its prefix. A way in
// that is not supported is a warning: records are shown without their schemas then.
func (p *properties) registry(login *SASL) (*SchemaRegistry, error) {
	list := p.values["schema.registry.url"]
	if strings.TrimSpace(strings.ReplaceAll(list, ",", "")) == "" {
		return nil, nil
	}
	setting := func(name string) string { return cmp.Or(p.values["schema.registry."+name], p.values[name]) }
	r := &SchemaRegistry{}
	var urls []string
	for _, address := range split(list) {
		u, err := url.Parse(address)
		if err == nil && u.User != nil { // of basic.auth.credentials.source=URL, the default
			password, _ := u.User.Password()
			r.User, r.Password = u.User.Username(), LiteralSecret(password)
			u.User = nil
			address = u.String()
		}
		urls = append(urls, address)
	}
	r.URL = strings.Join(urls, ",")
	info := setting("basic.auth.user.info")
	switch source := strings.ToUpper(setting("basic.auth.credentials.source")); {
	case source == "SASL_INHERIT" && login != nil:
		r.User, r.Password = login.User, login.Password
	case info != "":
		user, password, _ := strings.Cut(info, ":")
		r.User, r.Password = user, LiteralSecret(password)
	}
	switch source := strings.ToUpper(setting("bearer.auth.credentials.source")); {
	case source == "STATIC_TOKEN":
		r.Token = LiteralSecret(setting("bearer.auth.token"))
	case source != "":
		p.warn("bearer.auth.credentials.source=%s is not supported, only STATIC_TOKEN: the schema registry is not used", shorten(source))
		return nil, nil
	}
	for key := range p.values {
		if !strings.HasPrefix(key, "schema.registry.ssl.") {
			continue
		}
		var err error
		if r.TLS, err = p.tls("schema.registry.ssl."); err != nil {
			return nil, err
		}
		break
	}
	if r.TLS != nil && strings.Contains(r.URL, "http:") {
		p.warn("schema.registry.ssl.* has no effect on an http:// registry")
		r.TLS = nil
	}
	return r, r.validate()
}

// absoluteIn makes a path of a properties file independent of the working directory.
func absoluteIn(dir, path string) string {
	if path == "" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(dir, path)
}

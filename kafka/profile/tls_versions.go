package profile

import (
	"crypto/tls"
	"errors"
	"fmt"
	"slices"
)

// protocol returns the versions and cipher suites of TLS that are to be used.
func (t *TLS) protocol() (*tls.Config, error) {
	conf := &tls.Config{MinVersion: tls.VersionTLS12}
	var err error
	if t.MinVersion != "" {
		if conf.MinVersion, err = tlsVersion("min-version", t.MinVersion); err != nil {
			return nil, err
		}
	}
	if t.MaxVersion != "" {
		if conf.MaxVersion, err = tlsVersion("max-version", t.MaxVersion); err != nil {
			return nil, err
		}
		if conf.MaxVersion < conf.MinVersion {
			return nil, errors.New("tls: min-version is above max-version")
		}
	}
	if len(t.CipherSuites) == 0 {
		return conf, nil
	}
	known, old, _ := suites(t.CipherSuites)
	switch {
	case len(known) == 0:
		return nil, fmt.Errorf("tls: none of the cipher-suites is known: %s", shorten(fmt.Sprint(t.CipherSuites)))
	case len(old) > 0:
		conf.CipherSuites = old
	case conf.MaxVersion == tls.VersionTLS12:
		return nil, errors.New("tls: none of the cipher-suites is one of TLS 1.2, which max-version asks for")
	default:
		conf.MinVersion = tls.VersionTLS13 // nothing is left of 1.2
	}
	return conf, nil
}

func tlsVersion(setting, version string) (uint16, error) {
	switch version {
	case "1.2":
		return tls.VersionTLS12, nil
	case "1.3":
		return tls.VersionTLS13, nil
	}
	return 0, fmt.Errorf("tls: %s %q is neither 1.2 nor 1.3", setting, shorten(version))
}

// suites returns the ids of the names that are known, those of TLS 1.2 among them,
// and the names that are not known: a suite that is not offered weakens nothing.
func suites(names []string) (known, old []uint16, unknown []string) {
	all := append(tls.CipherSuites(), tls.InsecureCipherSuites()...)
	for _, name := range names {
		i := slices.IndexFunc(all, func(s *tls.CipherSuite) bool { return s.Name == name })
		if i < 0 {
			unknown = append(unknown, name)
			continue
		}
		known = append(known, all[i].ID)
		if slices.Contains(all[i].SupportedVersions, tls.VersionTLS12) {
			old = append(old, all[i].ID)
		}
	}
	return known, old, unknown
}

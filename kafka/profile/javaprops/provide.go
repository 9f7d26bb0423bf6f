package javaprops

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// reference is ${PROVIDER:KEY} or ${PROVIDER:PATH:KEY}, as Kafka's ConfigTransformer
// finds it.
var reference = regexp.MustCompile(`\$\{([^}]*?):(([^}]*?):)?([^}]*?)\}`)

// Provide replaces the references of the settings by what the providers say that
// config.providers names (KIP-297): Kafka's own for files, folders and the
// environment. Anything else that looks like a reference is left as it is, as in Java.
// Errors never quote a value.
func Provide(settings map[string]string) error {
	providers := map[string]string{} // name to class
	for _, name := range strings.Split(settings["config.providers"], ",") {
		if name = strings.TrimSpace(name); name != "" {
			providers[name] = settings["config.providers."+name+".class"]
		}
	}
	if len(providers) == 0 {
		return nil
	}
	for key, value := range settings {
		if strings.HasPrefix(key, "config.providers") {
			continue
		}
		var failed error
		settings[key] = reference.ReplaceAllStringFunc(value, func(text string) string {
			m := reference.FindStringSubmatch(text)
			class, named := providers[m[1]]
			if !named {
				return text
			}
			found, err := provide(class, m[3], m[4])
			if err != nil && failed == nil {
				failed = fmt.Errorf("%s: config provider %s: %w", key, m[1], err)
			}
			return found
		})
		if failed != nil {
			return failed
		}
	}
	return nil
}

func provide(class, path, key string) (string, error) {
	switch class[strings.LastIndexByte(class, '.')+1:] {
	case "EnvVarConfigProvider":
		value, set := os.LookupEnv(key)
		if !set {
			return "", fmt.Errorf("the environment variable %s is not set", key)
		}
		return value, nil
	case "FileConfigProvider":
		file, err := open(path)
		if err != nil {
			return "", err
		}
		defer func() { _ = file.Close() }() // only read
		entries, err := Parse(file)
		if err != nil {
			return "", fmt.Errorf("%s: %w", path, err)
		}
		for i := len(entries) - 1; i >= 0; i-- {
			if entries[i].Key == key {
				return entries[i].Value, nil
			}
		}
		return "", fmt.Errorf("%s has no setting %s", path, key)
	case "DirectoryConfigProvider":
		if key != filepath.Base(key) {
			return "", fmt.Errorf("%q is not the name of a file", key)
		}
		file, err := open(filepath.Join(path, key))
		if err != nil {
			return "", err
		}
		defer func() { _ = file.Close() }() // only read
		value, err := readSmall(file)
		return value, err
	}
	return "", fmt.Errorf("the class %q is not supported; only FileConfigProvider, DirectoryConfigProvider and EnvVarConfigProvider are", class)
}

// open opens a regular file: others could block for ever.
func open(path string) (*os.File, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a regular file", path)
	}
	return os.Open(path)
}

// readSmall reads a file with one value. The line end stays, as in Java.
func readSmall(file *os.File) (string, error) {
	data, err := io.ReadAll(io.LimitReader(file, maxBytes))
	return string(data), err
}

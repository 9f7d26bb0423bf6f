// Package security makes what a local cluster needs to be talked to by TLS and
// SASL, and keeps it in the data folder: users, an authority and its certificate.
package security

import (
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io/fs"
	"os"
	"path/filepath"
)

// Files of the data folder.
const (
	usersFile    = "users.json"     // only its owner can read it
	passwordFile = "admin.password" // of Admin, for those who read one from a file
	engineFile   = "sasl.json"      // the engine's own
)

// Admin is the user that every cluster has.
const Admin = "admin"

// Internal is the user by which the cluster asks its own engine.
const Internal = "kdeck-internal"

// Users are the users of a cluster by name, with their passwords. All of them
// may log in by PLAIN and by SCRAM.
type Users struct {
	Passwords map[string]string `json:"users"`
	// Secret is the password of Internal.
	Secret string `json:"internal"`
}

// OpenUsers reads the users of a data folder. The first time there are Admin,
// with a password that nobody could guess, and those of more; later, more adds
// users and gives passwords anew.
func OpenUsers(dir string, more map[string]string) (*Users, error) {
	u := &Users{Passwords: make(map[string]string)}
	path := filepath.Join(dir, usersFile)
	raw, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return nil, err
	default:
		if err := json.Unmarshal(raw, u); err != nil {
			return nil, fmt.Errorf("read the users in %s: %w; repair the file, or remove it to begin anew", path, err)
		}
	}
	if u.Secret == "" {
		u.Secret = rand.Text()
	}
	if u.Passwords[Admin] == "" {
		u.Passwords[Admin] = rand.Text()
	}
	for name, password := range more {
		u.Passwords[name] = password
	}
	if raw, err = json.MarshalIndent(u, "", "  "); err != nil {
		return nil, err
	}
	if err := replace(path, raw, 0o600); err != nil {
		return nil, err
	}
	return u, replace(filepath.Join(dir, passwordFile), []byte(u.Passwords[Admin]+"\n"), 0o600)
}

// PasswordFile is the file in a data folder that holds the password of Admin.
func PasswordFile(dir string) string { return filepath.Join(dir, passwordFile) }

// Mechanisms by which users log in.
const (
	Plain    = "PLAIN"
	Scram256 = "SCRAM-SHA-256"
	Scram512 = "SCRAM-SHA-512"
)

// engineState is what the engine remembers of users. It wins over what the engine
// is started with.
type engineState struct {
	Version  int                        `json:"version"`
	Plain    map[string]string          `json:"plain,omitempty"`
	Scram256 map[string]json.RawMessage `json:"scram256,omitempty"`
	Scram512 map[string]json.RawMessage `json:"scram512,omitempty"`
}

// credential is how the engine remembers a password for SCRAM.
type credential struct {
	Mechanism  string `json:"mechanism"`
	Salt       []byte `json:"salt"`
	SaltedPass []byte `json:"salted_pass"`
	Iterations int    `json:"iterations"`
}

// iterations is Kafka's least for SCRAM.
const iterations = 4096

// Tell puts the users into what the engine remembers. Users whom clients have made
// meanwhile (AlterUserScramCredentials, KIP-554) stay.
func (u *Users) Tell(dir string) error {
	path := filepath.Join(dir, engineFile)
	state := engineState{Version: 1}
	raw, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return err
	default:
		if err := json.Unmarshal(raw, &state); err != nil {
			return fmt.Errorf("read %s: %w", path, err)
		}
	}
	state.Plain = map[string]string{Internal: u.Secret}
	for name, password := range u.Passwords {
		state.Plain[name] = password
		if state.Scram256, err = add(state.Scram256, name, password, Scram256, sha256.New, sha256.Size); err != nil {
			return err
		}
		if state.Scram512, err = add(state.Scram512, name, password, Scram512, sha512.New, sha512.Size); err != nil {
			return err
		}
	}
	if raw, err = json.Marshal(state); err != nil {
		return err
	}
	return replace(path, raw, 0o600)
}

func add[H hash.Hash](users map[string]json.RawMessage, name, password, mechanism string, h func() H, size int) (map[string]json.RawMessage, error) {
	salt := make([]byte, 16)
	_, _ = rand.Read(salt) // never fails
	salted, err := pbkdf2.Key(h, password, salt, iterations, size)
	if err != nil {
		return nil, err
	}
	raw, err := json.Marshal(credential{mechanism, salt, salted, iterations})
	if err != nil {
		return nil, err
	}
	if users == nil {
		users = make(map[string]json.RawMessage)
	}
	users[name] = raw
	return users, nil
}

// replace writes a file at once, with these rights.
func replace(path string, data []byte, mode os.FileMode) error {
	tmp := path + ".tmp"
	if err := os.WriteFile(tmp, data, mode); err != nil {
		return err
	}
	return os.Rename(tmp, path)
}

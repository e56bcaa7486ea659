package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"os"

	"go.yaml.in/yaml/v3"

	"palermo.internal/pkg/contact"
	"palermo.internal/services/gateway"
)

const keysHelp = `
token      makes a key for contact tokens: a line for the key file of the
           normalizer ("id:secret"), newest first
gateway    makes an API key for a platform: prints the key, to be given to the
           platform once, and the gateway's key file, which holds only its
           hash; join the lists of several keys in one file`

func keysCommand() command {
	return command{name: "keys", args: "token|gateway", summary: "make keys for tokens and for the gateway", run: runKeys}
}

func runKeys(_ context.Context, env *environment, args []string) error {
	fs := flagSet(env, "keys", "token|gateway", keysHelp)
	id := fs.String("id", "k1", "with token: `id` of the key")
	platforms := fs.String("platforms", "", "with gateway: comma-separated `platforms` that the key may send for; every platform if empty")
	rest, err := parse(fs, args)
	if err != nil {
		return err
	}
	if len(rest) != 1 {
		return usagef("say which: token or gateway")
	}
	switch rest[0] {
	case "token":
		key, err := newTokenKey(*id)
		if err != nil {
			return err
		}
		if _, err := contact.ParseKeys(key); err != nil {
			return &usageError{err}
		}
		_, err = fmt.Fprintln(env.stdout, key)
		return err
	case "gateway":
		plain, entry, err := gateway.NewKey()
		if err != nil {
			return err
		}
		if entry.Platforms = splitList(*platforms); len(entry.Platforms) == 0 {
			entry.Platforms = []string{gateway.AnyPlatform}
		}
		b, err := yaml.Marshal(map[string][]gateway.KeyEntry{"keys": {entry}})
		if err != nil {
			return fmt.Errorf("print key: %w", err)
		}
		_, err = fmt.Fprintf(env.stdout, "# for the platform, once; it is kept nowhere:\n# %s\n%s", plain, b)
		return err
	default:
		return usagef("there is no `keys %s`: use token or gateway", printable(rest[0]))
	}
}

// newTokenKey returns a fresh key for contact tokens in the form that key files
// have: an id, a colon, and 32 random bytes as hexadecimal digits.
func newTokenKey(id string) (string, error) {
	secret := make([]byte, contact.MinSecretBytes)
	if _, err := rand.Read(secret); err != nil {
		return "", fmt.Errorf("make a token key: %w", err)
	}
	return id + ":" + hex.EncodeToString(secret), nil
}

// ephemeralKeys returns a key that is forgotten when the process ends.
func ephemeralKeys() (contact.Keys, error) {
	key, err := newTokenKey("run")
	if err != nil {
		return contact.Keys{}, err
	}
	return contact.ParseKeys(key)
}

// keysFromFile reads a key file that must be there.
func keysFromFile(path string) (contact.Keys, error) {
	b, err := readSmall(path)
	if err != nil {
		return contact.Keys{}, usagef("-token-key: %w", err)
	}
	keys, err := contact.ParseKeys(string(b))
	if err != nil {
		return contact.Keys{}, usagef("-token-key %s: %w", printable(path), err)
	}
	return keys, nil
}

// keysKeptIn reads the key file of a data folder and makes one, readable by its
// owner only, at the first start: tokens must be the same after a restart.
func keysKeptIn(path string) (contact.Keys, error) {
	if _, err := os.Stat(path); err == nil || !errors.Is(err, os.ErrNotExist) {
		return keysFromFile(path)
	}
	key, err := newTokenKey("k1")
	if err != nil {
		return contact.Keys{}, err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return contact.Keys{}, fmt.Errorf("keep the new token key: %w", err)
	}
	_, err = f.WriteString(key + "\n")
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return contact.Keys{}, fmt.Errorf("keep the new token key: %w", err)
	}
	return contact.ParseKeys(key)
}

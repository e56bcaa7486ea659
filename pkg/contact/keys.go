package contact

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"slices"
	"sync"
)

const (
	// MinSecretBytes is the shortest secret: the strength of HMAC-SHA-256.
	MinSecretBytes = 32
	// MaxKeys bounds how many keys may be live at once.
	MaxKeys = 8

	maxKeyID   = 16
	tokenBytes = 16
)

// Key is one secret for tokens and the name under which its tokens go.
type Key struct {
	// ID is 1 to 16 lower-case letters, digits, '-' or '_'; it stands in
	// every token.
	ID string
	// Secret has at least MinSecretBytes bytes from a source of randomness.
	Secret []byte
}

// String hides the secret.
func (k Key) String() string { return k.ID + ":[redacted]" }

// GoString hides the secret.
func (k Key) GoString() string { return k.String() }

// Keys are the live keys, newest first: tokens are made under the first, and
// under the others too while a key is being replaced. Phone numbers are few
// enough to try them all, so a token without a secret key hides nothing.
type Keys struct{ keys []liveKey }

// liveKey is a key with idle hashes that are already keyed with it: keying one
// costs more than hashing a contact.
type liveKey struct {
	Key
	macs *sync.Pool
}

// NewKeys returns the keys, newest first. It copies the secrets.
func NewKeys(newestFirst ...Key) (Keys, error) {
	ks := Keys{keys: make([]liveKey, len(newestFirst))}
	for i, k := range newestFirst {
		secret := slices.Clone(k.Secret)
		ks.keys[i] = liveKey{
			Key:  Key{ID: k.ID, Secret: secret},
			macs: &sync.Pool{New: func() any { return hmac.New(sha256.New, secret) }},
		}
	}
	if err := ks.Validate(); err != nil {
		return Keys{}, err
	}
	return ks, nil
}

// Validate returns everything that is wrong with the keys, joined. It names
// keys by their id and never shows a secret.
func (k Keys) Validate() error {
	var errs []error
	if n := len(k.keys); n == 0 || n > MaxKeys {
		errs = append(errs, fmt.Errorf("token keys: %d given: give 1 to %d, newest first", n, MaxKeys))
	}
	seen := map[string]bool{}
	for i, key := range k.keys {
		if !validKeyID(key.ID) {
			errs = append(errs, fmt.Errorf("token key %d: its id is not valid: use 1 to %d lower-case letters, digits, '-' or '_'", i+1, maxKeyID))
			continue
		}
		if seen[key.ID] {
			errs = append(errs, fmt.Errorf("token key %s: there twice: give every key an id of its own", key.ID))
		}
		seen[key.ID] = true
		if len(key.Secret) < MinSecretBytes {
			errs = append(errs, fmt.Errorf("token key %s: has %d bytes: use at least %d random bytes", key.ID, len(key.Secret), MinSecretBytes))
		}
	}
	return errors.Join(errs...)
}

func validKeyID(id string) bool {
	if id == "" || len(id) > maxKeyID {
		return false
	}
	for i := range len(id) {
		if c := id[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '_' {
			return false
		}
	}
	return true
}

// IDs returns the ids of the keys, newest first.
func (k Keys) IDs() []string {
	ids := make([]string, len(k.keys))
	for i := range k.keys {
		ids[i] = k.keys[i].ID
	}
	return ids
}

// Token returns the token of a value under the newest key: the key's id, a
// colon, and the first 16 bytes of HMAC-SHA-256 over domain, a zero byte and
// value, in hexadecimal. It is empty if there is no key.
func (k Keys) Token(d Domain, value string) string {
	if len(k.keys) == 0 {
		return ""
	}
	return k.keys[0].token(d, value)
}

// OtherTokens returns the tokens of a value under the other live keys.
func (k Keys) OtherTokens(d Domain, value string) []string {
	if len(k.keys) < 2 {
		return nil
	}
	out := make([]string, 0, len(k.keys)-1)
	for i := range k.keys[1:] {
		out = append(out, k.keys[i+1].token(d, value))
	}
	return out
}

// String hides the secrets.
func (k Keys) String() string { return fmt.Sprintf("%d token keys [redacted]", len(k.keys)) }

// GoString hides the secrets.
func (k Keys) GoString() string { return k.String() }

// MarshalText hides the secrets.
func (k Keys) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

func (k *liveKey) token(d Domain, value string) string {
	mac := k.macs.Get().(hash.Hash) //nolint:forcetypeassert // the pool makes nothing else
	mac.Reset()
	buf := make([]byte, 0, 128)
	buf = append(buf, d...)
	buf = append(buf, 0)
	buf = append(buf, value...)
	mac.Write(buf)
	sum := mac.Sum(buf[:0])
	k.macs.Put(mac)
	out := make([]byte, 0, maxKeyID+1+2*tokenBytes)
	out = append(out, k.ID...)
	out = append(out, ':')
	return string(hex.AppendEncode(out, sum[:tokenBytes]))
}

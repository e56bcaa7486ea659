package gateway

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"
)

// keyPrefix marks a key, so that scanners find one that has leaked.
const keyPrefix = "palermo"

// AnyPlatform in KeyEntry.Platforms allows every platform.
const AnyPlatform = "*"

// KeyEntry is a key as the gateway knows it: by its hash only. A plain SHA-256
// is enough, since keys are 256 random bits and cannot be guessed.
type KeyEntry struct {
	// ID is the public part of the key: 1 to 64 lower-case letters and digits.
	ID string `yaml:"id"`
	// SHA256 is the hash of the whole key, as hexadecimal digits.
	SHA256 string `yaml:"sha256"`
	// Platforms are those that the key may send for; AnyPlatform allows all.
	Platforms []string `yaml:"platforms"`
	// Expires is when the key ends; zero is never.
	Expires time.Time `yaml:"expires,omitempty"`
	// Rate replaces the gateway's rate for this key.
	Rate *RateConfig `yaml:"rate,omitempty"`
	// Note says whose key it is, for people.
	Note string `yaml:"note,omitempty"`
}

var keyEncoding = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// NewKey makes a key of 256 random bits. The plain key is for the platform and
// is kept nowhere; the entry is for the gateway and still wants Platforms.
func NewKey() (plain string, entry KeyEntry, err error) {
	var random [37]byte
	if _, err := rand.Read(random[:]); err != nil {
		return "", KeyEntry{}, fmt.Errorf("make an API key: %w", err)
	}
	id := keyEncoding.EncodeToString(random[:5])
	plain = keyPrefix + "_" + id + "_" + keyEncoding.EncodeToString(random[5:])
	sum := sha256.Sum256([]byte(plain))
	return plain, KeyEntry{ID: id, SHA256: hex.EncodeToString(sum[:])}, nil
}

// keyID returns the public part of a plain key, or "".
func keyID(plain string) string {
	rest, ok := strings.CutPrefix(plain, keyPrefix+"_")
	if !ok {
		return ""
	}
	id, _, ok := strings.Cut(rest, "_")
	if !ok {
		return ""
	}
	return id
}

// Validate returns every problem of an entry. No error shows the hash.
func (k KeyEntry) Validate() error {
	var errs []error
	if !isKeyID(k.ID) {
		errs = append(errs, errors.New("id: is not 1 to 64 lower-case letters and digits"))
	}
	if b, err := hex.DecodeString(k.SHA256); err != nil || len(b) != sha256.Size {
		errs = append(errs, errors.New("sha256: is not 64 hexadecimal digits: copy it from `palermo keys`"))
	}
	if len(k.Platforms) == 0 {
		errs = append(errs, fmt.Errorf("platforms: is empty: name the platforms that the key may send for, or %q", AnyPlatform))
	}
	for _, p := range k.Platforms {
		if p == "" || strings.ContainsRune(p, '/') {
			errs = append(errs, fmt.Errorf("platforms: %q is not the name of a platform", p))
		}
	}
	if k.Rate != nil {
		errs = append(errs, k.Rate.validate("rate"))
	}
	return errors.Join(errs...)
}

func isKeyID(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') {
			return false
		}
	}
	return s != "" && len(s) <= 64
}

func validateKeys(keys []KeyEntry) error {
	var errs []error
	seen := map[string]bool{}
	for i, k := range keys {
		if err := k.Validate(); err != nil {
			errs = append(errs, fmt.Errorf("keys[%d]: %w", i, err))
		}
		if seen[k.ID] {
			errs = append(errs, fmt.Errorf("keys[%d]: id %s is there twice: give each key its own", i, k.ID))
		}
		seen[k.ID] = true
	}
	return errors.Join(errs...)
}

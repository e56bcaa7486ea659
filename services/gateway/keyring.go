package gateway

import (
	"bytes"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"go.yaml.in/yaml/v3"
	"golang.org/x/time/rate"
)

// maxKeysFile bounds the key file in bytes.
const maxKeysFile = 4 << 20

// credential is a sender: a key, or everyone if no key is needed. It is
// immutable but for its limiter and its slots, which are safe for concurrent
// use.
type credential struct {
	entry   KeyEntry
	hash    [sha256.Size]byte
	rate    RateConfig
	limiter *rate.Limiter
	slots   chan struct{}
}

func (c *credential) mayFor(platform string) bool {
	return slices.Contains(c.entry.Platforms, platform) || slices.Contains(c.entry.Platforms, AnyPlatform)
}

// keyring is every key in force. It is immutable.
type keyring struct {
	byID      map[string]*credential
	anonymous *credential
}

// newKeyring builds a keyring. A key that was in old with the same rate keeps
// its limiter, so that reloading gives nobody a fresh burst.
func newKeyring(c Config, entries []KeyEntry, old *keyring) (*keyring, error) {
	if err := validateKeys(entries); err != nil {
		return nil, err
	}
	k := &keyring{byID: make(map[string]*credential, len(entries))}
	for _, e := range entries {
		r := c.Rate
		if e.Rate != nil {
			r = *e.Rate
		}
		var before *credential
		if old != nil {
			before = old.byID[e.ID]
		}
		cred := newCredential(e, r, c.Limits.RequestsPerKey, before)
		if _, err := hex.Decode(cred.hash[:], []byte(e.SHA256)); err != nil {
			return nil, fmt.Errorf("key %s: sha256: %w", e.ID, err)
		}
		k.byID[e.ID] = cred
	}
	if c.AllowAnonymous {
		// One sender may use all of the gateway where there is only one.
		k.anonymous = newCredential(KeyEntry{Platforms: []string{AnyPlatform}}, c.Rate, c.Limits.Requests, nil)
	}
	return k, nil
}

func newCredential(e KeyEntry, r RateConfig, slots int, before *credential) *credential {
	c := &credential{entry: e, rate: r}
	if before != nil {
		c.slots = before.slots
		if before.rate == r {
			c.limiter = before.limiter
		}
	}
	if c.slots == nil {
		c.slots = make(chan struct{}, slots)
	}
	if c.limiter == nil {
		c.limiter = rate.NewLimiter(rate.Limit(r.AdsPerSecond), r.Burst)
	}
	return c
}

// refusal is why a request was not let in; a closed list, used as a label.
type refusal string

const (
	refusedNoKey   refusal = "no_key"
	refusedUnknown refusal = "unknown_key"
	refusedExpired refusal = "expired_key"
)

// find returns the sender that a plain key belongs to.
func (k *keyring) find(plain string, now time.Time) (*credential, refusal) {
	if k.anonymous != nil {
		return k.anonymous, ""
	}
	if plain == "" {
		return nil, refusedNoKey
	}
	sum := sha256.Sum256([]byte(plain))
	cred, ok := k.byID[keyID(plain)]
	if !ok || subtle.ConstantTimeCompare(sum[:], cred.hash[:]) != 1 {
		return nil, refusedUnknown
	}
	if e := cred.entry.Expires; !e.IsZero() && !now.Before(e) {
		return nil, refusedExpired
	}
	return cred, ""
}

// readKeys returns the content of a key file and its entries, not validated.
func readKeys(path string) (content []byte, entries []KeyEntry, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, fmt.Errorf("keys_file: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	content, err = io.ReadAll(io.LimitReader(f, maxKeysFile+1))
	if err != nil {
		return nil, nil, fmt.Errorf("keys_file: %w", err)
	}
	if len(content) > maxKeysFile {
		return nil, nil, fmt.Errorf("keys_file %s: has more than %d bytes", path, maxKeysFile)
	}
	var file struct {
		Keys []KeyEntry `yaml:"keys"`
	}
	d := yaml.NewDecoder(bytes.NewReader(content))
	d.KnownFields(true)
	if err := d.Decode(&file); err != nil && !errors.Is(err, io.EOF) {
		return nil, nil, fmt.Errorf("keys_file %s: %w", path, err)
	}
	return content, file.Keys, nil
}

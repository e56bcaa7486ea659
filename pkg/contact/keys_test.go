package contact

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func secret(c string) []byte { return []byte(strings.Repeat(c, MinSecretBytes)) }

func TestTokens(t *testing.T) {
	t.Parallel()
	ks, err := NewKeys(Key{"k2", secret("b")}, Key{"k1", secret("a")})
	require.NoError(t, err)
	require.Equal(t, []string{"k2", "k1"}, ks.IDs())
	token := ks.Token(DomainPhone, "+6281234567890")
	require.Regexp(t, `^k2:[0-9a-f]{32}$`, token)
	others := ks.OtherTokens(DomainPhone, "+6281234567890")
	require.Len(t, others, 1)
	old, err := NewKeys(Key{"k1", secret("a")})
	require.NoError(t, err)
	require.Equal(t, old.Token(DomainPhone, "+6281234567890"), others[0])
	require.NotEqual(t, token, ks.Token(DomainHandle, "+6281234567890"))
	require.Nil(t, old.OtherTokens(DomainPhone, "x"))
	require.Empty(t, Keys{}.Token(DomainPhone, "x"))
	// Fixed for ever: stored tokens must stay comparable.
	require.Equal(t, "k1:c794dd98", old.Token(DomainEmail, "rani@example.com")[:11])
}

func TestKeysAreChecked(t *testing.T) {
	t.Parallel()
	for name, keys := range map[string][]Key{
		"none":  nil,
		"short": {{"k1", []byte("short")}},
		"id":    {{"K 1", secret("a")}},
		"twice": {{"k1", secret("a")}, {"k1", secret("b")}},
		"many":  make([]Key, MaxKeys+1),
	} {
		_, err := NewKeys(keys...)
		require.Error(t, err, name)
	}
}

func TestSecretsStayHidden(t *testing.T) {
	t.Parallel()
	ks, err := NewKeys(Key{"k1", secret("a")})
	require.NoError(t, err)
	found := Found{Type: TypePhone, Value: "+6281234567890", Start: 3, End: 9}
	for _, s := range []string{
		fmt.Sprint(ks), fmt.Sprintf("%v %+v %#v %s", ks, ks, ks, ks), fmt.Sprintf("%v %+v %#v", ks.keys[0], ks.keys[0], ks.keys[0]),
		fmt.Sprintf("%v %+v %#v %s %q", found, found, found, found, found),
	} {
		require.NotContains(t, s, "aaaa")
		require.NotContains(t, s, "97 97")
		require.NotContains(t, s, "0x61")
		require.NotContains(t, s, "812345")
	}
	b, err := json.Marshal(ks)
	require.NoError(t, err)
	require.NotContains(t, string(b), "YWFh")
}

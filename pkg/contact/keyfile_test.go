package contact_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"palermo.internal/pkg/contact"
)

func TestParseKeys(t *testing.T) {
	t.Parallel()
	secret := strings.Repeat("ab", contact.MinSecretBytes)
	k, err := contact.ParseKeys("# newest first\n\nk2:" + secret + "\n k1:" + secret + "\n")
	require.NoError(t, err)
	require.Equal(t, []string{"k2", "k1"}, k.IDs())
	for _, tc := range []struct{ name, text, want string }{
		{"none", "", "0 given"},
		{"no colon", "secret", "line 1"},
		{"not hex", "\nk1:zz", "line 2"},
		{"short", "k1:abcd", "has 2 bytes"},
		{"twice", "k1:" + secret + "\nk1:" + secret, "there twice"},
	} {
		_, err := contact.ParseKeys(tc.text)
		require.ErrorContains(t, err, tc.want, tc.name)
		require.NotContains(t, err.Error(), "abab", "a secret is never shown")
	}
}

func FuzzParseKeys(f *testing.F) {
	f.Add("k1:" + strings.Repeat("ab", 32))
	f.Add("#\n:\n")
	f.Fuzz(func(t *testing.T, text string) {
		// Any text is keys that are valid, or an error.
		if k, err := contact.ParseKeys(text); err == nil {
			require.NoError(t, k.Validate())
		}
	})
}

package contact

import (
	"bufio"
	"encoding/hex"
	"fmt"
	"strings"
)

// ParseKeys reads keys from text, newest first, one a line: the key's id, a
// colon, and the secret as hexadecimal digits ("k1:9f86d0…"). Blank lines and
// lines that begin with # are skipped. An error names the line, never its
// content.
func ParseKeys(text string) (Keys, error) {
	var keys []Key
	s := bufio.NewScanner(strings.NewReader(text))
	for n := 1; s.Scan(); n++ {
		line := strings.TrimSpace(s.Text())
		if line == "" || line[0] == '#' {
			continue
		}
		id, digits, ok := strings.Cut(line, ":")
		if !ok {
			return Keys{}, fmt.Errorf("token keys, line %d: there is no colon: write ID:HEX", n)
		}
		secret, err := hex.DecodeString(digits)
		if err != nil {
			return Keys{}, fmt.Errorf("token keys, line %d: the secret is not hexadecimal: write ID:HEX", n)
		}
		keys = append(keys, Key{ID: id, Secret: secret})
	}
	if err := s.Err(); err != nil {
		return Keys{}, fmt.Errorf("token keys: %w", err)
	}
	return NewKeys(keys...)
}

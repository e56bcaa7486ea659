package ad

import (
	"crypto/sha256"
	"encoding/hex"
)

// Key returns the Kafka key of an advert: platform, a slash, and id. Two
// adverts with one key are two versions of the same advert.
func Key(platform, id string) []byte {
	b := make([]byte, 0, len(platform)+1+len(id))
	b = append(b, platform...)
	b = append(b, '/')
	return append(b, id...)
}

// DocID returns the identifier of an advert inside Palermo: 32 lower-case
// hexadecimal digits, the first 128 bits of SHA-256 over platform, a zero byte
// and id. It is safe in any index, URL and file name whatever the platform's
// own id contains (ids hold no zero byte: Decode refuses them).
func DocID(platform, id string) string {
	b := make([]byte, 0, 256)
	b = append(b, platform...)
	b = append(b, 0)
	b = append(b, id...)
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:16])
}

// ClusterID returns the identifier of the cluster that the advert with this
// DocID opened: "c" and the DocID's first 24 digits.
func ClusterID(docID string) string {
	return "c" + docID[:24]
}

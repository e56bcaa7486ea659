package cluster

import (
	"testing"

	"github.com/stretchr/testify/require"

	"palermo.internal/pkg/ad"
)

// FuzzRestore: no bytes make Restore panic, and what it accepts can be used and
// saved again. The parameters' fingerprint is put in, or nothing would get past it.
func FuzzRestore(f *testing.F) {
	empty := snapshot(f, newAssigner(f, small()))
	f.Add(empty[40:])
	f.Add(snapshot(f, busy(f))[40:])
	head := empty[:40]
	f.Fuzz(func(t *testing.T, body []byte) {
		use(t, append(append([]byte(nil), head...), body...))
	})
}

// FuzzSign: no text makes signing or assigning panic, and the same text is always
// in the cluster of the first one, wholly similar.
func FuzzSign(f *testing.F) {
	f.Add([]byte("urgent hiring, call <phone>"), []byte(text(1)))
	f.Add([]byte(""), []byte("\xff"))
	f.Add([]byte("招聘服务员"), []byte("★"))
	f.Fuzz(func(t *testing.T, one, two []byte) {
		a := newAssigner(t, small())
		d := drive(t, a)
		first := d.put("1", string(one), 0)
		d.put("2", string(two), 0)
		again := d.put("1", string(one), 0)
		require.True(t, again.Repeated)
		require.Equal(t, a.Resolve(first.Cluster), again.Cluster)
		require.Equal(t, ad.ClusterID(ad.DocID("test", "1")), first.Cluster)
	})
}

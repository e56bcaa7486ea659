package indicator

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestDefaultPacksLoad(t *testing.T) {
	t.Parallel()
	e, err := Default()
	require.NoError(t, err)
	require.NotEmpty(t, e.Packs())
}

package wire

import (
	"testing"

	"github.com/stretchr/testify/require"

	"palermo.internal/pkg/index"
)

func TestClassifyItem(t *testing.T) {
	t.Parallel()
	written, stale := index.StatusWritten.String(), index.StatusStale.String()
	for _, c := range []struct {
		status  int
		errType string
		verdict Verdict
		want    string
	}{
		{200, "", VerdictDone, written},
		{201, "", VerdictDone, written},
		{201, "something", VerdictRetry, ""},
		{409, "version_conflict_engine_exception", VerdictDone, stale},
		{409, "", VerdictRetry, ""},
		{409, "something", VerdictRetry, ""},
		{429, "es_rejected_execution_exception", VerdictRetry, ""},
		{429, "cluster_block_exception", VerdictRetry, ""},
		{403, "cluster_block_exception", VerdictRetry, ""},
		{503, "unavailable_shards_exception", VerdictRetry, ""},
		{500, "", VerdictRetry, ""},
		{418, "", VerdictRetry, ""},
		{302, "", VerdictRetry, ""},
		{400, "document_parsing_exception", VerdictDone, "mapping"},
		{400, "mapper_parsing_exception", VerdictDone, "mapping"},
		{400, "strict_dynamic_mapping_exception", VerdictDone, "mapping"},
		{400, "illegal_argument_exception", VerdictDone, "refused"},
		{400, "", VerdictDone, "refused"},
		{400, "index_closed_exception", VerdictFatal, ""},
		{413, "", VerdictDone, "too_large"},
		{401, "security_exception", VerdictFatal, ""},
		{403, "security_exception", VerdictFatal, ""},
		{404, "index_not_found_exception", VerdictFatal, ""},
	} {
		v, o := ClassifyItem(c.status, c.errType)
		require.Equal(t, c.verdict, v, "%d %s", c.status, c.errType)
		got := string(o.Code)
		if got == "" && o.Status != 0 {
			got = o.Status.String()
		}
		require.Equal(t, c.want, got, "%d %s", c.status, c.errType)
	}
}

func TestClassifyRequest(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		status  int
		errType string
		want    Verdict
	}{
		{429, "", VerdictRetry},
		{408, "", VerdictRetry},
		{409, "", VerdictRetry},
		{500, "", VerdictRetry},
		{502, "", VerdictRetry},
		{503, "", VerdictRetry},
		{504, "", VerdictRetry},
		{599, "", VerdictRetry},
		{403, "cluster_block_exception", VerdictRetry},
		{400, "illegal_argument_exception", VerdictBisect},
		{400, "", VerdictBisect},
		{413, "", VerdictBisect},
		{400, "index_closed_exception", VerdictFatal},
		{400, "invalid_alias_name_exception", VerdictFatal},
		{401, "", VerdictFatal},
		{403, "security_exception", VerdictFatal},
		{404, "", VerdictFatal},
		{405, "", VerdictFatal},
		{301, "", VerdictFatal},
	} {
		require.Equal(t, c.want, ClassifyRequest(c.status, c.errType), "%d %s", c.status, c.errType)
	}
}

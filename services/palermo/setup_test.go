package main

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// runCommandLine runs a command line and returns its exit code and what it printed.
func runCommandLine(t *testing.T, args ...string) (code int, out, errOut string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code = execute(t.Context(), &environment{
		stdin: strings.NewReader(""), stdout: &stdout, stderr: &stderr, getenv: func(string) string { return "" },
	}, args)
	return code, stdout.String(), stderr.String()
}

func TestSetupTopics(t *testing.T) {
	t.Parallel()
	broker, err := startBroker("", 0)
	require.NoError(t, err)
	defer broker.close()
	brokers := strings.Join(broker.addresses(), ",")
	code, out, errOut := runCommandLine(t, "setup", "topics", "-brokers", brokers, "-partitions", "3", "-replication", "1")
	require.Zero(t, code, errOut)
	require.Equal(t, 10, strings.Count(out, "made"), out)
	lines := strings.Split(out, "\n")
	require.Regexp(t, `^ads.raw +3 +1 +7 d +made$`, lines[1])
	require.Regexp(t, `^ads.normalized +1 +1 +97 d +made$`, lines[3])

	code, out, errOut = runCommandLine(t, "setup", "topics", "-brokers", brokers, "-partitions", "3", "-replication", "1", "-keep-raw", "24h")
	require.Zero(t, code, errOut)
	require.NotContains(t, out, "made", "a second time changes nothing")
	require.Contains(t, out, "there; keeps records 7 d, not 1 d")

	code, _, errOut = runCommandLine(t, "setup", "topics", "-brokers", brokers, "-partitions", "4", "-replication", "1")
	require.Equal(t, 1, code)
	require.Contains(t, errOut, "has 3 partitions, not 4")
}

// TestSetupTopicsRefusesWhatStagesWould makes a topic that takes too little.
func TestSetupTopicsRefusesWhatStagesWould(t *testing.T) {
	t.Parallel()
	broker, err := startBroker("", 0)
	require.NoError(t, err)
	defer broker.close()
	require.NoError(t, broker.cluster.CreateTopic("ads.scored", 1, map[string]string{"max.message.bytes": "1000000", "cleanup.policy": "compact"}))
	code, out, errOut := runCommandLine(t, "setup", "topics", "-brokers", strings.Join(broker.addresses(), ","), "-partitions", "1", "-replication", "1")
	require.Equal(t, 1, code)
	require.Contains(t, out, "max.message.bytes 1000000 is too small: set it to 2097152")
	require.Contains(t, out, "cleanup.policy is compact: set it to delete")
	require.Contains(t, errOut, "not as the stages need it")
}

func TestSetupACLs(t *testing.T) {
	t.Parallel()
	code, out, errOut := runCommandLine(t, "setup", "acls", "-user-prefix", "p-")
	require.Zero(t, code, errOut)
	require.Regexp(t, `User:p-gateway +topic +ads.raw +WRITE, DESCRIBE, DESCRIBE_CONFIGS\n`, out)
	require.Regexp(t, `User:p-indexer +group +palermo-indexer-clusters +READ, DESCRIBE\n`, out)
	require.NotRegexp(t, `User:p-gateway +topic +ads.raw.dlq`, out)
	require.NotRegexp(t, `User:p-normalizer +topic +ads.raw +.*WRITE`, out)
}

func TestSetupKibana(t *testing.T) {
	t.Parallel()
	refuses := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusForbidden)
	}))
	defer refuses.Close()
	code, _, errOut := runCommandLine(t, "setup", "kibana", "-kibana", refuses.URL)
	require.Equal(t, 1, code)
	require.NotEmpty(t, errOut)
}

func TestSetupWrongUse(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		want string
		args []string
	}{
		{"say what to prepare", []string{"setup"}},
		{"say what to prepare", []string{"setup", "everything"}},
		{"name the Kafka brokers", []string{"setup", "topics"}},
		{"-partitions: 0", []string{"setup", "topics", "-brokers", "x:1", "-partitions", "0"}},
		{"-keep-raw: 1m0s", []string{"setup", "topics", "-brokers", "x:1", "-keep-raw", "1m"}},
		{"go with -brokers", []string{"setup", "topics", "-kafka-tls"}},
		{"go with -kafka-tls", []string{"setup", "topics", "-brokers", "x:1", "-kafka-ca", "f"}},
		{"PLAIN without TLS", []string{"setup", "topics", "-brokers", "x:1", "-kafka-sasl", "PLAIN", "-kafka-user", "u"}},
		{"name Elasticsearch", []string{"setup", "elasticsearch"}},
		{"name Kibana", []string{"setup", "kibana"}},
		{"url: is not", []string{"setup", "kibana", "-kibana", "nowhere"}},
		{"name the Kafka brokers", []string{"reindex"}},
	} {
		code, _, errOut := runCommandLine(t, c.args...)
		require.Equal(t, 2, code, "%v: %s", c.args, errOut)
		require.Contains(t, errOut, c.want, "%v", c.args)
	}
}

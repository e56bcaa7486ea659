#!/usr/bin/env bash
# Runs the tests that need real servers: Apache Kafka and Elasticsearch. With
# PALERMO_E2E_KAFKA or PALERMO_E2E_ELASTICSEARCH set they run against the user's
# own; a PALERMO_E2E_OPENSEARCH joins in if it is named. Otherwise the servers are fetched as Java
# artifacts, checked, started and stopped. What cannot be had is named and its
# tests are skipped. PALERMO_E2E_ADS sets how many adverts go through.
source "$(dirname "${BASH_SOURCE[0]}")/env.sh"
source scripts/servers.sh

missing() { echo "integration: $1 cannot be had: $2; its tests are skipped" >&2; }

if ! have java || ! have mvn; then
	missing "a server of our own" "Java or Maven is not installed"
else
	if [[ -z ${PALERMO_E2E_KAFKA:-} ]]; then
		if PALERMO_KAFKA_LIBS=$(fetch_jars kafka); then export PALERMO_KAFKA_LIBS; else
			unset PALERMO_KAFKA_LIBS
			missing "Apache Kafka" "fetching it failed"
		fi
	fi
	if [[ -z ${PALERMO_E2E_ELASTICSEARCH:-} ]]; then
		if PALERMO_ELASTICSEARCH_HOME=$(fetch_elasticsearch); then export PALERMO_ELASTICSEARCH_HOME; else
			unset PALERMO_ELASTICSEARCH_HOME
			missing Elasticsearch "fetching it failed"
		fi
	fi
fi

log=$(mktemp)
trap 'stop_elasticsearch; rm -f "$log"' EXIT
status=0

# run_tests runs the gated tests of packages, shows what they say on the way, and
# keeps the whole output.
run_tests() {
	local out tests
	out=$(mktemp)
	# One package after the other: each has servers of its own.
	go test -p 1 -count=1 -timeout 40m -v -run 'Real|Pipeline' "$@" >"$out" 2>&1 &
	tests=$!
	tail -n +1 -f --pid=$tests "$out" | grep --line-buffered -E '^(ok|FAIL|panic)|^ *--- |_test.go:[0-9]+: ' || true
	wait $tests || status=$?
	cat "$out" >>"$log"
	rm -f "$out"
}

run_tests ./pkg/stream ./services/e2e
# The store's own tests share one server.
if [[ -n ${PALERMO_ELASTICSEARCH_HOME:-} ]]; then
	start_elasticsearch "$PALERMO_ELASTICSEARCH_HOME"
	export PALERMO_E2E_ELASTICSEARCH=$ELASTICSEARCH_URL
fi
run_tests ./pkg/index/elastic ./pkg/kibana

count() { grep -cE "^--- $1" "$log" || true; }
if ((status != 0)); then
	echo "integration: the whole output follows" >&2
	cat "$log" >&2
fi
echo "servers: $(grep -oE '(Apache Kafka|Elasticsearch|OpenSearch) [0-9][0-9.]+' "$log" | sort -u | paste -sd, | sed 's/,/, /g')"
echo "integration: $(count PASS) passed, $(count FAIL) failed, $(count SKIP) skipped"
exit $status

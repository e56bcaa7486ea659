#!/usr/bin/env bash
# Checks what is under deploy/ without Docker and without a cluster: the chart
# with three sets of values, the settings that it makes with the services' own
# check, the compose file, the alert rules and their tests, the shell scripts.
# The tools are pinned in scripts/deploytools/go.mod and built on first use.
source "$(dirname "${BASH_SOURCE[0]}")/env.sh"
chart=deploy/kubernetes/palermo
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail=0
say() { echo "deploy-check: $*" >&2; fail=1; }

# deploytools builds the tools once for each version of their module.
deploytools() {
	local stamp="$ROOT/.tools/.deploy-built"
	if [[ -e $stamp && -z $(find scripts/deploytools -newer "$stamp" -type f) ]]; then
		return
	fi
	echo "building the pinned tools for deploy/ (once; takes some minutes)" >&2
	mkdir -p "$ROOT/.tools"
	# promtool has every service discovery in it unless it is told not to.
	(cd scripts/deploytools && GOWORK=off GOBIN="$ROOT/.tools" go install -tags remove_all_sd tool)
	touch "$stamp"
}
deploytools

for values in "$chart"/ci/*-values.yaml; do
	name=$(basename "$values" -values.yaml)
	helm lint --strict --quiet "$chart" --values "$values" || say "helm lint refuses the chart with $values"
	if ! helm template palermo "$chart" --namespace palermo --values "$values" >"$work/$name.yaml"; then
		say "the chart cannot be rendered with $values"
		continue
	fi
	mkdir "$work/$name"
	kubecheck -configs "$work/$name" "$work/$name.yaml" || say "what the chart makes of $values is wrong"
done
if helm template palermo "$chart" >/dev/null 2>&1; then
	say "the chart can be rendered without the values that must be set"
fi

# The services check the settings themselves, those of the chart and of compose.
for service in gateway normalizer clusterer scorer indexer; do
	go build -o "$work/$service" "./services/$service/cmd"
	for config in "$work"/*/"$service.yaml" "deploy/compose/config/$service.yaml"; do
		"$work/$service" -config "$config" -check-config >/dev/null || say "$service refuses ${config#"$work"/}"
	done
done

composecheck deploy/compose/compose.yaml deploy/compose/.env.example KAFKA_CLUSTER_ID=check || say "the compose file is wrong"

promtool check rules --lint=all --lint-fatal deploy/prometheus/alerts.yaml || say "the alert rules are wrong"
promtool test rules deploy/prometheus/alerts_test.yaml || say "the tests of the alert rules fail"
promtool check config deploy/prometheus/prometheus.yaml || say "the configuration of Prometheus is wrong"
cmp deploy/prometheus/alerts.yaml "$chart/files/alerts.yaml" || say "the chart's alerts are old: cp deploy/prometheus/alerts.yaml $chart/files/"

for script in deploy/compose/*.sh; do
	bash -n "$script" || say "$script is no shell script"
done
if command -v hadolint >/dev/null; then
	hadolint deploy/images/Dockerfile || say "hadolint refuses the Dockerfile"
else
	echo "hadolint is not installed: the Dockerfile is not linted" >&2
fi

exit $fail

#!/usr/bin/env bash
# The benchmarks that the documentation quotes: signature against shingling and
# hashing alone, the band index at a million adverts, normalising, scoring, and
# the whole of `palermo analyze` at 50k, 100k and 200k generated adverts.
source "$(dirname "${BASH_SOURCE[0]}")/env.sh"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

go test -run='^$' -bench="${BENCH:-.}" -benchmem -timeout 30m ./pkg/... ./services/... | grep -E '^(Benchmark|pkg:|cpu:|ok|FAIL|---)' || true

go build -o "$work/palermo" ./services/palermo
echo "== palermo analyze"
for n in 50000 100000 200000; do
	"$work/palermo" generate --ads "$n" --seed 1 --out "$work/feed.ndjson"
	"$work/palermo" analyze --top 0 --out "$work/out-$n" "$work/feed.ndjson" >/dev/null
	printf '%7d adverts: ' "$n"
	sed -nE 's/^ *"(seconds|ads_per_second|peak_memory_bytes)": ([0-9]+)(\.[0-9])?.*/\1 \2\3/p' "$work/out-$n/summary.json" | tr '\n' ' '
	echo
done

#!/usr/bin/env bash
# Measures scores and clusters: on a generated feed with known truth and, where
# the folder is there, on labelled real adverts (PALERMO_DATA, default
# ../shared/data).
source "$(dirname "${BASH_SOURCE[0]}")/env.sh"
data=${PALERMO_DATA:-../shared/data}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
go build -o "$work/palermo" ./services/palermo

echo "== generated feed, 20,000 adverts"
"$work/palermo" generate --ads 20000 --seed 1 --out "$work/feed.ndjson" --truth "$work/truth.ndjson"
"$work/palermo" eval --truth "$work/truth.ndjson" "$work/feed.ndjson"

if [[ -e $data/fake_jobs/fake_jobs.ndjson ]]; then
	echo "== labelled fake vacancies (fraud is not trafficking; the share of frauds is no base rate)"
	"$work/palermo" eval --labels "$data/fake_jobs/fake_jobs.labels.csv" --min-auc 0.75 "$data/fake_jobs/fake_jobs.ndjson"
else
	echo "== skipped: no labelled real adverts at $data (set PALERMO_DATA)"
fi
if [[ -e $data/jobs_id/jobs_id.ndjson ]]; then
	echo "== ordinary Indonesian vacancies: how many reach which level"
	"$work/palermo" analyze --top 3 --out "$work/out" "$data/jobs_id/jobs_id.ndjson"
	grep -o '"level":"[a-z]*"' "$work/out/ads.ndjson" | sort | uniq -c
fi

#!/usr/bin/env bash
# Runs every fuzz target, one after the other, for FUZZTIME each (default 2m).
# FUZZ selects targets by a regular expression over "package.Target".
source "$(dirname "${BASH_SOURCE[0]}")/env.sh"
time=${FUZZTIME:-2m}
failed=()
count=0
while IFS=: read -r file target; do
	dir=./$(dirname "$file")
	[[ "$dir.$target" =~ ${FUZZ:-.} ]] || continue
	count=$((count + 1))
	echo "== $dir $target ($time)"
	go test "$dir" -run='^$' -fuzz="^$target\$" -fuzztime="$time" || failed+=("$dir.$target")
done < <(git ls-files -co --exclude-standard '*_test.go' | xargs grep -HoE '^func Fuzz[A-Za-z0-9_]+' | sed 's/func //' | sort)
echo "$count targets, ${#failed[@]} with findings${failed[*]:+: ${failed[*]}}"
[[ ${#failed[@]} -eq 0 && $count -gt 0 ]]

#!/usr/bin/env bash
# Formatting, linters, import directions, generated code, module files. Changes
# nothing; what is wrong is printed with the command that mends it.
source "$(dirname "${BASH_SOURCE[0]}")/env.sh"
tools
fail=0
say() { echo "lint: $*" >&2; fail=1; }

unformatted=$(sources | xargs gofumpt -l)
[[ -z $unformatted ]] || say "not formatted (make fmt):"$'\n'"$unformatted"

golangci-lint run ./pkg/... ./services/... || say "golangci-lint found problems"

(cd schemas/events && buf lint) || say "the event schema breaks a rule"

before=$(git ls-files -co --exclude-standard -z | xargs -0 sha256sum 2>/dev/null | sha256sum)
scripts/generate.sh >/dev/null
after=$(git ls-files -co --exclude-standard -z | xargs -0 sha256sum 2>/dev/null | sha256sum)
[[ $before == "$after" ]] || say "generated files were not current (make generate, and commit)"

for m in pkg services; do
	(cd "$m" && GOWORK=off go mod tidy -diff >/dev/null) || say "$m/go.mod is not tidy (make tidy)"
done

# Every package with tests checks for leaked goroutines.
for dir in $(git ls-files -co --exclude-standard '*_test.go' | xargs -n1 dirname | sort -u); do
	grep -lq 'leaktest\.Main' "$dir"/*_test.go || say "$dir has tests but no TestMain with leaktest.Main"
done

exit $fail

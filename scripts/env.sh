# Sourced by the other scripts: strict mode, the project's root as working
# folder, and the pinned tools on the PATH.
set -euo pipefail
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$ROOT"
export PATH="$ROOT/.tools:$PATH"

# tools builds the pinned tools once for each version of their module file.
tools() {
	local stamp="$ROOT/.tools/.built"
	if [[ -e $stamp && ! scripts/tools/go.mod -nt $stamp && ! scripts/tools/go.sum -nt $stamp ]]; then
		return
	fi
	echo "building the pinned tools (once; takes some minutes)" >&2
	mkdir -p "$ROOT/.tools"
	(cd scripts/tools && GOWORK=off GOBIN="$ROOT/.tools" go install tool)
	touch "$stamp"
}

# sources lists the Go files that people write.
sources() {
	git ls-files -co --exclude-standard '*.go' | grep -v '\.pb\.go$' | while read -r f; do
		[[ -e $f ]] && echo "$f"
	done
}

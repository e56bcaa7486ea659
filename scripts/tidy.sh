#!/usr/bin/env bash
# Brings the module files up to date.
source "$(dirname "${BASH_SOURCE[0]}")/env.sh"
for m in pkg services scripts/tools; do
	(cd "$m" && GOWORK=off go mod tidy)
done

#!/usr/bin/env bash
# Puts every binary under bin/: palermo and one a service. VERSION names the release.
source "$(dirname "${BASH_SOURCE[0]}")/env.sh"
ldflags="-s -w -X palermo.internal/pkg/ops.version=${VERSION:-}"
mkdir -p bin
go build -trimpath -ldflags "$ldflags" -o bin/palermo ./services/palermo
for main in services/*/cmd; do
	name=$(basename "$(dirname "$main")")
	go build -trimpath -ldflags "$ldflags" -o "bin/$name" "./$main"
done
ls bin

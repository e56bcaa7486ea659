#!/usr/bin/env bash
# Formats the Go code as the linter wants it.
source "$(dirname "${BASH_SOURCE[0]}")/env.sh"
tools
golangci-lint fmt ./pkg/... ./services/...

#!/usr/bin/env bash
# Runs every test of every module with the race detector, in random order.
# TESTFLAGS adds flags, for example TESTFLAGS=-short.
source "$(dirname "${BASH_SOURCE[0]}")/env.sh"
# shellcheck disable=SC2086 # TESTFLAGS is a list of flags
go test -race -shuffle=on -timeout 15m ${TESTFLAGS:-} work

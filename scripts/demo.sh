#!/usr/bin/env bash
# Generates a feed, runs it through gateway, broker, stages and index in one
# process, verifies that nothing was lost, and prints the leads.
source "$(dirname "${BASH_SOURCE[0]}")/env.sh"
go run ./services/palermo demo "$@"

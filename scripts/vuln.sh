#!/usr/bin/env bash
# Looks for known vulnerabilities in the code that is linked. Needs the network.
source "$(dirname "${BASH_SOURCE[0]}")/env.sh"
tools
for m in pkg services; do
	(cd "$m" && govulncheck ./...)
done

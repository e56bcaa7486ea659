#!/usr/bin/env bash
# Regenerates what is generated from schemas/: Go code of the events and the
# copies of schemas and templates that the packages embed.
source "$(dirname "${BASH_SOURCE[0]}")/env.sh"
tools
(cd schemas/events && buf generate)
(cd pkg && go generate ./...)
(cd services && go generate ./...)

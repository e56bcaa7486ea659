#!/usr/bin/env bash
# Runs in the Elasticsearch image, as the service elasticsearch-keys: sets the
# password of Kibana's user and makes three API keys, each with the least that
# its owner needs. A key that is there is kept.
set -euo pipefail
url=https://elasticsearch:9200
keys=/usr/share/elasticsearch/data

# The password is not among the arguments, where a list of processes shows it.
ask() {
	curl --silent --show-error --fail --max-time 30 --cacert /run/secrets/ca \
		--config <(printf 'user = "elastic:%s"\n' "$(cat /run/secrets/elastic_password)") \
		--header 'Content-Type: application/json' "$@"
}

ask --output /dev/null --data "{\"password\": \"$(cat /run/secrets/kibana_password)\"}" \
	"$url/_security/user/kibana_system/_password"

# key NAME ROLE makes an API key; ROLE is a role descriptor.
key() {
	[[ -s $keys/$1 ]] && return
	ask --data "{\"name\": \"palermo-$1\", \"role_descriptors\": {\"palermo-$1\": $2}}" "$url/_security/api_key" |
		sed -n 's/.*"encoded" *: *"\([^"]*\)".*/\1/p' >"$keys/.$1.tmp"
	[[ -s $keys/.$1.tmp ]] || { echo "no API key came for $1" >&2; exit 1; }
	chmod 0644 "$keys/.$1.tmp" # other users read it, in containers that mount the volume
	mv "$keys/.$1.tmp" "$keys/$1"
	echo "made the API key $1"
}

key setup '{"cluster": ["monitor", "manage_index_templates", "manage_ilm"],
	"indices": [{"names": ["palermo-*"], "privileges": ["manage", "read"]}]}'
key indexer '{"cluster": ["monitor"],
	"indices": [{"names": ["palermo-*"], "privileges": ["read", "write", "view_index_metadata", "maintenance"]}]}'
key kibana '{"applications": [{"application": "kibana-.kibana", "privileges": ["space_all"], "resources": ["space:default"]}]}'

#!/usr/bin/env bash
# Prepares this folder for `docker compose up`: makes .env from .env.example, and
# under secrets/ a certificate for Elasticsearch and Kibana, passwords,
# the key for contact tokens and the gateway's first API key. What is there is
# kept, so it may run again.
#
# Usage: ./init.sh [PLATFORM[,PLATFORM...]]
# The API key may send for these platforms; for every platform if none is named.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
platforms=${1:-}
case $platforms in
-*)
	sed -n '2,/^set /s/^# \{0,1\}//p' "$0"
	[[ $platforms == -h || $platforms == --help ]] && exit 0
	exit 2
	;;
esac
for tool in docker openssl; do
	command -v "$tool" >/dev/null || { echo "init: $tool is needed and not there" >&2; exit 1; }
done

# The folder is closed to other users. The files in it are not: containers read
# them under their own users.
umask 022
mkdir -p -m 0700 secrets
chmod 0700 secrets

# fresh reports whether a file is still to be made; keep writes it whole or not
# at all.
fresh() { [[ ! -s secrets/$1 ]]; }
keep() {
	cat >"secrets/.$1.tmp"
	[[ -s secrets/.$1.tmp ]] || { echo "init: nothing came for secrets/$1" >&2; exit 1; }
	mv "secrets/.$1.tmp" "secrets/$1"
	echo "made secrets/$1"
}

if [[ ! -e .env ]]; then
	id=$(openssl rand -base64 16 | tr '+/' '-_' | tr -d '=' | sed 's/^-/A/')
	sed "s|^KAFKA_CLUSTER_ID=.*|KAFKA_CLUSTER_ID=$id|" .env.example >.env
	echo "made .env"
fi

for name in elastic_password kibana_password grafana_password; do
	if fresh "$name"; then
		openssl rand -hex 24 | tr -d '\n' | keep "$name"
	fi
done

if fresh ca.crt || fresh server.crt || fresh server.key; then
	work=$(mktemp -d)
	trap 'rm -rf "$work"' EXIT
	openssl req -x509 -newkey rsa:3072 -nodes -sha256 -days 3650 -subj "/CN=Palermo compose CA" \
		-addext "basicConstraints=critical,CA:TRUE,pathlen:0" -addext "keyUsage=critical,keyCertSign,cRLSign" \
		-keyout "$work/ca.key" -out "$work/ca.crt" 2>/dev/null
	openssl req -newkey rsa:3072 -nodes -sha256 -subj "/CN=palermo" \
		-keyout "$work/server.key" -out "$work/server.csr" 2>/dev/null
	printf '%s\n' "basicConstraints=CA:FALSE" "keyUsage=digitalSignature,keyEncipherment" \
		"extendedKeyUsage=serverAuth,clientAuth" \
		"subjectAltName=DNS:elasticsearch,DNS:kibana,DNS:localhost,IP:127.0.0.1" >"$work/ext"
	openssl x509 -req -in "$work/server.csr" -CA "$work/ca.crt" -CAkey "$work/ca.key" -CAcreateserial \
		-sha256 -days 3650 -extfile "$work/ext" -out "$work/server.crt" 2>/dev/null
	# The authority's key is thrown away: it signs nothing else.
	keep server.key <"$work/server.key"
	keep server.crt <"$work/server.crt"
	keep ca.crt <"$work/ca.crt"
fi

if fresh kibana.yml; then
	keep kibana.yml <<-YAML
		server.host: 0.0.0.0
		server.shutdownTimeout: 5s
		server.ssl.enabled: true
		server.ssl.certificate: /run/secrets/server_crt
		server.ssl.key: /run/secrets/server_key
		elasticsearch.hosts: [https://elasticsearch:9200]
		elasticsearch.username: kibana_system
		elasticsearch.password: "$(cat secrets/kibana_password)"
		elasticsearch.ssl.certificateAuthorities: [/run/secrets/ca]
		xpack.security.encryptionKey: "$(openssl rand -hex 32)"
		xpack.encryptedSavedObjects.encryptionKey: "$(openssl rand -hex 32)"
		xpack.reporting.encryptionKey: "$(openssl rand -hex 32)"
		telemetry.optIn: false
		telemetry.allowChangingOptInStatus: false
	YAML
fi

palermo() { docker compose run --rm --no-deps -T setup-topics palermo "$@"; }
if fresh token_keys || fresh gateway_keys.yaml; then
	docker compose build setup-topics
fi
if fresh token_keys; then
	palermo keys token -id k1 | keep token_keys
fi
if fresh gateway_keys.yaml; then
	made=$(palermo keys gateway -platforms "$platforms")
	# The key itself is printed in comments, and kept nowhere.
	grep -v '^#' <<<"$made" | keep gateway_keys.yaml
	grep '^#' <<<"$made"
fi
echo "ready: docker compose up --build --detach"

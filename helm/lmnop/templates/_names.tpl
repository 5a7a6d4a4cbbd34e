{{/* What parts are called: (list . "router") */}}
{{- define "lmnop.name" -}}{{ (index . 0).Release.Name }}-{{ index . 1 }}{{- end }}

{{/* By which labels the pods of a part are chosen; the provider lets pods with the router's call functions. */}}
{{- define "lmnop.selector" -}}
app.kubernetes.io/name: lmnop-{{ index . 1 }}
app.kubernetes.io/instance: {{ (index . 0).Release.Name }}
{{- end }}

{{- define "lmnop.match" -}}
{matchLabels: {app.kubernetes.io/name: lmnop-{{ index . 1 }}, app.kubernetes.io/instance: {{ (index . 0).Release.Name }}}}
{{- end }}

{{- define "lmnop.labels" -}}
{{ include "lmnop.selector" . }}
app.kubernetes.io/part-of: lmnop
app.kubernetes.io/version: {{ (index . 0).Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ (index . 0).Release.Service }}
helm.sh/chart: lmnop-{{ (index . 0).Chart.Version }}
{{- end }}

{{/* name, namespace and labels of an object of a part */}}
{{- define "lmnop.metadata" -}}
name: {{ include "lmnop.name" . }}
namespace: {{ (index . 0).Release.Namespace }}
labels: {{- include "lmnop.labels" . | nindent 2 }}
{{- end }}

{{- define "lmnop.image" -}}
{{ (index . 0).Values.image.prefix }}/{{ index . 1 }}:{{ (index . 0).Values.image.tag | default (index . 0).Chart.AppVersion }}
{{- end }}

{{- define "lmnop.credentials" -}}
{{ .Values.credentials.existingSecret | default (include "lmnop.name" (list . "credentials")) }}
{{- end }}

{{- define "lmnop.database.host" -}}
{{- if .Values.postgresql.bundled.enabled }}{{ include "lmnop.name" (list . "postgresql") }}
{{- else }}{{ required "say postgresql.external.host, or try postgresql.bundled.enabled" .Values.postgresql.external.host }}{{ end }}
{{- end }}
{{- define "lmnop.database.port" -}}
{{ ternary 5432 (int .Values.postgresql.external.port) .Values.postgresql.bundled.enabled }}
{{- end }}

{{/* Where images of functions are pushed. */}}
{{- define "lmnop.registry.push" -}}
{{- if .Values.registry.bundled.enabled }}{{ required "say registry.bundled.clusterIP: the machines pull from it" .Values.registry.bundled.clusterIP }}:5000/functions
{{- else }}{{ .Values.registry.external.push }}{{ end }}
{{- end }}

{{/* How a registry is spoken to, for three of the apps. */}}
{{- define "lmnop.registries" -}}
{{- if .Values.registry.bundled.enabled }}
images.registries.plain-http={{ .Values.registry.bundled.clusterIP }}:5000
{{- else if .Values.registry.external.plainHttp }}
images.registries.plain-http={{ join "," .Values.registry.external.plainHttp }}
{{- end }}
{{- if .Values.registry.external.loginsSecret }}
images.registries.logins=/logins/config.json
{{- end }}
{{- end }}

{{/* What every app is told of database and management: (list . "router" "router") with the role. */}}
{{- define "lmnop.common" -}}
{{- $root := index . 0 -}}
database.host={{ include "lmnop.database.host" $root }}
database.port={{ include "lmnop.database.port" $root }}
database.name={{ ternary "lmnop" $root.Values.postgresql.external.database $root.Values.postgresql.bundled.enabled }}
database.user=lmnop_{{ index . 2 }}
database.password-file=/credentials/database-{{ index . 1 }}
management.port=8084
management.token-file=/credentials/management-{{ index . 1 }}
{{- end }}

{{/* What an operator has set wins: of two lines with a key, the last counts. */}}
{{- define "lmnop.settings" -}}
{{- range $key, $value := . }}
{{ $key }}={{ $value }}
{{- end }}
{{- end }}

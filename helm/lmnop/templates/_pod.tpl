{{/*
The template of a pod of one of our apps, from a dict (an app has a management port and a file of settings; PostgreSQL has neither):
  root, app           the chart's context; the name of the app, which is that of its image
  of                  its values: javaOptions, resources
  credentials         the files of the Secret that it may read
  ports               its ports, by name
  args                of the program, beside its settings
  data                its volume for /data, as a pod has one
  more                a dict with volumes and mounts beside those, if any
  privileged          whether it is root, with everything that root may do
  namespaces          whether it makes user namespaces, with the users of its image's /etc/subuid, and is no root all the same
  account             the service account, if it speaks to the cluster
  grace               how long it may take to end
  seccomp             its profile, if not the runtime's own
*/}}
{{- define "lmnop.pod" -}}
{{- $root := .root -}}
metadata:
  labels: {{- include "lmnop.labels" (list $root .app) | nindent 4 }}
  {{- if .ports.management }}
  annotations:
    checksum/settings: {{ include (print "lmnop.settings-of." .app) $root | sha256sum | trunc 16 }}
    {{- if and .namespaces (semverCompare "<1.30-0" $root.Capabilities.KubeVersion.Version) }}
    container.apparmor.security.beta.kubernetes.io/{{ .app }}: unconfined
    {{- end }}
  {{- end }}
spec:
  automountServiceAccountToken: {{ not (empty .account) }}
  {{- with .account }}
  serviceAccountName: {{ . }}
  {{- end }}
  enableServiceLinks: false
  terminationGracePeriodSeconds: {{ .grace | default 30 }}
  {{- with $root.Values.image.pullSecrets }}
  imagePullSecrets: {{- range . }}
    - name: {{ . }}
  {{- end }}
  {{- end }}
  securityContext:
    {{- if not .privileged }}
    runAsNonRoot: true
    runAsUser: 10001
    runAsGroup: 10001
    {{- end }}
    fsGroup: 10001
    fsGroupChangePolicy: OnRootMismatch
    seccompProfile: {{- .seccomp | default (dict "type" (ternary "Unconfined" "RuntimeDefault" (not (empty (or .privileged .namespaces))))) | toYaml | nindent 6 }}
    {{- if and .namespaces (semverCompare ">=1.30-0" $root.Capabilities.KubeVersion.Version) }}
    appArmorProfile: {type: Unconfined}
    {{- end }}
  {{- with .of.nodeSelector }}
  nodeSelector: {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- if gt (int (.of.replicas | default 1)) 1 }}
  affinity:
    podAntiAffinity:
      preferredDuringSchedulingIgnoredDuringExecution:
        - weight: 100
          podAffinityTerm:
            topologyKey: kubernetes.io/hostname
            labelSelector: {{ include "lmnop.match" (list $root .app) }}
  topologySpreadConstraints:
    {{- range list "kubernetes.io/hostname" "topology.kubernetes.io/zone" }}
    - maxSkew: 1
      topologyKey: {{ . }}
      whenUnsatisfiable: ScheduleAnyway
      labelSelector: {{ include "lmnop.match" (list $root $.app) }}
    {{- end }}
  {{- end }}
  containers:
    - name: {{ .app }}
      image: {{ include "lmnop.image" (list $root .app) }}
      imagePullPolicy: {{ $root.Values.image.pullPolicy }}
      args: {{- toYaml .args | nindent 8 }}
      env:
        - {name: JDK_JAVA_OPTIONS, value: {{ .of.javaOptions | quote }}}
        - {name: POD_IP, valueFrom: {fieldRef: {fieldPath: status.podIP}}}
        - {name: POD_NAME, valueFrom: {fieldRef: {fieldPath: metadata.name}}}
      ports:
        {{- range $name, $port := .ports }}
        - {name: {{ $name }}, containerPort: {{ $port }}}
        {{- end }}
      resources: {{- toYaml .of.resources | nindent 8 }}
      securityContext:
        {{- if .privileged }}
        privileged: true
        runAsUser: 0
        {{- else }}
        {{- if .namespaces }}
        allowPrivilegeEscalation: true      # newuidmap and newgidmap, which may do these two things and no others
        capabilities: {drop: [ALL], add: [SETUID, SETGID]}
        {{- else }}
        allowPrivilegeEscalation: false
        capabilities: {drop: [ALL]}
        {{- end }}
        {{- end }}
        readOnlyRootFilesystem: true
      {{- if .ports.management }}
      startupProbe: {httpGet: {path: /health/live, port: management}, periodSeconds: 1, failureThreshold: 300}
      livenessProbe: {httpGet: {path: /health/live, port: management}, periodSeconds: 10, failureThreshold: 6, timeoutSeconds: 5}
      readinessProbe: {httpGet: {path: /health/ready, port: management}, periodSeconds: 2, failureThreshold: 3, timeoutSeconds: 2}
      {{- else }}
      startupProbe: {tcpSocket: {port: {{ first (keys .ports) }}}, periodSeconds: 1, failureThreshold: 300}
      livenessProbe: {tcpSocket: {port: {{ first (keys .ports) }}}, periodSeconds: 10, failureThreshold: 6}
      readinessProbe: {tcpSocket: {port: {{ first (keys .ports) }}}, periodSeconds: 2}
      {{- end }}
      volumeMounts:
        - {name: data, mountPath: /data}
        - {name: tmp, mountPath: /tmp}
        - {name: credentials, mountPath: /credentials, readOnly: true}
        {{- if .ports.management }}
        - {name: settings, mountPath: /etc/lmnop, readOnly: true}
        {{- end }}
        {{- with (.more | default dict).mounts }}{{ toYaml . | nindent 8 }}{{ end }}
  volumes:
    - name: data {{- toYaml .data | nindent 6 }}
    - name: tmp
      emptyDir: {sizeLimit: 256Mi}
    - name: credentials
      secret:
        secretName: {{ include "lmnop.credentials" $root }}
        defaultMode: 0440
        items:
          {{- range .credentials }}
          - {key: {{ . }}, path: {{ . }}}
          {{- end }}
    {{- if .ports.management }}
    - name: settings
      configMap: {name: {{ include "lmnop.name" (list $root .app) }}}
    {{- end }}
    {{- with (.more | default dict).volumes }}{{ toYaml . | nindent 4 }}{{ end }}
{{- end }}

{{/* The ConfigMap with the settings of an app: (list . "router") */}}
{{- define "lmnop.settings-map" -}}
apiVersion: v1
kind: ConfigMap
metadata: {{- include "lmnop.metadata" . | nindent 2 }}
data:
  {{ index . 1 }}.properties: |
    {{- include (print "lmnop.settings-of." (index . 1)) (index . 0) | trim | nindent 4 }}
{{- end }}

{{/* A PodDisruptionBudget where there are several: (list . "router" 2) */}}
{{- define "lmnop.budget" -}}
{{- if gt (int (index . 2)) 1 }}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {{- include "lmnop.metadata" . | nindent 2 }}
spec:
  maxUnavailable: 1
  selector: {{ include "lmnop.match" . }}
{{- end }}
{{- end }}

{{/* A claim on a volume: (list . "registry" storage) */}}
{{- define "lmnop.claim" -}}
{{- $storage := index . 2 -}}
{{- if $storage.enabled }}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata:
  {{- include "lmnop.metadata" . | nindent 2 }}
  annotations: {helm.sh/resource-policy: keep}
spec:
  accessModes: [{{ $storage.accessMode | default "ReadWriteOnce" }}]
  resources: {requests: {storage: {{ $storage.size }}}}
  {{- with $storage.className }}
  storageClassName: {{ . }}
  {{- end }}
{{- end }}
{{- end }}

{{/* The volume of such a claim, or one that goes with the pod. */}}
{{- define "lmnop.volume" -}}
{{- $storage := index . 2 -}}
{{- if $storage.enabled }}
persistentVolumeClaim: {claimName: {{ include "lmnop.name" . }}}
{{- else }}
emptyDir: {sizeLimit: {{ $storage.size }}}
{{- end }}
{{- end }}

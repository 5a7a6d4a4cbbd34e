{{/* Logins of registries as a volume, where there are some. */}}
{{- define "lmnop.logins" -}}
{{- with .Values.registry.external.loginsSecret }}
volumes:
  - name: logins
    secret: {secretName: {{ . }}, defaultMode: 0440, items: [{key: .dockerconfigjson, path: config.json}]}
mounts:
  - {name: logins, mountPath: /logins, readOnly: true}
{{- else }}{}
{{- end }}
{{- end }}

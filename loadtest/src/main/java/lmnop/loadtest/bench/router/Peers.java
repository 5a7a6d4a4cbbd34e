package lmnop.loadtest.bench.router;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The other proxies, each set up to do the work that the router does. */
final class Peers {
  private final Path folder;
  private final int backend;
  private final Certificates certificate;

  Peers(Path folder, int backend, Certificates certificate) {
    this.folder = folder;
    this.backend = backend;
    this.certificate = certificate;
  }

  /** What answers behind all proxies: 64 bytes, or a gibibyte. */
  static Program backend(Path folder, int port) throws IOException {
    Files.createDirectories(folder.resolve("files"));
    try (var big = new java.io.RandomAccessFile(folder.resolve("files/big").toFile(), "rw")) {
      big.setLength(1L << 30);
    }
    String config =
        """
        daemon off; user root; pid %1$s/backend.pid; error_log %1$s/backend.err; worker_processes 1;
        events { worker_connections 20000; }
        http {
          access_log off; sendfile on; keepalive_requests 1000000000; keepalive_timeout 600s;
          client_body_temp_path %1$s/b1; proxy_temp_path %1$s/b2; fastcgi_temp_path %1$s/b3;
          uwsgi_temp_path %1$s/b4; scgi_temp_path %1$s/b5;
          server {
            listen 127.0.0.1:%2$d backlog=4096;
            location / { default_type text/plain; return 200 "%3$s"; }
            location /big { root %1$s/files; default_type application/octet-stream; }
          }
        }
        """
            .formatted(folder, port, "x".repeat(64));
    return nginx(folder, "backend", port, config);
  }

  private static Program nginx(Path folder, String name, int port, String config)
      throws IOException {
    Path file = folder.resolve(name + ".conf");
    Files.writeString(file, config);
    return Program.start(
        folder.resolve(name + ".out"),
        port,
        List.of("nginx", "-c", file.toString(), "-p", folder.toString()));
  }

  Program nginx(int port, int secure) throws IOException {
    return nginx(
        folder,
        "nginx",
        port,
        """
        daemon off; pid %1$s/nginx.pid; error_log %1$s/nginx.err; worker_processes 2;
        events { worker_connections 20000; }
        http {
          log_format line '$time_iso8601 $remote_addr $request_id "$request" $status '
                          '$body_bytes_sent $request_time $upstream_addr';
          access_log %1$s/nginx.access line buffer=64k flush=1s;
          keepalive_requests 1000000000; http2_max_concurrent_streams 128;
          client_body_temp_path %1$s/n1; proxy_temp_path %1$s/n2; fastcgi_temp_path %1$s/n3;
          uwsgi_temp_path %1$s/n4; scgi_temp_path %1$s/n5;
          upstream backend {
            server 127.0.0.1:%2$d; keepalive 128; keepalive_requests 1000000000;
          }
          server {
            listen 127.0.0.1:%3$d backlog=4096;
            listen 127.0.0.1:%4$d ssl http2 backlog=4096;
            ssl_certificate %5$s; ssl_certificate_key %6$s; ssl_protocols TLSv1.2 TLSv1.3;
            location / {
              proxy_pass http://backend; proxy_http_version 1.1;
              proxy_set_header Connection "";
              proxy_set_header Host $http_host;
              proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
              proxy_set_header X-Forwarded-Host $http_host;
              proxy_set_header X-Forwarded-Proto $scheme;
              proxy_set_header X-Request-Id $request_id;
              add_header X-Request-Id $request_id;
              proxy_max_temp_file_size 0;
            }
          }
        }
        """
            .formatted(folder, backend, port, secure, certificate.chain(), certificate.key()));
  }

  Program haproxy(int port, int secure, int tcp) throws IOException {
    Path file = folder.resolve("haproxy.cfg");
    Files.writeString(
        file,
        """
        global
          nbthread 2
          maxconn 11000
          no strict-limits
          log stdout format raw local0 info
          tune.ssl.default-dh-param 2048
        defaults
          timeout connect 5s
          timeout client 60s
          timeout server 60s
          timeout http-keep-alive 60s
        frontend web
          mode http
          log global
          option httplog
          option forwardfor
          bind 127.0.0.1:%1$d backlog 4096
          bind 127.0.0.1:%2$d ssl crt %3$s alpn h2,http/1.1 backlog 4096
          unique-id-format %%[uuid()]
          unique-id-header X-Request-Id
          http-request set-header X-Forwarded-Proto %%[ssl_fc,iif(https,http)]
          http-request set-header X-Forwarded-Host %%[req.hdr(host)]
          http-response set-header X-Request-Id %%[unique-id]
          default_backend functions
        backend functions
          mode http
          http-reuse always
          server one 127.0.0.1:%4$d pool-max-conn -1
        frontend bare
          mode tcp
          bind 127.0.0.1:%5$d backlog 4096
          default_backend bare
        backend bare
          mode tcp
          server one 127.0.0.1:%4$d
        """
            .formatted(port, secure, certificate.both(), backend, tcp));
    return Program.start(
        folder.resolve("haproxy.access"), port, List.of("haproxy", "-db", "-f", file.toString()));
  }

  Program caddy(int port) throws IOException {
    Path file = folder.resolve("Caddyfile");
    Files.writeString(
        file,
        """
        {
          auto_https off
          admin off
          storage file_system %1$s/caddy
        }
        http://:%2$d {
          bind 127.0.0.1
          log {
            output file %1$s/caddy.access
          }
          reverse_proxy 127.0.0.1:%3$d {
            header_up X-Request-Id {http.request.uuid}
          }
        }
        """
            .formatted(folder, port, backend));
    return Program.start(
        folder.resolve("caddy.out"),
        port,
        List.of("caddy", "run", "--config", file.toString(), "--adapter", "caddyfile"));
  }
}

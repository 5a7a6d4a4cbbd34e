package lmnop.router.edge;

import com.sun.net.httpserver.HttpServer;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Web servers that others have written, each of which says of a request what it understood: by
 * itself, or by passing it on to a {@link Witness}.
 */
final class RealServers implements AutoCloseable {
  private static final int TRIES = 400;
  private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

  private final Map<String, Integer> ports = new LinkedHashMap<>();
  private final Deque<AutoCloseable> running = new ArrayDeque<>();
  private final Path folder;

  private RealServers(Path folder) {
    this.folder = folder;
  }

  /** Starts those that this machine has. */
  static RealServers start(Path folder, int witness) throws IOException {
    RealServers servers = new RealServers(folder);
    servers.jdk();
    if (isThere("python3")) {
      servers.program("python", servers.written("server.py", PYTHON), "python3", "-u", "@", "#");
    }
    if (isThere("node")) {
      servers.program("node", servers.written("server.js", NODE), "node", "@", "#");
    }
    if (isThere("apache2")) {
      servers.apache(witness);
    }
    if (isThere("nginx")) {
      servers.nginx(witness);
    }
    return servers;
  }

  /** Where each listens. */
  Map<String, Integer> ports() {
    return ports;
  }

  private static boolean isThere(String program) {
    for (String place : List.of("/usr/bin", "/usr/sbin", "/usr/local/bin")) {
      if (new File(place, program).canExecute()) {
        return true;
      }
    }
    return false;
  }

  private Path written(String name, String text) throws IOException {
    return Files.writeString(folder.resolve(name), text);
  }

  private void jdk() throws IOException {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1024);
    var threads = Executors.newVirtualThreadPerTaskExecutor();
    server.setExecutor(threads);
    server.createContext(
        "/",
        exchange -> {
          int length = exchange.getRequestBody().readAllBytes().length;
          String host = Objects.toString(exchange.getRequestHeaders().getFirst("Host"), "");
          exchange
              .getResponseHeaders()
              .set(
                  Witness.SEEN,
                  Witness.line(
                      exchange.getRequestMethod(),
                      exchange.getRequestURI().toString(),
                      host,
                      length));
          exchange.sendResponseHeaders(200, -1);
          exchange.close();
        });
    server.start();
    ports.put("the JDK's", server.getAddress().getPort());
    running.push(threads);
    running.push(() -> server.stop(0));
  }

  private static final String PYTHON =
      """
      import sys
      from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
      class Seen(BaseHTTPRequestHandler):
          protocol_version = 'HTTP/1.1'
          def body(self):
              if self.headers.get('Transfer-Encoding', '').lower() != 'chunked':
                  return len(self.rfile.read(int(self.headers.get('Content-Length', 0))))
              total = 0
              while True:
                  size = int(self.rfile.readline().split(b';')[0], 16)
                  if size == 0:
                      while self.rfile.readline().strip():
                          pass
                      return total
                  total += len(self.rfile.read(size))
                  self.rfile.readline()
          def answer(self):
              n = self.body()
              self.send_response(200)
              self.send_header('X-Seen', f"{self.command} {self.requestline.split()[1]} {self.headers.get('Host', '').lower()} {n}")
              self.send_header('Content-Length', '0')
              self.end_headers()
          def __getattr__(self, name):
              if name.startswith('do_'):
                  return self.answer
              raise AttributeError(name)
          def log_message(self, *what):
              pass
      class Server(ThreadingHTTPServer):
          request_queue_size = 256
          daemon_threads = True
      Server(('127.0.0.1', int(sys.argv[1])), Seen).serve_forever()
      """;

  private static final String NODE =
      """
      const server = require('http').createServer((request, answer) => {
        let n = 0;
        request.on('data', piece => { n += piece.length; });
        request.on('end', () => {
          const host = (request.headers.host || '').toLowerCase();
          answer.setHeader('X-Seen', `${request.method} ${request.url} ${host} ${n}`);
          answer.setHeader('Content-Length', '0');
          answer.end();
        });
      });
      server.listen(Number(process.argv[2]), '127.0.0.1');
      """;

  private void apache(int witness) throws IOException {
    boolean root = new com.sun.security.auth.module.UnixSystem().getUid() == 0;
    int port = freePort();
    Path configuration =
        written(
            "apache.conf",
            """
            ServerName localhost
            ServerRoot %1$s
            Listen 127.0.0.1:%2$d
            PidFile %1$s/apache.pid
            ErrorLog %1$s/apache.errors
            %4$s
            LoadModule mpm_event_module /usr/lib/apache2/modules/mod_mpm_event.so
            LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so
            LoadModule proxy_module /usr/lib/apache2/modules/mod_proxy.so
            LoadModule proxy_http_module /usr/lib/apache2/modules/mod_proxy_http.so
            AllowEncodedSlashes NoDecode
            ProxyPreserveHost On
            ProxyPass / http://127.0.0.1:%3$d/ nocanon
            """
                .formatted(folder, port, witness, root ? "User nobody\nGroup nogroup" : ""));
    // When it ends it ends its process group, which would be the test's without setsid.
    run("apache", port, "setsid", "apache2", "-f", configuration.toString(), "-DFOREGROUND");
  }

  private void nginx(int witness) throws IOException {
    int port = freePort();
    Path configuration =
        written(
            "nginx.conf",
            """
            daemon off;
            pid %1$s/nginx.pid;
            error_log %1$s/nginx.errors;
            worker_processes 1;
            events { worker_connections 512; }
            http {
              access_log off;
              client_body_temp_path %1$s/nginx-body;
              proxy_temp_path %1$s/nginx-proxy;
              fastcgi_temp_path %1$s/nginx-fastcgi;
              uwsgi_temp_path %1$s/nginx-uwsgi;
              scgi_temp_path %1$s/nginx-scgi;
              server {
                listen 127.0.0.1:%2$d;
                merge_slashes off;
                location / {
                  proxy_pass http://127.0.0.1:%3$d;
                  proxy_http_version 1.1;
                  proxy_set_header Host $http_host;
                }
              }
            }
            """
                .formatted(folder, port, witness));
    run("nginx", port, "nginx", "-p", folder.toString(), "-c", configuration.toString());
  }

  private void program(String name, Path script, String... command) throws IOException {
    int port = freePort();
    List<String> words = new ArrayList<>();
    for (String word : command) {
      words.add(
          word.equals("@") ? script.toString() : word.equals("#") ? String.valueOf(port) : word);
    }
    run(name, port, words.toArray(String[]::new));
  }

  private void run(String name, int port, String... command) throws IOException {
    Path output = folder.resolve(name + ".output");
    Process process =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    running.push(() -> {
      process.destroy();
      if (!process.waitFor(10, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
      }
    });
    for (int i = 0; i < TRIES && process.isAlive(); i++) {
      try (Socket socket = new Socket()) {
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1000);
        ports.put(name, port);
        return;
      } catch (IOException e) {
        LockSupport.parkNanos(POLL_NANOS);
      }
    }
    String said = Files.readString(output, StandardCharsets.UTF_8);
    throw new IOException(name + " does not start: " + said);
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  @Override
  public void close() throws Exception {
    for (AutoCloseable server : running) {
      server.close();
    }
  }
}

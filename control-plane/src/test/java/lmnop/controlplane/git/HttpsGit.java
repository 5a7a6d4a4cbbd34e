package lmnop.controlplane.git;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManagerFactory;

/**
 * Git's own server, {@code git http-backend}, behind TLS. While it runs, this JVM trusts its
 * certificate.
 */
final class HttpsGit implements AutoCloseable {
  private static final String PASSWORD = "changeit";

  private final Path root;
  private final HttpsServer server;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final SSLSocketFactory trustedBefore = HttpsURLConnection.getDefaultSSLSocketFactory();

  /** Serves the repositories below a folder, by their paths. */
  HttpsGit(Path root) throws Exception {
    this.root = root;
    SSLContext tls = certified(root.resolve("server.p12"));
    server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 16);
    server.setHttpsConfigurator(new HttpsConfigurator(tls));
    server.setExecutor(threads);
    server.createContext("/", this::answer);
    server.createContext("/moved/", HttpsGit::redirect);
    server.start();
    HttpsURLConnection.setDefaultSSLSocketFactory(tls.getSocketFactory());
  }

  URI url(String path) {
    return URI.create("https://localhost:" + server.getAddress().getPort() + "/" + path);
  }

  private static SSLContext certified(Path file) throws Exception {
    Path keytool = Path.of(ProcessHandle.current().info().command().orElse("java"));
    List<String> command = new ArrayList<>();
    command.add(keytool.resolveSibling("keytool").toString());
    command.addAll(List.of("-genkeypair", "-keyalg", "EC", "-alias", "server"));
    command.addAll(List.of("-dname", "CN=localhost", "-ext", "san=dns:localhost"));
    command.addAll(List.of("-storetype", "PKCS12", "-storepass", PASSWORD));
    command.addAll(List.of("-keystore", file.toString()));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), UTF_8);
    if (process.waitFor() != 0) {
      throw new IOException(said);
    }
    KeyStore keys = KeyStore.getInstance(file.toFile(), PASSWORD.toCharArray());
    KeyManagerFactory own = KeyManagerFactory.getInstance("PKIX");
    own.init(keys, PASSWORD.toCharArray());
    KeyStore trusted = KeyStore.getInstance("PKCS12");
    trusted.load(null, null);
    trusted.setCertificateEntry("server", keys.getCertificate("server"));
    TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
    trust.init(trusted);
    SSLContext tls = SSLContext.getInstance("TLS");
    tls.init(own.getKeyManagers(), trust.getTrustManagers(), null);
    return tls;
  }

  private static void redirect(HttpExchange exchange) throws IOException {
    try (exchange) {
      exchange.getResponseHeaders().set("Location", "http://169.254.169.254/latest");
      exchange.sendResponseHeaders(302, -1);
    }
  }

  /** The Common Gateway Interface, as far as git asks for it. */
  private void answer(HttpExchange exchange) throws IOException {
    ProcessBuilder backend =
        Work.prepare(
            root,
            Map.of(
                "GIT_PROJECT_ROOT", root.toString(),
                "GIT_HTTP_EXPORT_ALL", "1",
                "PATH_INFO", exchange.getRequestURI().getPath(),
                "QUERY_STRING", String.valueOf(exchange.getRequestURI().getQuery()),
                "REQUEST_METHOD", exchange.getRequestMethod(),
                "CONTENT_TYPE", header(exchange, "Content-Type"),
                "HTTP_CONTENT_ENCODING", header(exchange, "Content-Encoding"),
                "HTTP_GIT_PROTOCOL", header(exchange, "Git-Protocol"),
                "REMOTE_ADDR", "127.0.0.1"),
            "http-backend");
    Process process = backend.redirectErrorStream(false).start();
    try (exchange) {
      try (OutputStream in = process.getOutputStream()) {
        exchange.getRequestBody().transferTo(in);
      }
      InputStream out = new BufferedInputStream(process.getInputStream());
      int status = 200;
      for (String line = line(out); !line.isEmpty(); line = line(out)) {
        String[] field = line.split(": ", 2);
        if (field[0].equals("Status")) {
          status = Integer.parseInt(field[1].substring(0, 3));
        } else {
          exchange.getResponseHeaders().set(field[0], field[1]);
        }
      }
      exchange.sendResponseHeaders(status, 0);
      out.transferTo(exchange.getResponseBody());
    }
  }

  private static String header(HttpExchange exchange, String name) {
    return exchange.getRequestHeaders().getOrDefault(name, List.of("")).getFirst();
  }

  private static String line(InputStream in) throws IOException {
    StringBuilder line = new StringBuilder();
    for (int b = in.read(); b != '\n' && b >= 0; b = in.read()) {
      line.append((char) b);
    }
    return line.toString().strip();
  }

  @Override
  public void close() throws IOException {
    HttpsURLConnection.setDefaultSSLSocketFactory(trustedBefore);
    server.stop(0);
    threads.shutdownNow();
    Files.deleteIfExists(root.resolve("server.p12"));
  }
}

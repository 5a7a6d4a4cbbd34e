package lmnop.builderworker;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** A Python package index of the tests' own, as pip asks it. */
final class PackageIndex implements AutoCloseable {
  private final HttpServer server;
  private final Map<String, byte[]> wheels = new TreeMap<>();
  private final AtomicInteger requests = new AtomicInteger();

  PackageIndex() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 16);
    server.createContext("/", this::answer);
    server.start();
  }

  /** Settings of a worker whose dependency steps use this index. */
  String[] settings() {
    String url = "http://127.0.0.1:" + port() + "/simple";
    return new String[] {
      "dependency-environment[PIP_INDEX_URL]=" + url, "dependency-environment[PIP_RETRIES]=0"
    };
  }

  int port() {
    return server.getAddress().getPort();
  }

  int requests() {
    return requests.get();
  }

  /** Offers a package of one module. */
  void wheel(String name, String version, String module) throws IOException {
    String info = name + "-" + version + ".dist-info/";
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(out)) {
      entry(zip, name + ".py", module);
      entry(
          zip,
          info + "METADATA",
          "Metadata-Version: 2.1\nName: %s\nVersion: %s\n".formatted(name, version));
      entry(zip, info + "WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n");
      entry(
          zip,
          info + "RECORD",
          "%s.py,,\n%sMETADATA,,\n%sWHEEL,,\n%sRECORD,,\n".formatted(name, info, info, info));
    }
    wheels.put(name + "-" + version + "-py3-none-any.whl", out.toByteArray());
  }

  private static void entry(ZipOutputStream zip, String name, String content) throws IOException {
    zip.putNextEntry(new ZipEntry(name));
    zip.write(content.getBytes(StandardCharsets.UTF_8));
    zip.closeEntry();
  }

  private void answer(HttpExchange exchange) throws IOException {
    requests.incrementAndGet();
    try (exchange) {
      String path = exchange.getRequestURI().getPath();
      String last = path.replaceAll("/$", "").replaceAll(".*/", "");
      byte[] wheel = wheels.get(last);
      StringBuilder links = new StringBuilder("<!DOCTYPE html><html><body>");
      wheels.keySet().stream()
          .filter(file -> file.startsWith(last + "-"))
          .forEach(file -> links.append("<a href=\"/files/%s\">%s</a>".formatted(file, file)));
      byte[] body = wheel != null ? wheel : links.toString().getBytes(StandardCharsets.UTF_8);
      boolean known = wheel != null || links.indexOf("href") > 0;
      exchange
          .getResponseHeaders()
          .set("Content-Type", wheel != null ? "application/octet-stream" : "text/html");
      exchange.sendResponseHeaders(known ? 200 : 404, body.length);
      exchange.getResponseBody().write(body);
    }
  }

  @Override
  public void close() {
    server.stop(0);
  }
}

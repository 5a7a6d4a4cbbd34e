package lmnop.loadtest;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import lmnop.loadtest.platform.RunningPlatform;

/**
 * Asks the public listener for what only internal ones answer, in all the ways by which somebody
 * may hope to get through, and knows the answers that would show it.
 */
final class Surfaces {
  private static final int PUBLIC = 2; // the router's listener, and the control plane's

  private static final List<String> PATHS =
      List.of(
          "/metrics",
          "/health",
          "/health/ready",
          "/health/live",
          "/explain",
          "/in-flight",
          "/actuator",
          "/actuator/env",
          "/system/functions",
          "/system/info",
          "/system/alert",
          "/system/scale-function/steady",
          "/internal/builds/1/source");

  /** Ways to write a path. */
  private static final List<String> SPELLINGS =
      List.of(
          "%s",
          "/%s", "/function/steady/../..%s", "/function/steady/%%2e%%2e/%%2e%%2e%s", "/..;%s");

  /** Ways to say where a request is meant to go, beside its first line and its host. */
  private static final List<String> HINTS =
      List.of(
          "",
          "X-Original-URL: %1$s\r\n",
          "X-Rewrite-URL: %1$s\r\n",
          "X-Forwarded-Host: %2$s\r\nX-Forwarded-Prefix: %1$s\r\n",
          "Upgrade: h2c\r\nConnection: close, Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABk\r\n");

  private final int port;
  private final List<URI> internal;
  private final Set<String> fingerprints = new HashSet<>();
  private final List<String> reached = new ArrayList<>();
  private int asked;

  Surfaces(RunningPlatform platform) throws Exception {
    List<URI> all = platform.listeners();
    this.port = all.getFirst().getPort();
    this.internal = all.subList(PUBLIC, all.size());
    for (URI listener : internal) {
      for (String path : PATHS) {
        fingerprint(send(listener.getPort(), "GET " + path, listener.getAuthority(), ""));
      }
    }
  }

  private void fingerprint(String answer) {
    String body = body(answer);
    if (!body.isBlank() && !body.contains("There is nothing at this address")) {
      fingerprints.add(status(answer) + body);
    }
  }

  private static String status(String answer) {
    return answer.lines().findFirst().orElse("").replaceAll("^HTTP/1.1 (\\d+).*", "$1 ");
  }

  private static String body(String answer) {
    int end = answer.indexOf("\r\n\r\n");
    return end < 0 ? "" : answer.substring(end + 4).strip();
  }

  /** How many different answers are known that only internal listeners give. */
  int fingerprints() {
    return fingerprints.size();
  }

  void askEverything() throws IOException {
    List<String> hosts = new ArrayList<>(internal.stream().map(URI::getAuthority).toList());
    hosts.addAll(
        List.of(
            "127.0.0.1:" + port, "localhost", "steady.apps.localhost", "kubernetes.default.svc"));
    for (String host : hosts) {
      for (String path : PATHS) {
        for (String hint : HINTS) {
          for (String spelling : SPELLINGS) {
            ask(spelling.formatted(path), path, host, hint);
          }
        }
        ask("http://" + internal.getFirst().getAuthority() + path, path, host, "");
      }
    }
  }

  private void ask(String target, String path, String host, String hint) throws IOException {
    String headers = hint.formatted(path, internal.getFirst().getAuthority());
    String answer = send(port, "GET " + target, host, headers);
    asked++;
    if (fingerprints.contains(status(answer) + body(answer))) {
      reached.add(target + " of " + host + " with " + headers + ": " + answer);
    }
  }

  private static String send(int port, String line, String host, String headers)
      throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setSoTimeout(20_000); // milliseconds
      String closing = headers.contains("Connection") ? "" : "Connection: close\r\n";
      String request = line + " HTTP/1.1\r\nHost: " + host + "\r\n" + headers + closing + "\r\n";
      socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
    }
  }

  /** What was answered by what is internal. */
  List<String> reached() {
    return reached;
  }

  int asked() {
    return asked;
  }
}

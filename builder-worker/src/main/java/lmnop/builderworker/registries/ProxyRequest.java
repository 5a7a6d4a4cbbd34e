package lmnop.builderworker.registries;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a program asks a proxy for: a tunnel, or one request of plain HTTP.
 *
 * @param path what the host is asked for; empty for a tunnel
 * @param headers those that are the host's business
 */
record ProxyRequest(String method, String host, int port, String path, List<String> headers) {
  private static final Pattern TUNNEL =
      Pattern.compile("(\\[[^\\]]{1,100}]|[^:/@\\s]{1,253}):(\\d{1,5})");
  private static final int HTTP = 80;
  private static final int LONGEST_HOST = 253;

  /** Headers between a program and its proxy; a host is told by us who it is. */
  private static final Set<String> OURS =
      Set.of("host", "connection", "keep-alive", "upgrade", "te", "trailer");

  ProxyRequest {
    headers = List.copyOf(headers);
  }

  /** Reads everything up to the empty line; says what is wrong with anything else. */
  static ProxyRequest parse(String head) {
    List<String> lines = List.of(head.split("\r?\n"));
    String[] words = lines.getFirst().split(" ", -1);
    if (words.length != 3 || !words[2].startsWith("HTTP/1.")) {
      throw new IllegalArgumentException("this is a proxy, it is asked for hosts by HTTP/1.1");
    }
    return words[0].equals("CONNECT") ? tunnel(words[1]) : plain(words[0], words[1], lines);
  }

  private static ProxyRequest tunnel(String target) {
    Matcher matcher = TUNNEL.matcher(target);
    if (!matcher.matches()) {
      throw new IllegalArgumentException("'" + target + "' is no host and port");
    }
    return new ProxyRequest(
        "CONNECT", matcher.group(1), Integer.parseInt(matcher.group(2)), "", List.of());
  }

  private static ProxyRequest plain(String method, String target, List<String> lines) {
    URI uri = URI.create(target);
    if (!"http".equalsIgnoreCase(uri.getScheme())
        || uri.getHost() == null
        || uri.getHost().length() > LONGEST_HOST) {
      throw new IllegalArgumentException(
          "'" + target + "' is no address of plain HTTP; others are asked for by CONNECT");
    }
    List<String> headers = new ArrayList<>();
    for (String line : lines.subList(1, lines.size())) {
      String name = line.split(":", 2)[0].strip().toLowerCase(Locale.ROOT);
      if (!OURS.contains(name) && !name.startsWith("proxy-") && !line.isBlank()) {
        headers.add(line);
      }
    }
    String path = uri.getRawPath() == null || uri.getRawPath().isEmpty() ? "/" : uri.getRawPath();
    String query = uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery();
    int port = uri.getPort() < 0 ? HTTP : uri.getPort();
    return new ProxyRequest(method, uri.getHost(), port, path + query, headers);
  }

  boolean isTunnel() {
    return method.equals("CONNECT");
  }

  String target() {
    return host + ":" + port;
  }

  /** What the host gets to read; it closes afterwards, so that the next request is judged too. */
  byte[] toHost() {
    return head(path, List.of());
  }

  /** What a further proxy gets to read. */
  byte[] toProxy(String authorization) {
    List<String> more =
        authorization.isEmpty() ? List.of() : List.of("Proxy-Authorization: " + authorization);
    return head(isTunnel() ? target() : "http://" + target() + path, more);
  }

  private byte[] head(String what, List<String> more) {
    List<String> lines = new ArrayList<>();
    lines.add(method + " " + what + " HTTP/1.1");
    lines.add("Host: " + (port == HTTP ? host : target()));
    lines.addAll(more);
    if (!isTunnel()) {
      lines.add("Connection: close");
      lines.addAll(headers);
    }
    return (String.join("\r\n", lines) + "\r\n\r\n").getBytes(StandardCharsets.ISO_8859_1);
  }
}

package lmnop.builderworker.registries;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The proxy that this machine itself has to use. Steps never see it, nor its password.
 *
 * @param authorization the value of {@code Proxy-Authorization}; empty without a password
 * @param direct hosts that are reached without it, and those below them
 */
record Upstream(String host, int port, String authorization, List<String> direct) {
  /** Variables that say how to get out of this machine; a step gets others. */
  static final Set<String> VARIABLES =
      Set.of(
          "HTTP_PROXY",
          "HTTPS_PROXY",
          "ALL_PROXY",
          "NO_PROXY",
          "http_proxy",
          "https_proxy",
          "all_proxy",
          "no_proxy",
          "PIP_PROXY");

  private static final List<String> IN_ORDER =
      List.of(
          "https_proxy",
          "HTTPS_PROXY",
          "PIP_PROXY",
          "all_proxy",
          "ALL_PROXY",
          "http_proxy",
          "HTTP_PROXY");
  private static final int PORT = 3128; // where proxies listen if nothing is said

  static Optional<Upstream> of(Map<String, String> environment) {
    List<String> direct =
        Stream.of("no_proxy", "NO_PROXY")
            .map(name -> environment.getOrDefault(name, ""))
            .flatMap(text -> Arrays.stream(text.split("[,\\s]+")))
            .map(name -> name.toLowerCase(Locale.ROOT).replaceFirst("^\\*?\\.", ""))
            .filter(name -> !name.isEmpty())
            .toList();
    return IN_ORDER.stream()
        .map(environment::get)
        .filter(value -> value != null && !value.isBlank())
        .findFirst()
        .map(value -> parse(value.strip(), direct));
  }

  static Upstream parse(String text, List<String> direct) {
    URI uri = URI.create(text.contains("://") ? text : "http://" + text);
    if (uri.getHost() == null || !"http".equals(uri.getScheme())) {
      throw new IllegalArgumentException(
          "the proxy of dependency-environment is no address like http://proxy.example.org:3128");
    }
    String user = uri.getUserInfo();
    String authorization =
        user == null
            ? ""
            : "Basic " + Base64.getEncoder().encodeToString(user.getBytes(StandardCharsets.UTF_8));
    return new Upstream(
        uri.getHost(), uri.getPort() < 0 ? PORT : uri.getPort(), authorization, direct);
  }

  /** Whether a host is reached through this proxy. */
  boolean leadsTo(String host) {
    String small = host.toLowerCase(Locale.ROOT);
    return direct.stream()
        .noneMatch(name -> name.equals("*") || small.equals(name) || small.endsWith("." + name));
  }

  /** Never the password. */
  @Override
  public String toString() {
    return host + ":" + port;
  }
}

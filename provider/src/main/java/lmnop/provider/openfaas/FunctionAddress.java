package lmnop.provider.openfaas;

import java.net.URI;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Where routers reach the functions: at the gateway, or each at an address of its own.
 *
 * @param host may have {@code {name}} in it
 * @param pathPrefix the same
 */
record FunctionAddress(String host, int port, String pathPrefix) {
  private static final String NAME = "{name}";
  private static final String STAND_IN = "0name0"; // what a URI may hold
  private static final int HTTP = 80;

  static FunctionAddress of(OpenFaasSettings settings) {
    String template = settings.functions();
    if (template != null) {
      return parse(template);
    }
    String gateway = Objects.toString(settings.url(), "").replaceAll("/+$", "");
    OpenFaasSettings.require(
        gateway.startsWith("http://"),
        "openfaas.url is '%s', and routers speak http to functions: name an address for that with openfaas.functions"
            .formatted(gateway));
    return parse(gateway + "/function/" + NAME);
  }

  static FunctionAddress parse(String template) {
    URI uri = uri(template.replace(NAME, STAND_IN));
    OpenFaasSettings.require(
        uri != null
            && "http".equals(uri.getScheme())
            && uri.getHost() != null
            && uri.getRawQuery() == null
            && template.contains(NAME),
        "openfaas.functions is '%s': an address as http://{name}.openfaas-fn:8080 is expected"
            .formatted(template));
    URI known = Objects.requireNonNull(uri);
    return new FunctionAddress(
        known.getHost().replace(STAND_IN, NAME),
        known.getPort() < 0 ? HTTP : known.getPort(),
        Objects.toString(known.getRawPath(), "").replaceAll("/+$", "").replace(STAND_IN, NAME));
  }

  private static @Nullable URI uri(String text) {
    try {
      return URI.create(text);
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  String host(String function) {
    return host.replace(NAME, function);
  }

  String pathPrefix(String function) {
    return pathPrefix.replace(NAME, function);
  }

  /** Where one path of a function is. */
  URI of(String function, String path) {
    return URI.create(
        "http://%s:%d%s%s".formatted(host(function), port, pathPrefix(function), path));
  }

  /** Whether calls pass something that speaks HTTP/1.1 alone. */
  boolean isGateway() {
    return pathPrefix.contains(NAME);
  }
}

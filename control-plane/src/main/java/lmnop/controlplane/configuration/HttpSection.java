package lmnop.controlplane.configuration;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import lmnop.controlplane.configuration.FunctionConfiguration.Http;
import lmnop.controlplane.configuration.Values.Rule;
import lmnop.registry.table.RoutePolicy.Cors;
import lmnop.registry.table.RoutePolicy.Rate;
import lmnop.registry.table.RoutePolicy.Sticky;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/** The section {@code http} of a {@code function.yml}. */
final class HttpSection {
  private static final long MEBIBYTE = 1 << 20;
  private static final int LARGEST_BODY = 64 * 1024; // MiB
  private static final int MOST_REQUESTS = 1_000_000;
  private static final Pattern RATE = Pattern.compile("([0-9]{1,7})/(s|m|h)");
  private static final Map<String, Duration> UNITS =
      Map.of("s", Duration.ofSeconds(1), "m", Duration.ofMinutes(1), "h", Duration.ofHours(1));
  private static final List<String> USUAL_METHODS =
      List.of("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE");

  private static final Rule ORIGIN =
      Rule.of(
          Pattern.compile("\\*|https?://[a-z0-9.-]+(:[0-9]{1,5})?|null"),
          "write an origin as browsers do, https://example.com, without a path, or *");
  private static final Rule METHOD =
      Rule.of(Pattern.compile("[A-Z]{1,20}"), "write a method in capitals, as GET");
  private static final Rule HEADER =
      Rule.of(
          Pattern.compile("\\*|[A-Za-z0-9-]{1,64}"),
          "write a header's name, as X-Token, or * for those that a page asks for");

  private final Problems problems;
  private final Values values;

  HttpSection(Problems problems, Values values) {
    this.problems = problems;
    this.values = values;
  }

  Http read(@Nullable Node node) {
    if (node == null) {
      return Http.DEFAULT;
    }
    Section keys =
        Section.of(
            node,
            "http.",
            List.of("protocol", "body-limit", "rate", "cors", "retries", "sticky"),
            Set.of("compression"),
            problems);
    Integer body = values.mebibytes(keys.get("body-limit"), "http.body-limit", 1, LARGEST_BODY);
    Node rate = keys.get("rate");
    boolean both = rate instanceof MappingNode;
    Section rates =
        both && rate != null
            ? Section.of(rate, "http.rate.", List.of("function", "client"), Set.of(), problems)
            : Section.empty();
    return new Http(
        body == null ? null : body * MEBIBYTE,
        both ? rate(rates.get("function"), "http.rate.function") : rate(rate, "http.rate"),
        rate(rates.get("client"), "http.rate.client"),
        cors(keys.get("cors")),
        retries(keys.get("retries")),
        sticky(keys.get("sticky")),
        protocol(keys.get("protocol")));
  }

  private @Nullable String protocol(@Nullable Node node) {
    String text = values.text(node, "http.protocol");
    if (node != null && text != null && !text.equals("http1") && !text.equals("h2c")) {
      problems.add(
          node,
          "`http.protocol` is '%s'; write http1, or h2c for a function that speaks HTTP/2 without"
              + " encryption, as gRPC does",
          text);
    }
    return text;
  }

  private @Nullable Rate rate(@Nullable Node node, String what) {
    String text = values.text(node, what);
    if (node == null || text == null) {
      return null;
    }
    Matcher matcher = RATE.matcher(text.strip());
    int requests = matcher.matches() ? Integer.parseInt(matcher.group(1)) : 0;
    Duration unit = matcher.matches() ? UNITS.get(matcher.group(2)) : null;
    if (unit == null || requests < 1 || requests > MOST_REQUESTS) {
      problems.add(
          node,
          "`%s` is '%s'; write requests in a second, a minute or an hour, as 100/s or 600/m",
          what,
          text);
      return null;
    }
    return new Rate(requests, unit.toMillis());
  }

  private @Nullable Boolean retries(@Nullable Node node) {
    String text = values.text(node, "http.retries");
    if (node == null || text == null) {
      return null;
    }
    if (!text.equals("safe") && !text.equals("none")) {
      problems.add(node, "`http.retries` is '%s'; write safe or none", text);
    }
    return !text.equals("none");
  }

  private @Nullable Sticky sticky(@Nullable Node node) {
    String text = values.text(node, "http.sticky");
    if (node == null || text == null) {
      return null;
    }
    if (!text.equals("call-id") && !text.equals("cookie")) {
      problems.add(node, "`http.sticky` is '%s'; write call-id or cookie", text);
    }
    return text.equals("cookie") ? Sticky.COOKIE : Sticky.CALL_ID;
  }

  private @Nullable Cors cors(@Nullable Node node) {
    if (node == null) {
      return null;
    }
    if (!(node instanceof MappingNode)) {
      return new Cors(origins(node, "http.cors"), USUAL_METHODS, List.of("*"), false, null);
    }
    Section keys =
        Section.of(
            node,
            "http.cors.",
            List.of("origins", "methods", "headers", "credentials", "max-age"),
            Set.of(),
            problems);
    List<String> origins = origins(keys.get("origins"), "http.cors.origins");
    boolean credentials = isTrue(keys.get("credentials"), "http.cors.credentials");
    if (credentials && origins.contains("*")) {
      problems.add(
          node, "`http.cors` allows every origin to send cookies: name the origins that may");
    }
    Duration age =
        values.duration(
            keys.get("max-age"), "http.cors.max-age", Duration.ofSeconds(1), Duration.ofHours(24));
    List<String> methods = values.list(keys.get("methods"), "http.cors.methods", METHOD);
    List<String> headers = values.list(keys.get("headers"), "http.cors.headers", HEADER);
    return new Cors(
        origins,
        methods.isEmpty() ? USUAL_METHODS : methods,
        headers.isEmpty() ? List.of("*") : headers,
        credentials,
        age == null ? null : age.toSeconds());
  }

  private List<String> origins(@Nullable Node node, String what) {
    if (node == null) {
      return List.of();
    }
    if (node instanceof SequenceNode) {
      return values.list(node, what, ORIGIN);
    }
    String one = values.checked(node, what, ORIGIN);
    return one == null ? List.of() : List.of(one);
  }

  private boolean isTrue(@Nullable Node node, String what) {
    String text = values.text(node, what);
    if (node != null && text != null && !text.equals("true") && !text.equals("false")) {
      problems.add(node, "`%s` is '%s'; write true or false", what, text);
    }
    return "true".equals(text);
  }
}

package lmnop.controlplane.builds;

import static lmnop.operations.database.Rows.need;

import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import lmnop.operations.database.Database;
import org.jspecify.annotations.Nullable;

/** The addresses at which functions are reached from outside. */
public final class FunctionUrls {
  private static final Duration ANSWER = Duration.ofSeconds(10);

  private record Reached(String function, String owner, String host, @Nullable String access) {}

  private final Database database;
  private final URI publicUrl;
  private final String appsDomain;

  /**
   * Knows the addresses.
   *
   * @param publicUrl the routers' address on a bare host name; its scheme and port are everybody's
   */
  public FunctionUrls(Database database, URI publicUrl, String appsDomain) {
    this.database = database;
    this.publicUrl = publicUrl;
    this.appsDomain = appsDomain;
  }

  /** The URLs of what a build made: the function's own host first. */
  List<String> ofBuild(long build) {
    List<Reached> reached =
        database
            .all(
                """
                SELECT f.name, o.name AS owner, r.host, b.policy ->> 'access' AS access
                FROM build_functions b JOIN functions f ON f.id = b.function_id
                JOIN owners o ON o.id = f.owner_id JOIN routes r ON r.function_id = f.id
                JOIN revisions v ON v.id = b.revision_id AND v.preview_ref IS NULL
                WHERE b.build_id = :build AND r.kind = 'function' ORDER BY f.id, length(r.host)
                """,
                Map.of("build", build),
                row ->
                    new Reached(
                        need(row, "name", String.class),
                        need(row, "owner", String.class),
                        need(row, "host", String.class),
                        row.get("access", String.class)))
            .collectList()
            .block(ANSWER);
    return Objects.requireNonNullElse(reached, List.<Reached>of()).stream()
        .flatMap(this::urls)
        .distinct()
        .toList();
  }

  /** A preview that a push made, as its pusher is told. */
  record Preview(String title, String url) {}

  /** The previews that a build made. */
  List<Preview> ofPreviews(long build) {
    return Objects.requireNonNullElse(
        database
            .all(
                """
                SELECT r.host, r.ref, r.expires_at, b.policy ->> 'access' AS access
                FROM build_functions b JOIN routes r ON r.revision_id = b.revision_id
                WHERE b.build_id = :build AND r.kind = 'preview' ORDER BY b.function_id
                """,
                Map.of("build", build),
                row ->
                    new Preview(
                        "Preview of %s until %s:"
                            .formatted(
                                need(row, "ref", String.class).substring("refs/heads/".length()),
                                need(row, "expires_at", Instant.class)
                                    .truncatedTo(ChronoUnit.SECONDS)),
                        onHost(need(row, "host", String.class))
                            + condition(row.get("access", String.class))))
            .collectList()
            .block(ANSWER),
        List.of());
  }

  private Stream<String> urls(Reached function) {
    return Stream.of(
            onHost(function.host()), path(function.owner(), function.function(), function.host()))
        .map(url -> url + condition(function.access()));
  }

  private static String condition(@Nullable String access) {
    return switch (access) {
      case "TOKEN" -> "  (with a token in X-Lmnop-Token)";
      case "INTERNAL" -> "  (through the routers' internal listener only)";
      case null, default -> "";
    };
  }

  /** The URL of a host that leads to a function. */
  public String onHost(String host) {
    int port = publicUrl.getPort();
    return publicUrl.getScheme() + "://" + host + (port < 0 ? "" : ":" + port) + "/";
  }

  private String path(String owner, String function, String host) {
    boolean shortest = host.equals(function + "." + appsDomain);
    String path = shortest ? "/function/" + function : "/fn/" + owner + "/" + function;
    return publicUrl.resolve(path).toString();
  }
}

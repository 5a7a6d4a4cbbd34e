package lmnop.controlplane.crashes;

import static lmnop.operations.database.Rows.need;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import lmnop.controlplane.accounts.Refused;
import lmnop.operations.database.Database;
import lmnop.providerapi.Crash;
import lmnop.providerapi.FunctionProvider;
import lmnop.registry.names.FunctionName;
import lmnop.registry.names.OwnerName;
import org.jspecify.annotations.Nullable;

/** Functions' crashes, read from the provider. Everything here blocks. */
public final class Crashes {
  private static final Duration ANSWER = Duration.ofSeconds(10);

  private final Database database;
  private final FunctionProvider provider;

  public Crashes(Database database, FunctionProvider provider) {
    this.database = database;
    this.provider = provider;
  }

  /** A function as the provider knows it. */
  private record Known(long id, String namespace) {}

  private record Built(int number, @Nullable String commit) {}

  /** A function's crashes without their lines, the last first. */
  public List<FunctionCrash> of(OwnerName owner, FunctionName function) {
    Known known = known(owner, function);
    return provider.crashes(String.valueOf(known.id()), known.namespace()).stream()
        .map(this::seen)
        .toList();
  }

  /** One of them with its lines. */
  public FunctionCrash one(OwnerName owner, FunctionName function, int number) {
    Known known = known(owner, function);
    return provider
        .crash(String.valueOf(known.id()), known.namespace(), number)
        .map(this::seen)
        .orElseThrow(() ->
            new Refused(
                "%s has no crash %d: ./lmnop crashes %s shows all."
                    .formatted(function, number, function)));
  }

  private Known known(OwnerName owner, FunctionName function) {
    return database
        .one(
            """
            SELECT f.id, coalesce(
              (SELECT p.namespace FROM release_functions p
               WHERE p.function_id = f.id ORDER BY p.release_id DESC LIMIT 1), o.name) AS namespace
            FROM functions f JOIN owners o ON o.id = f.owner_id
            WHERE o.name = :owner AND f.name = :function
            """,
            Map.of("owner", owner.value(), "function", function.value()),
            row -> new Known(need(row, "id", Long.class), need(row, "namespace", String.class)))
        .blockOptional(ANSWER)
        .orElseThrow(() ->
            new Refused(
                "%s has no function '%s': look for a typing error.".formatted(owner, function)));
  }

  private FunctionCrash seen(Crash crash) {
    Long revision = crash.revision();
    Optional<Built> built =
        revision == null
            ? Optional.empty()
            : database
                .one(
                    "SELECT number, commit FROM revisions WHERE id = :id",
                    Map.of("id", revision),
                    row ->
                        new Built(
                            need(row, "number", Integer.class), row.get("commit", String.class)))
                .blockOptional(ANSWER);
    return new FunctionCrash(
        crash, built.map(Built::number).orElse(null), built.map(Built::commit).orElse(null));
  }
}

package lmnop.provider.registry;

import static lmnop.operations.database.Rows.need;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import lmnop.operations.database.Database;
import lmnop.provider.api.Serving;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The workloads with traffic, as the control plane has written them. */
public final class ServingStore implements Serving {
  private static final Logger log = LoggerFactory.getLogger(ServingStore.class);
  private static final Duration ANSWER = Duration.ofSeconds(2);

  private final Database database;

  public ServingStore(Database database) {
    this.database = database;
  }

  @Override
  public Optional<Set<String>> workloads(String function, String namespace) {
    try {
      List<String> found =
          database
              .all(
                  """
                  SELECT t.workload FROM functions f JOIN owners o ON o.id = f.owner_id
                  JOIN traffic t ON t.function_id = f.id AND t.weight > 0
                  WHERE o.name = :owner AND f.name = :function AND t.namespace = :owner
                  """,
                  Map.of("owner", namespace, "function", function),
                  row -> need(row, "workload", String.class))
              .collectList()
              .block(ANSWER);
      return Optional.ofNullable(found).map(HashSet::new);
    } catch (RuntimeException e) {
      log.warn("what serves {}/{} is not known now: {}", namespace, function, e.toString());
      return Optional.empty();
    }
  }
}

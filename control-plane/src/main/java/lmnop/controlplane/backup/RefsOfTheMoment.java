package lmnop.controlplane.backup;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import lmnop.controlplane.git.RepositoryCopies;
import lmnop.operations.database.OwnerSession;
import org.jspecify.annotations.Nullable;

/**
 * Where the refs of a repository were at the moment of a snapshot, which no file tells: pushes go
 * on while a backup is made. A cutover writes the traffic first and moves the ref then. So a ref
 * that is the same before and after was there at the moment too; of one that moved meanwhile, the
 * snapshot says whether the cutover that moved it belongs to its past. What moves without a cutover
 * agrees with the rows wherever it is.
 */
final class RefsOfTheMoment {
  private static final String RELEASED =
      """
      SELECT b.commit FROM builds b JOIN releases r ON r.build_id = b.id
      WHERE b.repository_id = ? AND b.ref = ? AND r.change_number IS NOT NULL
      ORDER BY r.change_number DESC LIMIT 1
      """;

  private final OwnerSession snapshot;
  private final RepositoryCopies repositories;

  RefsOfTheMoment(OwnerSession snapshot, RepositoryCopies repositories) {
    this.snapshot = snapshot;
    this.repositories = repositories;
  }

  /**
   * The branches and tags of a repository.
   *
   * @param earlier where they were before the moment
   */
  Map<String, String> of(long repository, Map<String, String> earlier) throws IOException {
    Map<String, String> later = repositories.refs(repository);
    Set<String> names = new TreeSet<>(earlier.keySet());
    names.addAll(later.keySet());
    Map<String, String> refs = new TreeMap<>();
    for (String name : names) {
      String before = earlier.get(name);
      String after = later.get(name);
      String at = Objects.equals(before, after) ? before : between(repository, name, before, after);
      if (at != null) {
        refs.put(name, at);
      }
    }
    return refs;
  }

  private @Nullable String between(
      long repository, String ref, @Nullable String before, @Nullable String after)
      throws IOException {
    List<String> released = snapshot.column(RELEASED, repository, ref);
    if (released.isEmpty()) {
      return before;
    }
    String last = released.getFirst();
    if (last.equals(after) || before == null) {
      return last;
    }
    // it moved twice, and the first time belongs to the past
    return repositories.isBefore(repository, before, last) ? last : before;
  }

  /** What is held for builds that had not ended. */
  Map<String, String> held(long repository) throws IOException {
    Map<String, String> held = new TreeMap<>();
    for (List<@Nullable String> row :
        snapshot.rows(
            "SELECT id, commit FROM builds WHERE repository_id = ? AND held", repository)) {
      String commit = String.valueOf(row.get(1));
      if (repositories.has(repository, commit)) {
        held.put(RepositoryCopies.hold(Long.parseLong(String.valueOf(row.get(0)))), commit);
      }
    }
    return held;
  }
}

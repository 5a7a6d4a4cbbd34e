package lmnop.controlplane.state;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import lmnop.operations.database.Database;
import lmnop.operations.database.Rows;
import lmnop.operations.management.Checks;
import lmnop.operations.management.Checks.Finding;

/** What the control plane needs, one finding each. */
public final class Health {
  private static final Duration ANSWER = Duration.ofSeconds(2);
  private static final long MEGABYTE = 1 << 20;

  private Health() {}

  /**
   * The checks of a control plane.
   *
   * @param provider whether it answers
   * @param data its directory
   * @param freeDisk what has to be free of its disk, in bytes, for pushes to be taken
   * @param unfinishedRestore whether one was begun and did not come to its end
   */
  public static Checks of(
      Database database,
      BooleanSupplier provider,
      Path data,
      long freeDisk,
      BooleanSupplier unfinishedRestore) {
    return new Checks()
        .add("database", () -> database(database))
        .add(
            "provider",
            () ->
                provider.getAsBoolean()
                    ? Finding.ok("answers")
                    : Finding.notOk("does not answer: nothing is deployed or scaled"))
        .add("routers", () -> routers(database))
        .add("builders", () -> builders(database))
        .add("disk", () -> disk(data, freeDisk))
        .add(
            "restore",
            () ->
                unfinishedRestore.getAsBoolean()
                    ? Finding.notOk("did not come to its end: begin it again with ./lmnop restore")
                    : Finding.ok("none is under way"));
  }

  private static Finding database(Database database) {
    long began = System.nanoTime();
    ask(database, "SELECT 1::bigint");
    return Finding.ok("answers within %d ms".formatted((System.nanoTime() - began) / 1_000_000));
  }

  private static Finding routers(Database database) {
    long live =
        ask(database, "SELECT count(*) FROM routers WHERE seen_at > now() - interval '60 seconds'");
    return live > 0
        ? Finding.ok(live + " live")
        : Finding.notOk("none was heard of within a minute");
  }

  /** That nobody builds shows only where something waits for it. */
  private static Finding builders(Database database) {
    long waiting =
        ask(
            database,
            """
            SELECT count(*) FROM tasks WHERE kind = 'build' AND state = 'WAITING'
              AND due_at < now() - interval '1 minute'
              AND NOT EXISTS (SELECT FROM tasks r WHERE r.kind = 'build' AND r.state = 'RUNNING')
            """);
    return waiting == 0
        ? Finding.ok("no build waits in vain")
        : Finding.notOk("%d builds wait, and nobody builds".formatted(waiting));
  }

  private static Finding disk(Path data, long needed) throws IOException {
    long free = Files.getFileStore(data).getUsableSpace();
    String words = "%d MB are free".formatted(free / MEGABYTE);
    return free >= needed ? Finding.ok(words) : Finding.notOk(words + ": no push is taken");
  }

  private static long ask(Database database, String sql) {
    return Objects.requireNonNull(
        database.one(sql, Map.of(), row -> Rows.only(row, Long.class)).block(ANSWER));
  }
}

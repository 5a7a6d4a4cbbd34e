package lmnop.controlplane.backup;

import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import lmnop.controlplane.accounts.Arguments;
import lmnop.operations.database.Database;
import lmnop.operations.database.Rows;
import lmnop.operations.lifecycle.Pace;

/** {@code backup FILE} and {@code restore FILE}. */
public final class BackupCommand {
  private static final String BACKUP = "backup FILE";
  private static final String RESTORE = "restore FILE [--without-master-key]";
  private static final String WITHOUT = "--without-master-key";
  private static final Duration ANSWER = Duration.ofSeconds(10);
  private static final Duration LOOK = Duration.ofMillis(250);
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  private final Backup backup;
  private final Restore restore;
  private final Database database;
  private final Pace pace;
  private final Consumer<String> out;

  public BackupCommand(
      Backup backup, Restore restore, Database database, Pace pace, Consumer<String> out) {
    this.backup = backup;
    this.restore = restore;
    this.database = database;
    this.pace = pace;
    this.out = out;
  }

  /** Does what the arguments say. */
  public void run(String command, String... words) throws IOException, InterruptedException {
    Arguments arguments = arguments(command, words);
    Path file = path(arguments);
    if (command.equals("restore")) {
      restore.from(file, arguments.has(WITHOUT));
      awaitFunctions();
    } else {
      backup.make(file);
    }
  }

  /** Refuses arguments that are none, also where no platform runs. */
  public static void require(String command, String... words) {
    path(arguments(command, words));
  }

  private static Arguments arguments(String command, String... words) {
    return command.equals("restore")
        ? Arguments.parse(RESTORE, new ArrayDeque<>(Arrays.asList(words)), WITHOUT)
        : Arguments.parse(BACKUP, new ArrayDeque<>(Arrays.asList(words)));
  }

  private static Path path(Arguments arguments) {
    try {
      return Path.of(arguments.name());
    } catch (InvalidPathException e) {
      throw arguments.misused("that is no name of a file");
    }
  }

  /** The control plane starts what had traffic; this only watches. */
  private void awaitFunctions() throws InterruptedException {
    out.accept(
        "Everything is restored; %d functions are being started."
            .formatted(count("SELECT count(DISTINCT function_id) FROM traffic")));
    long left = starting();
    Duration moved = pace.elapsed();
    while (left > 0) {
      if (pace.elapsed().minus(moved).compareTo(PATIENCE) > 0) {
        out.accept(
            "%d of them do not run yet; the log of the control plane says why, and it goes on trying."
                .formatted(left));
        return;
      }
      pace.pause(LOOK);
      long now = starting();
      moved = now < left ? pace.elapsed() : moved;
      left = now;
    }
    out.accept("All of them run. Passwords and tokens are those of the backup.");
  }

  private long starting() {
    return count(
        "SELECT count(*) FROM tasks WHERE kind = 'reinstate' AND state IN ('WAITING', 'RUNNING')");
  }

  private long count(String sql) {
    return Objects.requireNonNull(
        database.one(sql, Map.of(), row -> Rows.only(row, Long.class)).block(ANSWER));
  }
}

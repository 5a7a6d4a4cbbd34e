package lmnop.loadtest;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** What can happen to PostgreSQL while everything else runs. */
enum DatabaseOutage {
  /** Killed again whenever it comes back. */
  KILLED("R19", "PostgreSQL killed") {
    @Override
    void round(List<ProcessHandle> processes) {
      processes.forEach(ProcessHandle::destroyForcibly);
    }
  },
  /** Stands still: connections stay open and nothing answers. */
  FROZEN("R20", "PostgreSQL frozen") {
    @Override
    void round(List<ProcessHandle> processes) throws IOException, InterruptedException {
      // Again and again it would be our own commands that slow whoever is measured meanwhile.
      signal("STOP", processes.stream().filter(process -> !isStopped(process.pid())).toList());
    }

    @Override
    long millisBetweenRounds() {
      return 500; // a frozen server starts nothing; the search for what it has costs time, too
    }

    @Override
    void end(List<ProcessHandle> processes) throws IOException, InterruptedException {
      signal("CONT", processes);
    }
  },
  /** Every connection is closed again and again. */
  CUT_OFF("R20", "PostgreSQL's connections cut") {
    @Override
    void round(List<ProcessHandle> processes) throws IOException, InterruptedException {
      signal("TERM", processes.stream().filter(DatabaseOutage::servesAnApp).toList());
    }
  },
  /** Works a fifth of the time only. */
  SLOW("R20", "PostgreSQL slow") {
    @Override
    void round(List<ProcessHandle> processes) throws IOException, InterruptedException {
      signal("STOP", processes);
      TimeUnit.MILLISECONDS.sleep(80);
      signal("CONT", processes);
      TimeUnit.MILLISECONDS.sleep(20);
    }
  };

  final String id;
  final String what;

  /** The name as part of a function's. */
  final String host = name().toLowerCase(Locale.ROOT).replace('_', '-');

  DatabaseOutage(String id, String what) {
    this.id = id;
    this.what = what;
  }

  abstract void round(List<ProcessHandle> processes) throws IOException, InterruptedException;

  void end(List<ProcessHandle> processes) throws IOException, InterruptedException {}

  long millisBetweenRounds() {
    return 100;
  }

  /** Lets it happen for a while to the PostgreSQL of a data directory. */
  void happen(Path data, Duration time) throws IOException, InterruptedException {
    long until = System.nanoTime() + time.toNanos();
    try {
      while (System.nanoTime() < until) {
        round(processes(data));
        TimeUnit.MILLISECONDS.sleep(millisBetweenRounds());
      }
    } finally {
      end(processes(data));
    }
  }

  /** The server and all that it started. */
  private static List<ProcessHandle> processes(Path data) {
    List<ProcessHandle> all = new ArrayList<>();
    server(data)
        .flatMap(ProcessHandle::of)
        .filter(server -> isPostgres(server.pid()))
        .ifPresent(server -> {
          all.add(server);
          server.descendants().forEach(all::add);
        });
    return all;
  }

  /** The server's process; there is none while it is started again. */
  private static Optional<Long> server(Path data) {
    try {
      Path file = data.resolve("postgresql/server/data/postmaster.pid");
      return Files.readAllLines(file).stream().findFirst().map(line -> Long.valueOf(line.strip()));
    } catch (IOException | NumberFormatException e) {
      return Optional.empty();
    }
  }

  private static boolean isPostgres(long pid) {
    return title(pid).contains("postgres");
  }

  /** The state follows the name, which is in brackets and may hold anything. */
  private static boolean isStopped(long pid) {
    try {
      String stat = Files.readString(Path.of("/proc", Long.toString(pid), "stat"));
      return stat.startsWith("T", stat.lastIndexOf(')') + 2);
    } catch (IOException e) {
      return true; // it ended meanwhile
    }
  }

  private static boolean servesAnApp(ProcessHandle process) {
    return title(process.pid()).contains("lmnop_");
  }

  private static String title(long pid) {
    try {
      return Files.readString(Path.of("/proc", Long.toString(pid), "cmdline"));
    } catch (IOException e) {
      return ""; // it ended meanwhile
    }
  }

  private static void signal(String name, List<ProcessHandle> processes)
      throws IOException, InterruptedException {
    if (processes.isEmpty()) {
      return;
    }
    List<String> command = new ArrayList<>(List.of("kill", "-" + name));
    processes.forEach(process -> command.add(Long.toString(process.pid())));
    new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .start()
        .waitFor();
  }
}

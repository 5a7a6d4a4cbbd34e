package lmnop.standalone.postgresql;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import lmnop.operations.credentials.Token;

/** The files of one PostgreSQL server, and the commands that make, start and stop it. */
final class Cluster {
  /** A socket's path may be 107 bytes long; PostgreSQL adds a name to the folder. */
  private static final int LONGEST_SOCKET_FOLDER = 85;

  /** Who connects to this address may be asked by the rules that initdb makes. */
  static final String ONLY_HERE = "127.0.0.1";

  private static final int STATUS_LINE = 7; // of postmaster.pid, from 0

  private final PostgresqlPrograms programs;
  private final OtherUser user;
  private final Path folder;
  private final Path data;

  Cluster(PostgresqlPrograms programs, OtherUser user, Path folder) {
    this.programs = programs;
    this.user = user;
    this.folder = folder;
    this.data = folder.resolve("data");
  }

  /** Makes the files at the first start; refuses those of another major version. */
  void create(Token superuserPassword) throws IOException {
    if (!Files.isDirectory(folder)) {
      Files.createDirectory(
          folder,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    }
    if (!Files.isDirectory(data)) {
      initialize(superuserPassword);
    }
    String version = Files.readString(data.resolve("PG_VERSION")).strip();
    if (!version.equals(PostgresqlPrograms.MAJOR)) {
      throw new IOException(
          "the database in %s was made by PostgreSQL %s and this lmnop brings PostgreSQL %s:"
                  .formatted(data, version, PostgresqlPrograms.MAJOR)
              + " start it with the lmnop that made it, or choose another directory with --data");
    }
    Path socket = folder.resolve("socket");
    if (!Files.isDirectory(socket)) {
      Files.createDirectory(
          socket,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    }
    user.own(folder);
  }

  private void initialize(Token superuserPassword) throws IOException {
    Path fresh = folder.resolve("data.new");
    removeTree(fresh);
    Path password = folder.resolve("password");
    Files.deleteIfExists(password);
    Files.createFile(
        password,
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    Files.writeString(password, superuserPassword.value() + "\n");
    Files.setAttribute(folder, "unix:uid", user.uid());
    Files.setAttribute(password, "unix:uid", user.uid());
    try {
      run(
          60,
          List.of(
              programs.program("initdb"),
              "--pgdata=" + fresh,
              "--username=postgres",
              "--pwfile=" + password,
              "--auth=scram-sha-256",
              "--encoding=UTF8",
              "--locale=C",
              "--locale-provider=builtin",
              "--builtin-locale=C.UTF-8",
              "--no-instructions"));
    } finally {
      Files.delete(password);
    }
    Files.move(fresh, data, StandardCopyOption.ATOMIC_MOVE);
  }

  /** Lets everybody ask for a login, from whatever address. */
  private Path askEverybody() throws IOException {
    return Files.writeString(
        folder.resolve("hosts"), "local all all scram-sha-256\nhost all all all scram-sha-256\n");
  }

  /**
   * The command of the server itself, without what changes its user.
   *
   * @param host an address of this machine; 0.0.0.0 is all of them
   */
  List<String> serverCommand(String host, int port) throws IOException {
    Path socket = folder.resolve("socket");
    boolean fits =
        socket.toString().getBytes(StandardCharsets.UTF_8).length <= LONGEST_SOCKET_FOLDER;
    List<String> command = new ArrayList<>();
    command.addAll(List.of(programs.program("postgres"), "-D", data.toString()));
    for (String setting :
        List.of(
            "listen_addresses=" + host,
            "port=" + port,
            "unix_socket_directories=" + (fits ? socket : ""),
            "fsync=on",
            "synchronous_commit=on",
            "max_connections=80",
            "shared_buffers=32MB",
            "max_wal_size=256MB",
            "io_method=sync", // three processes less, and the data fits into memory
            "max_parallel_workers_per_gather=0",
            "log_checkpoints=off",
            "log_line_prefix=",
            "timezone=UTC",
            "cluster_name=lmnop")) {
      command.addAll(List.of("-c", setting));
    }
    if (!host.equals(ONLY_HERE)) {
      command.addAll(List.of("-c", "hba_file=" + askEverybody()));
    }
    return command;
  }

  /** The server of these files that runs now, whoever started it. */
  OptionalLong running() {
    try {
      long pid = Long.parseLong(statusFile().getFirst().strip());
      String command = Files.readString(Path.of("/proc/" + pid + "/cmdline"));
      return command.contains(data.toString()) ? OptionalLong.of(pid) : OptionalLong.empty();
    } catch (IOException | NumberFormatException | java.util.NoSuchElementException e) {
      return OptionalLong.empty();
    }
  }

  /** Whether the server takes connections. */
  boolean ready() {
    try {
      List<String> lines = statusFile();
      return lines.size() > STATUS_LINE && lines.get(STATUS_LINE).startsWith("ready");
    } catch (IOException e) {
      return false;
    }
  }

  /**
   * Ends a server that outlived whoever started it, cleanly, so that this start finds the files as
   * after any other stop. The pid in the file may have been given to another program meanwhile;
   * such a file is removed and its process left alone.
   */
  void endSurvivor() throws IOException {
    if (running().isPresent()) {
      stop();
    }
    Files.deleteIfExists(data.resolve("postmaster.pid"));
  }

  /**
   * Removes the file by which a server says that it runs, where PostgreSQL would refuse to start
   * because of it for ever: it is empty, because a server was killed in the moment that it made it,
   * or another program has got the number in it since.
   */
  void forgetDeadServer() throws IOException {
    Path file = data.resolve("postmaster.pid");
    if (Files.exists(file) && running().isEmpty()) {
      List<String> lines = statusFile();
      if (lines.isEmpty() || Files.exists(Path.of("/proc", lines.getFirst().strip()))) {
        Files.delete(file);
      }
    }
  }

  /** Stops the server: running statements are ended, everything committed is kept. */
  void stop() throws IOException {
    run(20, List.of(programs.program("pg_ctl"), "stop", "-D", data.toString(), "-m", "fast", "-w"));
  }

  private List<String> statusFile() throws IOException {
    return Files.readAllLines(data.resolve("postmaster.pid"));
  }

  private void run(int seconds, List<String> command) throws IOException {
    List<String> whole = Stream.concat(user.command().stream(), command.stream()).toList();
    Path words = Files.createTempFile("lmnop-postgresql", ".out");
    try {
      Process process =
          new ProcessBuilder(whole)
              .directory(folder.toFile())
              .redirectErrorStream(true)
              .redirectOutput(words.toFile())
              .start();
      process.getOutputStream().close();
      boolean ended = process.waitFor(seconds, TimeUnit.SECONDS);
      process.destroyForcibly();
      if (!ended || process.exitValue() != 0) {
        String reason = ended ? Files.readString(words).strip() : "no end after " + seconds + " s";
        throw new IOException(Path.of(command.getFirst()).getFileName() + " failed: " + reason);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while " + command.getFirst() + " ran", e);
    } finally {
      Files.delete(words);
    }
  }

  static void removeTree(Path tree) throws IOException {
    if (!Files.exists(tree)) {
      return;
    }
    try (Stream<Path> paths = Files.walk(tree)) {
      for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }
}

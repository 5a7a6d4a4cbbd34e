package lmnop.standalone.apps;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * The JDK's AOT cache of one app: what a first run loaded and linked, so that the next run need
 * not.
 *
 * <p>A run without a cache records what it does. Later {@link #make} asks it for the recording and
 * makes the cache from it, at the lowest priority. Whatever goes wrong here costs start-up time and
 * nothing else, so it is never an error.
 */
public final class StartupCache {
  private static final int LONGEST_RECORDING = 30; // seconds, the app is asked for its recording
  private static final int LONGEST_MAKING = 180; // seconds, at the lowest priority

  /**
   * A JVM that finds no room for its recording ends, whatever it is doing. So it is asked only
   * where there is far more room than a recording takes.
   */
  private static final long ROOM = 1L << 30; // bytes

  private static final String UNFINISHED = ".new";

  private final List<String> politely;
  private final long room;
  private final App app;
  private final Path jar;
  private final Path cache;
  private final Path recording;

  /**
   * The cache of exactly these jars, flags and JDK; it removes those of others.
   *
   * <p>It lies beside the jar, so that it serves every data directory; where nothing may be written
   * there, in the data directory's own folder. A recording is always this data directory's.
   */
  public StartupCache(App app, Path jar, Path ownFolder) throws IOException {
    this(app, jar, ownFolder, List.of("nice", "-n", "19"), ROOM);
  }

  /**
   * The same.
   *
   * @param politely what the program that makes the cache is started with
   * @param room how many bytes must be free where a running app is to write its recording
   */
  StartupCache(App app, Path jar, Path ownFolder, List<String> politely, long room)
      throws IOException {
    this.room = room;
    this.politely = politely;
    this.app = app;
    this.jar = jar;
    String key = key(app, jar);
    Path besideJar = jar.resolveSibling("startup-cache");
    Path caches = mayWrite(besideJar) ? besideJar : ownFolder;
    this.cache = caches.resolve(app.module() + "-" + key + ".aot");
    this.recording = ownFolder.resolve(app.module() + "-" + key + ".recording");
    removeOthers(caches, key);
    removeOthers(ownFolder, key);
  }

  private static boolean mayWrite(Path folder) {
    try {
      Files.createDirectories(folder);
      return Files.isWritable(folder);
    } catch (IOException e) {
      return false;
    }
  }

  private void removeOthers(Path folder, String key) {
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        String name = file.getFileName().toString();
        if (name.startsWith(app.module() + "-") && !name.startsWith(app.module() + "-" + key)) {
          Files.deleteIfExists(file);
        } else if (name.endsWith(UNFINISHED) && isAbandoned(file)) {
          Files.deleteIfExists(file);
        }
      }
    } catch (IOException e) {
      return; // another platform on these jars does the same
    }
  }

  /** Another platform on these jars may be at it; nobody is for so long. */
  private static boolean isAbandoned(Path file) throws IOException {
    return Files.getLastModifiedTime(file)
        .toInstant()
        .isBefore(Instant.now().minusSeconds(2L * LONGEST_MAKING));
  }

  /** What the app's JVM gets: the cache, or the request to record. */
  public List<String> flags() {
    if (Files.exists(cache)) {
      return List.of("-XX:AOTCache=" + cache, "-Xlog:aot*=off:stdout");
    }
    if (recorded()) {
      return List.of();
    }
    return List.of(
        "-XX:AOTMode=record", "-XX:AOTConfiguration=" + recording, "-Xlog:aot*=off:stdout");
  }

  /** Whether a line is the JVM's own about recording, which interests nobody. */
  public static boolean isAboutRecording(String line) {
    return line.contains("AOTConfiguration recorded: ");
  }

  /** Whether there is a cache. */
  public boolean made() {
    return Files.exists(cache);
  }

  /** Whether a run has been recorded; the file is empty while the recording goes on. */
  private boolean recorded() {
    try {
      return Files.exists(recording) && Files.size(recording) > 0;
    } catch (IOException e) {
      return false;
    }
  }

  /**
   * Makes the cache out of the recording, for which a running app is asked.
   *
   * @return whether there is a cache now
   */
  public boolean make(long pid) throws InterruptedException {
    if (made()) {
      return true;
    }
    Path jcmd = Jvm.program("jcmd");
    if (!recorded() && Files.isExecutable(jcmd) && hasRoom()) {
      run(LONGEST_RECORDING, List.of(jcmd.toString(), "" + pid, "AOT.end_recording"));
    }
    if (!recorded()) {
      return false;
    }
    Path fresh = cache.resolveSibling(cache.getFileName() + "." + pid + UNFINISHED);
    List<String> command = new ArrayList<>();
    command.addAll(politely);
    command.add(Jvm.program("java").toString());
    command.addAll(app.flags());
    command.addAll(
        List.of(
            "-XX:AOTMode=create",
            "-XX:AOTConfiguration=" + recording,
            "-XX:AOTCache=" + fresh,
            "-cp",
            jar.toString()));
    try {
      boolean made = run(LONGEST_MAKING, command) && Files.exists(fresh);
      if (made) {
        Files.move(fresh, cache, StandardCopyOption.ATOMIC_MOVE);
      }
      Files.deleteIfExists(recording);
      Files.deleteIfExists(fresh);
      return made;
    } catch (IOException e) {
      return false;
    }
  }

  private boolean hasRoom() {
    try {
      return Files.getFileStore(recording.toAbsolutePath().getParent()).getUsableSpace() >= room;
    } catch (IOException e) {
      return false;
    }
  }

  private static boolean run(int seconds, List<String> command) throws InterruptedException {
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      try {
        return process.waitFor(seconds, TimeUnit.SECONDS) && process.exitValue() == 0;
      } finally {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
      }
    } catch (IOException e) {
      return false;
    }
  }

  private static String key(App app, Path jar) throws IOException {
    StringBuilder facts = new StringBuilder(Runtime.version() + "\n" + app.flags() + "\n");
    for (Path file : jars(jar)) {
      facts
          .append(file)
          .append(' ')
          .append(Files.size(file))
          .append(' ')
          .append(Files.getLastModifiedTime(file).toMillis())
          .append('\n');
    }
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256")
              .digest(facts.toString().getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest).substring(0, 16);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  private static List<Path> jars(Path jar) throws IOException {
    List<Path> jars = new ArrayList<>(List.of(jar));
    Path libraries = jar.resolveSibling("lib");
    if (Files.isDirectory(libraries)) {
      try (Stream<Path> files = Files.list(libraries)) {
        files.sorted().forEach(jars::add);
      }
    }
    return jars;
  }
}

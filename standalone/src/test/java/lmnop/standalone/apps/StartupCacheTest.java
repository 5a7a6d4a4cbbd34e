package lmnop.standalone.apps;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.spi.ToolProvider;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(300)
final class StartupCacheTest {
  private static final App ANY = App.PROVIDER;

  @TempDir Path folder;
  private Path jar;
  private Path own;

  /** A program that waits for its input to end. */
  @BeforeEach
  void makeJar() throws IOException {
    own = Files.createDirectory(folder.resolve("own"));
    Path source = folder.resolve("Waits.java");
    Files.writeString(
        source,
        """
        public class Waits {
          public static void main(String[] a) throws Exception {
            System.out.println("here");
            System.in.read();
          }
        }
        """);
    Path classes = folder.resolve("classes");
    run("javac", "-d", classes, source);
    Path app = Files.createDirectory(folder.resolve("app"));
    jar = app.resolve("provider.jar");
    run("jar", "--create", "--file", jar, "--main-class", "Waits", "-C", classes, ".");
  }

  private static void run(String tool, Object... arguments) {
    String[] texts = Stream.of(arguments).map(Object::toString).toArray(String[]::new);
    assertThat(ToolProvider.findFirst(tool).orElseThrow().run(System.out, System.err, texts))
        .isZero();
  }

  @Test
  void whatOneDataDirectoryRecordedServesAllOthers() throws Exception {
    StartupCache first = cache(own);
    assertThat(first.flags()).contains("-XX:AOTMode=record");
    assertThat(made(first)).isTrue();

    Path another = Files.createDirectory(folder.resolve("another"));
    StartupCache second = cache(another);
    assertThat(second.made()).isTrue();
    assertThat(second.flags()).anyMatch(flag -> flag.startsWith("-XX:AOTCache="));
    assertThat(startAndEnd(second.flags())).isZero();
    assertThat(names(own)).as("recordings that are used up").isEmpty();
    assertThat(names(another)).isEmpty();
  }

  @Test
  void whereNothingCanBeWrittenBesideTheJarItLiesInTheDataDirectory() throws Exception {
    Files.createFile(jar.resolveSibling("startup-cache"));
    assertThat(made(cache(own))).isTrue();
    assertThat(names(own)).singleElement().asString().endsWith(".aot");
  }

  @Test
  void cachesOfOtherJarsGoAndThoseOfOtherAppsStay() throws Exception {
    Path caches = Files.createDirectory(jar.resolveSibling("startup-cache"));
    Files.createFile(caches.resolve("provider-0123456789abcdef.aot"));
    Files.createFile(caches.resolve("router-0123456789abcdef.aot"));
    cache(own);
    assertThat(names(caches)).containsExactly("router-0123456789abcdef.aot");
  }

  @Test
  void aHalfMadeCacheGoesOnceNobodyCanBeAtItAnyMore() throws Exception {
    StartupCache cache = cache(own);
    assertThat(made(cache)).isTrue();
    Path caches = jar.resolveSibling("startup-cache");
    String name = names(caches).getFirst();
    Files.createFile(caches.resolve(name + ".1.new"));
    Path old = Files.createFile(caches.resolve(name + ".2.new"));
    Files.setLastModifiedTime(old, FileTime.from(Instant.now().minus(Duration.ofHours(1))));
    cache(own);
    assertThat(names(caches)).containsExactlyInAnyOrder(name, name + ".1.new");
  }

  /** The JVM ends when it cannot write its recording: on a disk like that it is not asked. */
  @Test
  void whereThereIsLittleRoomARunningAppIsLeftAlone() throws Exception {
    StartupCache cache = cache(own, Long.MAX_VALUE);
    Process process = start(cache.flags());
    try {
      process.inputReader().readLine();
      assertThat(cache.make(process.pid())).isFalse();
      assertThat(process.isAlive()).isTrue();
    } finally {
      process.destroyForcibly().waitFor();
    }
  }

  private StartupCache cache(Path folder) throws IOException {
    return cache(folder, 0);
  }

  /** Made without the lowest priority, with which it may take for ever beside other tests. */
  private StartupCache cache(Path folder, long room) throws IOException {
    return new StartupCache(ANY, jar, folder, List.of(), room);
  }

  /** Makes the cache out of a run. */
  private boolean made(StartupCache cache) throws Exception {
    Process process = start(cache.flags());
    try {
      process.inputReader().readLine();
      return cache.make(process.pid());
    } finally {
      process.destroyForcibly().waitFor();
    }
  }

  private int startAndEnd(List<String> flags) throws Exception {
    Process process = start(flags);
    process.outputWriter().close();
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    return process.exitValue();
  }

  private Process start(List<String> flags) throws IOException {
    List<String> command = new ArrayList<>(List.of(Jvm.program("java").toString()));
    command.addAll(ANY.flags());
    command.addAll(flags);
    command.addAll(List.of("-jar", jar.toString()));
    return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
  }

  private static List<String> names(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).toList();
    }
  }
}

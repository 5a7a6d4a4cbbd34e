package lmnop.provider.kept;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.stream.Stream;
import lmnop.providerapi.Crash;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.util.unit.DataSize;

/** How much stays of crashes, and what of a loop of them. */
final class CrashStoreTest {
  private static final Instant NOW = Instant.parse("2026-01-31T12:00:00Z");
  private static final CrashSettings SETTINGS =
      new CrashSettings(3, 10, Duration.ofDays(30), DataSize.ofKilobytes(16));

  @TempDir Path temp;

  private CrashStore open() throws IOException {
    return new CrashStore(temp.resolve("crashes"), SETTINGS, Clock.fixed(NOW, ZoneOffset.UTC));
  }

  private static Crash crash(String workload, String how, int second, String... lines) {
    Instant at = NOW.plusSeconds(second);
    return new Crash(
        0,
        workload,
        7L,
        workload + "-" + second,
        how,
        1,
        null,
        List.of(),
        second,
        1 << 20,
        1,
        at,
        at,
        null,
        List.of(lines));
  }

  @Test
  void aLoopIsOneCrashThatIsCounted() throws Exception {
    CrashStore store = open();
    for (int i = 1; i <= 100; i++) {
      store.note("default", "7", crash("hello-a", "ended with exit code 1", i, "line " + i));
    }
    Crash only = store.of("default", "7").getFirst();
    assertThat(store.of("default", "7")).hasSize(1);
    assertThat(only.times()).isEqualTo(100);
    assertThat(only.number()).isEqualTo(1);
    assertThat(only.firstAt()).isEqualTo(NOW.plusSeconds(1));
    assertThat(only.lastAt()).isEqualTo(NOW.plusSeconds(100));
    assertThat(only.instance()).isEqualTo("hello-a-100");
    assertThat(only.lines()).containsExactly("line 100");
    assertThat(only.memoryPeak()).isEqualTo(100);
  }

  @Test
  void anotherRevisionAndAnotherEndAreOtherCrashesOfWhichTheLastStay() throws Exception {
    CrashStore store = open();
    store.note("default", "7", crash("hello-a", "ended with exit code 1", 1));
    store.note("default", "7", crash("hello-a", "out of memory", 2));
    store.note("default", "7", crash("hello-b", "ended with exit code 1", 3));
    assertThat(store.of("default", "7")).extracting(Crash::number).containsExactly(3, 2, 1);
    store.note("default", "7", crash("hello-a", "ended with exit code 1", 4));
    assertThat(store.of("default", "7")).extracting(Crash::number).containsExactly(1, 3, 2);
    store.note("default", "7", crash("hello-c", "out of memory", 5));
    assertThat(store.of("default", "7")).extracting(Crash::number).containsExactly(4, 1, 3);
    assertThat(store.of("default", "8")).isEmpty();
    assertThat(store.of("other", "7")).isEmpty();
  }

  @Test
  void theyAreThereAfterARestartForNobodyElseToRead() throws Exception {
    open().note("default", "7", crash("hello-a", "out of memory", 1, "growing"));
    List<Crash> found = open().of("default", "7");
    assertThat(found).hasSize(1);
    assertThat(found.getFirst().lines()).containsExactly("growing");
    Path file = temp.resolve("crashes/default/7/1.json");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
  }

  @Test
  void thoseOfAFunctionThatIsGoneGoWithIt() throws Exception {
    CrashStore store = open();
    store.note("default", "7", crash("hello-a", "out of memory", 1));
    store.note("default", "8", crash("other-a", "out of memory", 1));
    store.forget("default", "7");
    store.forget("default", "9");
    store.forget("..", "default");
    assertThat(temp.resolve("crashes/default/7")).doesNotExist();
    assertThat(store.of("default", "7")).isEmpty();
    assertThat(store.of("default", "8")).hasSize(1);
  }

  @Test
  void oldOnesGoAndTheOldestMakeRoom() throws Exception {
    CrashStore store = open();
    store.note("default", "1", crash("old", "out of memory", 1));
    Path old = temp.resolve("crashes/default/1/1.json");
    Files.setLastModifiedTime(old, FileTime.from(NOW.minus(Duration.ofDays(31))));
    store.sweep();
    assertThat(old).doesNotExist();
    for (int i = 1; i <= 40; i++) {
      store.note("default", "f" + i, crash("f" + i, "out of memory", i, "x".repeat(1000)));
      Files.setLastModifiedTime(
          temp.resolve("crashes/default/f" + i + "/1.json"), FileTime.from(NOW.plusSeconds(i)));
    }
    store.sweep();
    try (Stream<Path> all = Files.walk(temp.resolve("crashes"))) {
      long size = all.filter(Files::isRegularFile).mapToLong(f -> f.toFile().length()).sum();
      assertThat(size).isBetween(8L << 10, 16L << 10);
    }
    assertThat(store.of("default", "f40")).hasSize(1);
    assertThat(store.of("default", "f1")).isEmpty();
  }

  @Test
  void aFileThatIsNoneGoesAndANameThatIsNoneIsNobodys() throws Exception {
    CrashStore store = open();
    store.note("default", "7", crash("hello-a", "out of memory", 1));
    Path broken = temp.resolve("crashes/default/7/9.json");
    Files.writeString(broken, "{");
    assertThat(store.of("default", "7")).hasSize(1);
    assertThat(broken).doesNotExist();
    assertThat(store.of("default", "../default/7")).isEmpty();
    assertThat(store.of("..", "7")).isEmpty();
  }
}

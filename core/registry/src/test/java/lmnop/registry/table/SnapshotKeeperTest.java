package lmnop.registry.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import lmnop.registry.table.FunctionRoutes.Endpoint;
import lmnop.registry.table.FunctionRoutes.Share;
import lmnop.testkit.Reliability;
import lmnop.testkit.Thorough;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a router knows survives its end, and is believed only if it is whole. */
final class SnapshotKeeperTest {
  private static final long LIMIT = 1_000_000;
  private static final String HISTORY = "a-history";
  private static final RouteKey HELLO = new RouteKey.Host("hello.example.com");
  private static final RouteKey NAMED = new RouteKey.Named("ada", "hello");

  @TempDir private Path directory;

  private static RouteTable table() {
    return new RouteTable(
        key -> new CompletableFuture<>(), new SimpleMeterRegistry(), InstantSource.system());
  }

  private static HostRoutes routes(long number, int port) {
    Endpoint endpoint = new Endpoint("i1", "http", "10.0.0.1", port, "", "http1");
    RoutePolicy policy =
        new RoutePolicy(
            5000L,
            null,
            null,
            3,
            null,
            10L,
            new RoutePolicy.Rate(5, 1000),
            null,
            new RoutePolicy.Cors(
                List.of("https://a.example"), List.of("GET"), List.of("*"), true, 60L),
            false,
            RoutePolicy.Access.TOKEN,
            RoutePolicy.Sticky.COOKIE);
    Share share =
        new Share(7, 2, "default", "hello-1", 100, policy, List.of(endpoint), "10.0.0.9:80");
    List<InvokeToken> tokens =
        List.of(new InvokeToken("a".repeat(64), null), new InvokeToken("b".repeat(64), 5L));
    FunctionRoutes function = new FunctionRoutes(1, "hello", "ada", 7L, List.of(share), tokens);
    return new HostRoutes(
        number,
        List.of(
            new HostRoutes.Rule("/docs", "docs", null, null),
            new HostRoutes.Rule("/", null, function, 4_102_444_800_000L)));
  }

  /** A table that follows the changes and holds these entries. */
  private static RouteTable knowing(long number, RouteSnapshot.Entry... entries) {
    RouteTable table = table();
    table.restore(new RouteSnapshot(HISTORY, number, Instant.now(), List.of(entries)));
    table.confirm(Instant.now());
    return table;
  }

  private SnapshotKeeper keep(RouteTable table, long limit) {
    return SnapshotKeeper.start(
        table, directory, Duration.ofMinutes(5), limit, InstantSource.system());
  }

  /** One run of a router that learns one host and ends. */
  private void run(long number, int port) {
    RouteTable table = table();
    SnapshotKeeper keeper = keep(table, LIMIT);
    table.restore(
        new RouteSnapshot(
            HISTORY,
            number,
            Instant.now(),
            List.of(new RouteSnapshot.Entry(HELLO, routes(number, port)))));
    table.confirm(Instant.now());
    keeper.close();
  }

  private RouteTable restored() {
    RouteTable table = table();
    keep(table, LIMIT).close();
    return table;
  }

  @Test
  void restoresEverythingAsItWas() {
    RouteTable table =
        knowing(
            40,
            new RouteSnapshot.Entry(HELLO, routes(40, 5000)),
            new RouteSnapshot.Entry(NAMED, routes(39, 5001)));
    Path empty = directory;
    SnapshotFiles files = new SnapshotFiles(empty, LIMIT);
    assertThat(write(files, table)).isEqualTo(2);

    RouteTable later = restored();
    assertThat(later.cached(HELLO)).isEqualTo(table.cached(HELLO));
    assertThat(later.cached(NAMED)).isEqualTo(table.cached(NAMED));
    assertThat(later.applied()).isEqualTo(40);
    assertThat(later.history()).isEqualTo(HISTORY);
    assertThat(later.asOf().toEpochMilli()).isEqualTo(table.asOf().toEpochMilli());
    assertThat(later.freshness()).isEqualTo(Freshness.SNAPSHOT);
    assertThat(later.affected(1L, List.of())).containsExactlyInAnyOrder(HELLO, NAMED);
  }

  private static int write(SnapshotFiles files, RouteTable table) {
    try {
      return files.write(table, HISTORY);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void isTheOwnersAlone() throws Exception {
    run(1, 5000);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(newest())))
        .isEqualTo("rw-------");
  }

  private Path newest() {
    return directory.resolve("routes");
  }

  @Test
  @Tag(Reliability.TAG)
  void isRefusedAfterAnyChangeOfAnyByte() throws Exception {
    run(1, 5000);
    byte[] whole = Files.readAllBytes(newest());
    int tried = 0;
    int believed = 0;
    for (int at = 0; at < whole.length; at += Thorough.isAskedFor() ? 1 : 7) {
      byte[] changed = whole.clone();
      changed[at] ^= 1;
      Files.write(newest(), changed);
      tried++;
      believed += restored().freshness() == Freshness.EMPTY ? 0 : 1;
    }
    for (int length = 0; length < whole.length; length += Thorough.isAskedFor() ? 1 : 11) {
      Files.write(newest(), Arrays.copyOf(whole, length));
      tried++;
      believed += restored().freshness() == Freshness.EMPTY ? 0 : 1;
    }
    Reliability.atMost("R21", "snapshots believed of " + tried + " changed or cut", believed, 0);
    Files.write(newest(), whole);
    setOwnersMode("rw-------");
    assertThat(restored().freshness()).isEqualTo(Freshness.SNAPSHOT);
  }

  private void setOwnersMode(String mode) throws IOException {
    Files.setPosixFilePermissions(newest(), PosixFilePermissions.fromString(mode));
  }

  @Test
  @Tag(Reliability.TAG)
  void theOneBeforeIsUsedWhereTheNewestIsNotWhole() throws Exception {
    run(1, 5001);
    run(2, 5002);
    Files.writeString(newest(), "lmnop routes, format 1\nnonsense\n");
    RouteTable table = restored();
    assertThat(table.cached(HELLO)).isEqualTo(routes(1, 5001));
    Reliability.atMost("R21", "changes lost with the newest snapshot", 2 - table.applied(), 1);
    assertThat(directory.resolve("routes.refused")).exists();
    run(3, 5003);
    assertThat(restored().applied()).isEqualTo(3);
  }

  @Test
  void aFormatOfAnotherTimeIsRefused() throws Exception {
    run(1, 5000);
    String text = Files.readString(newest()).replace("format 1", "format 2");
    String body = text.substring(0, text.length() - 72);
    Files.writeString(newest(), body + "sha256 " + sha256(body) + "\n");
    assertThat(restored().freshness()).isEqualTo(Freshness.EMPTY);
  }

  private static String sha256(String text) throws Exception {
    var digest = java.security.MessageDigest.getInstance("SHA-256");
    return java.util.HexFormat.of()
        .formatHex(digest.digest(text.getBytes(java.nio.charset.StandardCharsets.UTF_8)));
  }

  @Test
  void whatOthersMayWriteIsNotBelieved() throws Exception {
    run(1, 5000);
    setOwnersMode("rw-rw----");
    assertThat(restored().freshness()).isEqualTo(Freshness.EMPTY);
  }

  @Test
  void isNeverLargerThanAllowed() throws Exception {
    RouteSnapshot.Entry[] many = new RouteSnapshot.Entry[1000];
    for (int i = 0; i < many.length; i++) {
      many[i] =
          new RouteSnapshot.Entry(new RouteKey.Host("h" + i + ".example.com"), routes(1, 5000));
    }
    RouteTable table = knowing(1, many);
    SnapshotFiles files = new SnapshotFiles(directory, 100_000);
    int written = write(files, table);
    assertThat(written).isBetween(50, 400);
    assertThat(Files.size(newest())).isLessThanOrEqualTo(100_000);
    RouteSnapshot read = java.util.Objects.requireNonNull(files.read());
    assertThat(read.entries()).hasSize(written);
    assertThat(new SnapshotFiles(directory, 50_000).read()).as("larger than allowed").isNull();
  }

  @Test
  void aRouterThatLearnedNothingLeavesTheSnapshotAlone() throws Exception {
    run(5, 5000);
    byte[] before = Files.readAllBytes(newest());
    restored(); // starts, never reaches the database, ends
    keep(table(), 10).close(); // and one that is not allowed to read it
    assertThat(directory.resolve("routes.refused")).hasBinaryContent(before);
    assertThat(newest()).doesNotExist();
  }

  @Test
  void isWrittenInTheBackgroundWhenSomethingChanged() {
    RouteTable table = table();
    try (SnapshotKeeper keeper =
        SnapshotKeeper.start(
            table, directory, Duration.ofMillis(20), LIMIT, InstantSource.system())) {
      table.restore(
          new RouteSnapshot(
              HISTORY, 9, Instant.now(), List.of(new RouteSnapshot.Entry(HELLO, routes(9, 1)))));
      table.confirm(Instant.now());
      await().until(() -> keeper.entries() == 1);
      assertThat(restored().applied()).isEqualTo(9);
    }
  }

  @Test
  void theOneBeforeStaysWhereNothingCanBeWritten() throws Exception {
    run(1, 5001);
    Files.createDirectories(directory.resolve("routes.new/in-the-way"));
    RouteTable table = table();
    SnapshotKeeper keeper = keep(table, LIMIT);
    table.confirm(Instant.now());
    table.announce(2);
    keeper.close();
    assertThat(keeper.failures()).isEqualTo(1);
    assertThat(restored().cached(HELLO)).isEqualTo(routes(1, 5001));
  }
}

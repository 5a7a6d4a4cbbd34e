package lmnop.loadtest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import lmnop.loadtest.load.SteadyLoad;
import lmnop.loadtest.platform.RunningPlatform;
import lmnop.loadtest.platform.StartupCaches;
import lmnop.loadtest.platform.WorkTree;
import lmnop.testkit.Reliability;
import lmnop.testkit.RequiresTool;
import lmnop.testkit.Thorough;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.AfterTestExecutionCallback;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What users notice while parts of the platform are gone, and afterwards. The order is for the
 * router's sake: it grows old by itself while others are ended, and is not waited for.
 */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
@Tag(Reliability.TAG)
@RequiresTool({"git", "python3"})
@Timeout(3600)
final class OutageTest {
  private static final int PER_SECOND = 200;
  private static final Duration OUTAGE = Duration.ofSeconds(Thorough.isAskedFor() ? 60 : 4);
  private static final int CRASHES = Thorough.isAskedFor() ? 100 : 3;
  private static final int ROUTER_CRASHES = Thorough.isAskedFor() ? 30 : 1;
  private static final int KILLS = Thorough.isAskedFor() ? 100 : 2;
  private static final int LONGEST_DELAY = 2_500; // milliseconds: about as long as a push takes
  private static final Duration RECOVERY = Duration.ofSeconds(90);

  private static PlatformUnderTest it;
  private static RunningPlatform platform;

  @RegisterExtension
  static final AfterTestExecutionCallback EXPLAIN =
      context -> context.getExecutionException().ifPresent(e -> it.explain());

  @BeforeAll
  static void start() throws IOException, InterruptedException {
    it = PlatformUnderTest.start();
    platform = it.platform;
    it.deployOnce("steady");
  }

  @AfterAll
  static void stop() throws Exception {
    it.close();
  }

  @Test
  @Order(1)
  void crashesAtRandomMomentsOfAPushLeaveEverythingWhole() throws Exception {
    if (Reliability.isMeasured()) { // what ends the router comes next; until then it grows old
      StartupCaches.await(it.home);
      platform.restart("router"); // as every start but the first it has its cache
    }
    Random random = new Random();
    List<String> apps = List.of("control-plane", "builder-worker", "provider");
    SteadyLoad load = SteadyLoad.start(platform.function("steady"), PER_SECOND);
    WorkTree tree = it.deployOnce("crashed");
    for (int i = 0; i < CRASHES; i++) {
      crashDuringAPush(tree, "crashed", apps.get(i % apps.size()), "crash-" + i, random);
    }
    SteadyLoad.Report report = load.stop();
    report.failures().forEach((kind, count) -> System.err.println(count + " × " + kind));
    Reliability.atMost(
        "R22",
        CRASHES + " crashes of apps during pushes: failed requests of " + report.sent(),
        report.failed(),
        0);
    nothingIsLeft();
  }

  /** Whoever is being answered by a router that is killed loses that answer; nobody loses more. */
  @Test
  @Order(6)
  void crashesOfTheRouterAtRandomMomentsOfAPushCostNothingOnceItIsBack() throws Exception {
    Random random = new Random();
    WorkTree tree = it.deployOnce("unrouted");
    long sent = 0;
    long failed = 0;
    for (int i = 0; i < ROUTER_CRASHES; i++) {
      crashDuringAPush(tree, "unrouted", "router", "crash-" + i, random);
      SteadyLoad load = SteadyLoad.start(platform.function("steady"), PER_SECOND);
      TimeUnit.SECONDS.sleep(1);
      SteadyLoad.Report report = load.stop();
      report.failures().forEach((kind, count) -> System.err.println(count + " × " + kind));
      sent += report.sent();
      failed += report.failed();
    }
    Reliability.atMost(
        "R17",
        ROUTER_CRASHES
            + " crashes of the only router: failed requests after its return, of "
            + sent,
        failed,
        0);
    nothingIsLeft();
  }

  @Test
  @Order(2)
  void theOnlyRouterSoonListensAgainOnceItIsStopped() throws Exception {
    theOnlyRouterSoonListensAgain("stopped", ProcessHandle::destroy);
  }

  @ParameterizedTest
  @EnumSource
  @Order(3)
  void knownFunctionsAreServedAndTheReleaseUnderWayEndsOnce(DatabaseOutage outage)
      throws Exception {
    String name = "moving-" + outage.host;
    WorkTree tree = it.deployOnce(name);
    tree.python("2").commit("two");
    SteadyLoad load = SteadyLoad.start(platform.function("steady"), PER_SECOND);
    CompletableFuture<WorkTree.Pushed> pushing = pushing(tree, name);
    outage.happen(platform.data(), OUTAGE);
    pushing.join();
    await().atMost(RECOVERY).until(() -> tree.push(platform.remote(name)).succeeded());
    await() // the routers may have to catch up
        .atMost(RECOVERY)
        .until(() -> platform.get(platform.function(name)).body().equals("version 2"));
    it.deployOnce("after-" + outage.host);
    SteadyLoad.Report report = load.stop();
    String what =
        outage.what + " for " + OUTAGE.toSeconds() + " s: failed requests to a known route";
    report.failures().forEach((kind, count) -> System.err.println(count + " × " + kind));
    Reliability.atMost(outage.id, what + " of " + report.sent(), report.failed(), 0);
  }

  @Test
  @Order(4)
  void theOnlyRouterSoonListensAgainOnceItIsKilled() throws Exception {
    theOnlyRouterSoonListensAgain("killed", ProcessHandle::destroyForcibly);
  }

  private static void theOnlyRouterSoonListensAgain(String how, Consumer<ProcessHandle> end)
      throws Exception {
    if (Reliability.isMeasured()) {
      awaitAnAgedRouter();
    }
    CompletableFuture<Duration> away =
        CompletableFuture.supplyAsync(() -> notListening(platform.function("steady")));
    ProcessHandle ended = platform.end("router", end);
    long milliseconds = away.get().toMillis();
    platform.awaitSuccessor("router", ended);
    Reliability.say(
        "R17",
        "the only router is " + how + ": nobody listens for so many milliseconds",
        milliseconds,
        1000);
    assertThat(platform.status(platform.function("steady"))).isEqualTo(200);
  }

  /** Who has lived for ten seconds is started again without a pause. */
  private static void awaitAnAgedRouter() throws InterruptedException {
    Instant started = platform.app("router").flatMap(router -> router.info().startInstant()).get();
    Duration rest = Duration.between(Instant.now(), started.plusSeconds(11));
    if (rest.isPositive()) {
      TimeUnit.MILLISECONDS.sleep(rest.toMillis());
    }
  }

  /** From the first connection that is refused to the next one that is taken. */
  private static Duration notListening(URI at) {
    long began = 0;
    while (true) {
      try (Socket taken = new Socket(at.getHost(), at.getPort())) {
        if (began != 0 && taken.isConnected()) {
          return Duration.ofNanos(System.nanoTime() - began);
        }
      } catch (IOException e) {
        began = began == 0 ? System.nanoTime() : began;
      }
      LockSupport.parkNanos(2_000_000);
    }
  }

  private static void crashDuringAPush(
      WorkTree tree, String name, String app, String version, Random random) throws Exception {
    tree.python(version).commit(version);
    CompletableFuture<WorkTree.Pushed> pushing = pushing(tree, name);
    int delay = random.nextInt(LONGEST_DELAY);
    TimeUnit.MILLISECONDS.sleep(delay);
    platform.crash(app);
    pushing.join();
    await(app + " killed after " + delay + " ms")
        .atMost(RECOVERY)
        .until(() -> tree.push(platform.remote(name)).succeeded());
    await()
        .atMost(RECOVERY)
        .until(() -> platform.get(platform.function(name)).body().equals("version " + version));
  }

  @Test
  @Order(5)
  void aBuildWhoseBuilderIsKilledEndsOnce() throws Exception {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    WorkTree tree = it.deployOnce("built");
    String since = " > " + it.number("SELECT coalesce(max(id), 0) FROM builds");
    for (int i = 0; i < KILLS; i++) {
      String version = "build-" + i;
      tree.python(version).commit(version);
      CompletableFuture<WorkTree.Pushed> pushing = pushing(tree, "built");
      TimeUnit.MILLISECONDS.sleep(random.nextInt(LONGEST_DELAY));
      platform.crash("builder-worker");
      WorkTree.Pushed pushed = pushing.join();
      assertThat(pushed.succeeded()).as("seed " + seed + "\n" + pushed.output()).isTrue();
      it.assertServes("built", "version " + version, pushed);
    }
    String when = KILLS + " kills of the builder during builds: ";
    Reliability.atMost(
        "R35",
        when + "builds that did not end once",
        it.number(
            "SELECT abs(%d - count(*)) FROM builds WHERE state = 'LIVE' AND id%s"
                .formatted(KILLS, since)),
        0);
    Reliability.atMost(
        "R35",
        when + "attempts of the build with most",
        it.number(
            "SELECT max(attempts)::bigint FROM tasks t JOIN builds b ON b.task_id = t.id"
                + " WHERE b.id"
                + since),
        2);
    Reliability.atMost(
        "R35",
        when + "deployments of the build with most",
        it.number(
            "SELECT max(n) FROM (SELECT count(*) AS n FROM releases WHERE change_number IS NOT NULL"
                + " AND build_id%s GROUP BY build_id) counted".formatted(since)),
        1);
  }

  /** Repositories are whole and hold nothing, and each function has its one instance. */
  private static void nothingIsLeft() throws Exception {
    for (Path repository : it.children("control-plane/repositories")) {
      git(repository, "fsck", "--strict");
      await().atMost(RECOVERY).until(() -> git(repository, "for-each-ref", "refs/lmnop").isEmpty());
    }
    int functions = it.children("control-plane/repositories").size();
    Reliability.atMostWithin(
        RECOVERY,
        "R34",
        "after crashes: instances beyond one for each function",
        () -> it.children("provider/run").size() - functions,
        0);
  }

  private static String git(Path repository, String... arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of("git", "--git-dir=" + repository));
    command.addAll(List.of(arguments));
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(command + " " + output).isZero();
    return output;
  }

  private static CompletableFuture<WorkTree.Pushed> pushing(WorkTree tree, String name) {
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            return tree.push(platform.remote(name));
          } catch (IOException e) {
            return new WorkTree.Pushed(false, e.toString());
          }
        },
        Thread.ofVirtual()::start);
  }
}

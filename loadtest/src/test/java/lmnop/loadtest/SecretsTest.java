package lmnop.loadtest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import lmnop.loadtest.load.SteadyLoad;
import lmnop.loadtest.platform.RunningPlatform;
import lmnop.loadtest.platform.WorkTree;
import lmnop.testkit.Reliability;
import lmnop.testkit.RequiresTool;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;

/** Secrets from an operator's command to a function's file, on a whole platform. */
@RequiresTool({"git", "python3", "grep"})
@Timeout(300)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
final class SecretsTest {
  private static final Duration SOON = Duration.ofSeconds(60);
  private static final int PER_SECOND = 50;
  private static final int PLANTED = 20;
  private static final SecureRandom RANDOM = new SecureRandom();

  /** Answers with what its secrets hold, and prints it when it starts. */
  private static final String READER =
      """
      import asyncio, base64, os, pathlib

      folder = pathlib.Path(os.environ.get("LMNOP_SECRETS", "/var/openfaas/secrets"))
      found = {file.name: file.read_bytes() for file in sorted(folder.iterdir())}
      for name, value in found.items():
          print("I have", name, value.decode("latin-1"), flush=True)
      BODY = "\\n".join(f"{name}={base64.b64encode(value).decode()}" for name, value in found.items()).encode()

      async def serve(reader, writer):
          try:
              while True:
                  await reader.readuntil(b"\\r\\n\\r\\n")
                  writer.write(b"HTTP/1.1 200 OK\\r\\nContent-Length: %d\\r\\n\\r\\n%s" % (len(BODY), BODY))
                  await writer.drain()
          except (asyncio.IncompleteReadError, ConnectionError):
              pass
          finally:
              writer.close()

      async def main():
          server = await asyncio.start_server(serve, "127.0.0.1", int(os.environ["PORT"]), backlog=1024)
          await server.serve_forever()

      asyncio.run(main())
      """;

  private static final HttpClient HTTP = HttpClient.newHttpClient();

  private static PlatformUnderTest it;
  private static RunningPlatform platform;

  @BeforeAll
  static void start() throws IOException {
    it = PlatformUnderTest.start();
    platform = it.platform;
  }

  @AfterAll
  static void stopLeavesNothingBehind() throws Exception {
    it.close();
  }

  private static WorkTree reader(String name, String... secrets) throws IOException {
    StringBuilder yaml = new StringBuilder("template: python3\nlimits: {cpu: 1000m}\nsecrets:\n");
    for (String secret : secrets) {
      yaml.append("  - ").append(secret).append('\n');
    }
    return it.tree(name)
        .python("1")
        .file("function.yml", yaml.toString())
        .file("function/main.py", READER)
        .commit("reads " + String.join(" ", secrets));
  }

  private static WorkTree.Pushed live(WorkTree.Pushed pushed) {
    assertThat(pushed.succeeded()).as(pushed.output()).isTrue();
    return pushed;
  }

  private static String said(String... words) throws Exception {
    PlatformUnderTest.Said said = it.operator(words);
    assertThat(said.exitCode()).as(said.output()).isZero();
    return said.output();
  }

  private static String add(String name, byte[] value, String... more) throws Exception {
    Path file = it.scratch.resolve("value");
    Files.write(file, value);
    List<String> words = new ArrayList<>(List.of("secret", "add", name, "--file", file.toString()));
    words.addAll(List.of(more));
    try {
      return said(words.toArray(String[]::new));
    } finally {
      Files.delete(file);
    }
  }

  private static String add(String name, String value, String... more) throws Exception {
    return add(name, value.getBytes(StandardCharsets.UTF_8), more);
  }

  /** The way of faas-cli, which takes no start of a JVM for each. */
  private static String addByGateway(String name, String value) throws Exception {
    String body = "{\"name\": \"%s\", \"value\": \"%s\"}".formatted(name, value);
    HttpResponse<String> answer =
        HTTP.send(
            it.asAdmin("system/secrets").POST(BodyPublishers.ofString(body)).build(),
            BodyHandlers.ofString());
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(202);
    return name + answer.body();
  }

  private static Map<String, byte[]> read(String function) throws Exception {
    Map<String, byte[]> values = new TreeMap<>();
    for (String line : platform.get(platform.function(function)).body().lines().toList()) {
      int equals = line.indexOf('=');
      if (equals > 0) { // else it is the router's answer, and no secret
        values.put(
            line.substring(0, equals), Base64.getDecoder().decode(line.substring(equals + 1)));
      }
    }
    return values;
  }

  private static void assertReads(String function, String secret, String value) throws Exception {
    assertThat(read(function).get(secret)).asString().isEqualTo(value);
  }

  @Test
  @Order(1)
  void aMissingSecretIsRefusedWithItsPlaceAndTheCommandAndWhatThatMadeIsRead() throws Exception {
    byte[] value = new byte[1000];
    RANDOM.nextBytes(value);
    value[value.length - 1] = '\n';
    WorkTree tree = reader("first", "database-password", "raw-bytes");
    add("raw-bytes", value);
    WorkTree.Pushed refused = tree.push(platform.remote("first"));
    assertThat(refused.succeeded()).isFalse();
    assertThat(refused.output())
        .contains(
            "function.yml:4:5: `secrets` is 'database-password'; default has no secret of that"
                + " name: create it with ./lmnop secret add database-password")
        .doesNotContain("raw-bytes");
    assertThat(it.number("SELECT count(*) FROM functions")).isZero();
    assertThat(it.number("SELECT count(*) FROM repositories")).isZero();
    add("database-password", "not for others", "--functions", "second");
    assertThat(tree.push(platform.remote("first")).output())
        .contains("it is for second alone: allow it with ./lmnop secret add database-password");
    add("database-password", "correct horse", "--functions", "first,second");
    live(tree.push(platform.remote("first")));
    assertThat(read("first")).containsOnlyKeys("database-password", "raw-bytes");
    assertReads("first", "database-password", "correct horse");
    assertThat(read("first").get("raw-bytes")).isEqualTo(value);
  }

  @Test
  @Order(2)
  void aNewValueChangesNothingThatRunsUntilItIsRolledAndNoRequestFails() throws Exception {
    add("rolled", "the first value");
    live(reader("one", "rolled").push(platform.remote("one")));
    live(reader("other", "rolled").push(platform.remote("other")));
    assertThat(add("rolled", "the second value")).contains("--roll deploys it anew: one, other.");
    live(it.tree("other").commit("again").push(platform.remote("other")));
    await().atMost(SOON).untilAsserted(() -> assertReads("other", "rolled", "the second value"));
    assertReads("one", "rolled", "the first value");
    assertThat(said("secret", "list")).contains("one (version 1), other");
    long builds = it.number("SELECT count(*) FROM builds");
    SteadyLoad load = SteadyLoad.start(platform.function("one"), PER_SECOND);
    String rolled = add("rolled", "the third value", "--roll");
    await().atMost(SOON).untilAsserted(() -> assertReads("one", "rolled", "the third value"));
    assertThat(load.stop().failures()).isEmpty();
    await().atMost(SOON).untilAsserted(() -> assertReads("other", "rolled", "the third value"));
    assertThat(rolled).contains("DEPLOY", "VERIFY", "CUTOVER");
    assertThat(it.number("SELECT count(*) FROM builds")).isEqualTo(builds);
    assertThat(said("secret", "list")).doesNotContain("(version");
    PlatformUnderTest.Said kept = it.operator("secret", "remove", "rolled");
    assertThat(kept.exitCode()).isEqualTo(1);
    assertThat(kept.output()).contains("revision 1 of one");
  }

  @Test
  @Order(2)
  void twoOwnersHaveSecretsOfOneName() throws Exception {
    said("user", "add", "ada");
    add("shared-name", "one of default");
    live(reader("mine", "shared-name").push(platform.remote("mine")));
    WorkTree theirs = reader("theirs", "shared-name");
    assertThat(theirs.push(platform.remote("ada/theirs")).output())
        .contains("ada has no secret of that name", "secret add shared-name --owner ada");
    add("shared-name", "one of ada", "--owner", "ada");
    live(theirs.push(platform.remote("ada/theirs")));
    assertReads("mine", "shared-name", "one of default");
    assertReads("theirs", "shared-name", "one of ada");
  }

  @Test
  @Order(3)
  void theMasterKeyIsExchangedWhileReleasesRun() throws Exception {
    add("kept", "a value that stays");
    WorkTree tree = reader("busy", "kept");
    live(tree.push(platform.remote("busy")));
    Path file = platform.data().resolve("credentials/master-key");
    String before = Files.readString(file);
    AtomicBoolean over = new AtomicBoolean();
    CompletableFuture<Integer> rotating =
        CompletableFuture.supplyAsync(
            () -> {
              int rounds = 0;
              while (!over.get()) {
                try {
                  assertThat(said("secret", "rotate-key")).contains("is another one");
                } catch (Exception e) {
                  throw new IllegalStateException(e);
                }
                rounds++;
              }
              return rounds;
            },
            Thread.ofVirtual()::start);
    for (int i = 0; i < 5; i++) {
      live(tree.commit("version " + i).push(platform.remote("busy")));
      assertReads("busy", "kept", "a value that stays");
    }
    over.set(true);
    assertThat(rotating.get()).isPositive();
    assertThat(Files.readAllLines(file)).hasSize(1);
    assertThat(Files.readString(file)).isNotEqualTo(before);
    assertThat(it.number("SELECT count(DISTINCT master_key) FROM secrets")).isEqualTo(1);
  }

  /** It is killed as soon as the file is at the provider; the workload is not there yet, or is. */
  @Test
  @Order(4)
  void aControlPlaneThatIsKilledWhenItHasPutASecretGoesOn() throws Exception {
    add("interrupted", "a value that arrives");
    Path put = platform.data().resolve("provider/secrets/default/interrupted");
    assertThat(put).doesNotExist();
    CompletableFuture<WorkTree.Pushed> pushing =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return reader("killed", "interrupted").push(platform.remote("killed"));
              } catch (IOException e) {
                throw new IllegalStateException(e);
              }
            },
            Thread.ofVirtual()::start);
    while (!Files.exists(put)) {
      assertThat(pushing).as("the push goes on").isNotDone();
      Thread.onSpinWait();
    }
    ProcessHandle killed = platform.end("control-plane", ProcessHandle::destroyForcibly);
    platform.awaitSuccessor("control-plane", killed);
    pushing.get();
    await()
        .atMost(SOON)
        .untilAsserted(() -> assertReads("killed", "interrupted", "a value that arrives"));
    await() // a function serves a moment before its release says so
        .atMost(SOON)
        .until(() -> it.number("SELECT count(*) FROM releases WHERE state <> 'DONE'") == 0);
  }

  @Test
  @Order(5)
  void aMasterKeyThatIsMissingIsSaidAtStartAndItsReturnMendsEverything() throws Exception {
    add("guarded", "a value behind the key");
    WorkTree tree = reader("guarding", "guarded");
    live(tree.push(platform.remote("guarding")));
    Path file = platform.data().resolve("credentials/master-key");
    Path kept = Files.move(file, it.scratch.resolve("kept"));
    try {
      platform.restart("control-plane");
      await()
          .atMost(SOON)
          .untilAsserted(() ->
              assertThat(platform.output())
                  .contains("secrets cannot be read: the file with the master key is missing"));
      assertReads("guarding", "guarded", "a value behind the key");
      WorkTree.Pushed refused = tree.commit("again").push(platform.remote("guarding"));
      assertThat(refused.succeeded()).isFalse();
      assertThat(refused.output()).contains("DEPLOY failed", "master key is missing");
      PlatformUnderTest.Said added =
          it.operator("secret", "add", "another", "--file", tree.folder() + "/function.yml");
      assertThat(added.exitCode()).isEqualTo(1);
      assertThat(added.output()).contains("Put the right file back");
      it.deployOnce("without-secrets");
      assertReads("guarding", "guarded", "a value behind the key");
      assertThat(file).doesNotExist();
    } finally {
      Files.move(kept, file);
    }
    live(tree.commit("once more").push(platform.remote("guarding")));
    assertReads("guarding", "guarded", "a value behind the key");
  }

  /**
   * Files that the function reads are where they have to be; that nobody else may, is asked too.
   */
  @Test
  @Order(6)
  @Tag(Reliability.TAG)
  void plantedValuesAreNowhereButInTheFilesOfTheFunction() throws Exception {
    Map<String, String> planted = new TreeMap<>();
    for (int i = 0; i < PLANTED; i++) {
      byte[] value = new byte[24];
      RANDOM.nextBytes(value);
      planted.put("canary-" + i, "canary+/" + Base64.getUrlEncoder().encodeToString(value));
    }
    StringBuilder told = new StringBuilder();
    for (Map.Entry<String, String> one : planted.entrySet()) {
      told.append(
          told.isEmpty()
              ? add(one.getKey(), one.getValue())
              : addByGateway(one.getKey(), one.getValue()));
    }
    WorkTree tree = reader("canaries", planted.keySet().toArray(String[]::new));
    told.append(live(tree.push(platform.remote("canaries"))).output());
    planted.forEach((name, value) -> assertRead(name, value));
    told.append(add("canary-0", planted.get("canary-0") + "-anew", "--roll"));
    tree.file(
        "function/main.py", "import sys\n" + READER.replace("asyncio.run(main())", "sys.exit(3)"));
    WorkTree.Pushed crashing = tree.commit("crashes").push(platform.remote("canaries"));
    assertThat(crashing.succeeded()).isFalse();
    assertThat(crashing.output()).contains("I have canary-1 ***");
    told.append(crashing.output());
    told.append(said("secret", "list"));
    told.append(said("crashes", "canaries"));
    told.append(platform.output());

    Canaries canaries = new Canaries(platform.data(), planted);
    Reliability.atLeast("R40", "canary secrets planted", canaries.count(), PLANTED);
    List<String> files = canaries.inFiles();
    assertThat(files).isNotEmpty();
    List<String> elsewhere =
        Stream.of(
                canaries.in(told.toString()),
                canaries.inProcesses(platform.processes()),
                files.stream().filter(file -> !isOfTheFunction(file)).toList())
            .flatMap(List::stream)
            .toList();
    assertThat(elsewhere).isEmpty();
    Reliability.atMost(
        "R40", "of them in logs, pushes, processes, files of others", elsewhere.size(), 0);
    assertThat(
            it.number(
                "SELECT count(*) FROM audit WHERE detail::text LIKE '%canary+/%'"
                    + " OR subject LIKE '%canary+/%'"))
        .isZero();
  }

  private static void assertRead(String name, String value) {
    try {
      assertReads("canaries", name, value);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  /** Where the provider keeps the files of functions, and where an instance has its own. */
  private static boolean isOfTheFunction(String file) {
    return file.startsWith("./provider/secrets/")
        || file.startsWith("./provider/workload-secrets/")
        || file.matches("\\./provider/run/[^/]+/.*secrets/.*")
        || file.matches("\\./provider/run/[^/]+/output(\\..*)?");
  }
}

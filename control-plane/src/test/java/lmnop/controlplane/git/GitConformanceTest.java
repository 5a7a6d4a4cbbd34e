package lmnop.controlplane.git;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import lmnop.operations.archive.Trees;
import lmnop.testkit.Reliability;
import lmnop.testkit.RequiresTool;
import lmnop.testkit.Thorough;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * R30: what git does with our server looks the same as with its own. Where we differ on purpose,
 * because a push is a deployment, other tests say so.
 */
@RequiresTool({"git", "apache2", "htpasswd"})
@Tag(Reliability.TAG)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@SuppressWarnings("NullAway.Init")
class GitConformanceTest {
  private static final String USER = "admin";
  private static final String PASSWORD = "correct%20horse"; // as it stands in a URL

  private static final int EVERYDAY = 4; // one of so many

  /** What JGit offers to clients of protocol 2 only; those of protocol 0 say so themselves. */
  private static final List<String> ONLY_NEW =
      List.of("clone since a moment", "clone without what a tag has");

  @TempDir static Path folder;
  private GitServer ours;
  private GitSession author;
  private String ourShared;
  private String theirShared;
  private ApacheGit theirs;
  private int played;
  private int equal;

  @BeforeAll
  void start() throws Exception {
    ours = new GitServer(GitServer.settings(Map.of("pack.objects", "10000")));
    theirs = new ApacheGit(folder.resolve("apache"), USER, GitServer.PASSWORD);
    ourShared = ourUrl("shared");
    theirShared = theirUrl("shared");
    author = new GitSession(folder.resolve("original"), ourShared, "2");
    GitScenarios.write(author);
    GitScenarios.publish(author);
    GitScenarios.publish(author.copy(folder.resolve("copy"), theirShared, "2"));
  }

  private String ourUrl(String repository) {
    return ours.url(USER, PASSWORD, repository);
  }

  private String theirUrl(String repository) throws Exception {
    return theirs.create(repository, USER, PASSWORD);
  }

  @AfterAll
  void stop() throws Exception {
    theirs.close();
    ours.close();
    int all = Thorough.isAskedFor() ? 80 : 80 / EVERYDAY;
    Reliability.atLeast("R30", "git scenarios that look as at git http-backend", equal, all);
    Reliability.atMost("R30", "git scenarios that do not", played - equal, 0);
  }

  /** Text that cannot be packed, the same every time. */
  static String noise(int length) {
    return Base64.getMimeEncoder().encodeToString(GitServer.noise(length));
  }

  /** Everyday's run takes some of them; which ones is the same every day. */
  private static Stream<Arguments> some(List<Arguments> all) {
    int stride = Thorough.isAskedFor() ? 1 : EVERYDAY;
    return IntStream.range(0, all.size()).filter(i -> i % stride == 0).mapToObj(all::get);
  }

  static Stream<Arguments> readers() {
    List<String> protocols = Thorough.isAskedFor() ? List.of("0", "2") : List.of("2");
    return some(
        GitScenarios.ofReaders().entrySet().stream()
            .flatMap(entry ->
                protocols.stream()
                    .filter(protocol -> protocol.equals("2") || !ONLY_NEW.contains(entry.getKey()))
                    .map(protocol -> Arguments.of(entry.getKey(), protocol, entry.getValue())))
            .toList());
  }

  @ParameterizedTest(name = "{0}, protocol {1}")
  @MethodSource
  void readers(String name, String protocol, GitScenarios.Scenario scenario) throws Exception {
    played++;
    Path place = folder.resolve("reader");
    GitSession here = new GitSession(place.resolve("ours"), ourShared, protocol);
    GitSession there = new GitSession(place.resolve("theirs"), theirShared, protocol);
    compare(scenario, here, there);
    Trees.delete(place);
  }

  static Stream<Arguments> writers() {
    return some(
        GitScenarios.ofWriters().entrySet().stream()
            .map(entry -> Arguments.of(entry.getKey(), entry.getValue()))
            .toList());
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource
  void writers(String name, GitScenarios.Scenario scenario) throws Exception {
    played++;
    Path place = folder.resolve("writer");
    GitSession here = author.copy(place.resolve("ours"), ourUrl("r" + played), "2");
    GitSession there = author.copy(place.resolve("theirs"), theirUrl("r" + played), "2");
    GitScenarios.publish(here);
    GitScenarios.publish(there);
    compare(scenario, here, there);
    Trees.delete(place);
  }

  private void compare(GitScenarios.Scenario scenario, GitSession here, GitSession there)
      throws Exception {
    scenario.play(here);
    scenario.play(there);
    assertThat(here.seen()).isEqualTo(there.seen());
    equal++;
  }

  /** What our server cannot do is said in words, and the clone stays as it was. */
  @ParameterizedTest
  @ValueSource(strings = {"0", "2"})
  void deepeningByANumberIsRefusedInWords(String protocol) throws Exception {
    GitSession git = new GitSession(folder.resolve("deepen" + protocol), ourShared, protocol);
    git.nowhere("reader").silent("clone", "-q", "--depth", "1", git.url(), ".");
    git.git("fetch", "--deepen=1").git("rev-list", "--all", "--count");
    assertThat(git.seen()).containsPattern("fetch --deepen=1 -> 128\\s+fatal: ");
    assertThat(git.seen()).doesNotContain("internal").endsWith("-> 0\n    1");
    git.silent("fetch", "--depth", "2");
  }
}

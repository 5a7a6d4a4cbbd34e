package lmnop.controlplane.git;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Which branches become previews, as those see it who push with git. */
@Timeout(120)
final class BranchPreviewsTest {
  private static final String ASKING = "template: python3\npreview: {branches: [\"feature/*\"]}\n";
  private static GitServer server;

  @TempDir Path folder;

  @BeforeAll
  static void start() {
    server = new GitServer();
  }

  @AfterAll
  static void stop() throws IOException {
    server.close();
  }

  @AfterEach
  void usual() {
    server.deployer.becomesUsual();
    server.deployer.previews.clear();
    server.deployer.deleted.clear();
  }

  private Work released(String name) {
    Work work = Work.function(folder).commit("function.yml", ASKING);
    work.git("push", server.url(name), "main");
    return work;
  }

  @Test
  void aBranchThatAsksMovesWithItsPreview() {
    Work work = released("moves");
    work.git("checkout", "-q", "-b", "feature/one");
    work.commit("a.txt", "a");
    Work.Run push = work.tryGit("push", server.url("moves"), "feature/one");
    assertThat(push.succeeded()).as(push.output()).isTrue();
    assertThat(push.output())
        .contains("remote: released " + work.head())
        .doesNotContain("skipped", "Nothing is deployed");
    assertThat(server.deployer.previews).hasSize(1);
    assertThat(server.deployer.previews.getFirst().ref()).isEqualTo("refs/heads/feature/one");
    assertThat(work.git("ls-remote", server.url("moves"), "refs/heads/feature/one"))
        .contains(work.head());
    work.git("commit", "-q", "--amend", "-m", "rewritten");
    assertThat(work.tryGit("push", "--force", server.url("moves"), "feature/one").succeeded())
        .isTrue();
    assertThat(work.git("ls-remote", server.url("moves"), "refs/heads/feature/one"))
        .contains(work.head());
  }

  @Test
  void aPreviewThatFailsRefusesThePush() {
    Work work = released("fails");
    server.deployer.becomes((push, line) -> new Deployer.Verdict.Refused("VERIFY failed: it ends"));
    Work.Run push = work.tryGit("push", server.url("fails"), "main:feature/one");
    assertThat(push.exit()).isNotZero();
    assertThat(push.output()).contains("VERIFY failed: it ends");
    assertThat(work.git("ls-remote", server.url("fails"))).doesNotContain("feature/one");
  }

  @Test
  void otherBranchesAndTagsAreKeptAndAskedForNothing() {
    Work work = released("others");
    work.git("tag", "feature/tag");
    Work.Run push =
        work.tryGit("push", server.url("others"), "main:topic", "refs/tags/feature/tag");
    assertThat(push.succeeded()).as(push.output()).isTrue();
    assertThat(push.output()).contains("topic: skipped, only main is deployed");
    assertThat(server.deployer.previews).isEmpty();
  }

  @Test
  void aFileThatCannotBeReadIsSaidAndTheBranchIsKept() {
    Work work = released("typo");
    work.commit("function.yml", "template: python3\npreview: {branchs: [x]}\n");
    Work.Run push = work.tryGit("push", server.url("typo"), "main:feature/typo");
    assertThat(push.succeeded()).as(push.output()).isTrue();
    assertThat(push.output())
        .contains("feature/typo: skipped, only main is deployed; no preview: function.yml has an")
        .contains("`preview.branchs` is not a key; did you mean `branches`?");
    assertThat(work.git("ls-remote", server.url("typo"))).contains("refs/heads/feature/typo");
  }

  @Test
  void aBranchWithoutAFunctionIsKeptWithoutAWordOfPreviews() {
    Work work = released("pages");
    work.git("rm", "-q", "function.yml");
    work.commit("index.html", "hello");
    Work.Run push = work.tryGit("push", server.url("pages"), "main:feature/pages");
    assertThat(push.succeeded()).as(push.output()).isTrue();
    assertThat(push.output())
        .contains("feature/pages: skipped, only main is deployed")
        .doesNotContain("no preview");
  }

  @Test
  void aBranchBeforeMainIsToldToWait() {
    Work work = Work.function(folder).commit("function.yml", ASKING);
    Work.Run push = work.tryGit("push", server.url("early"), "main:feature/early");
    assertThat(push.exit()).isNotZero();
    assertThat(push.output()).contains("its preview needs something that serves: push main first");
    assertThat(server.count("SELECT count(*) AS n FROM repositories WHERE name = 'early'"))
        .isZero();
    Work.Run both = work.tryGit("push", server.url("early"), "main:feature/early", "main");
    assertThat(both.succeeded()).as(both.output()).isTrue();
    assertThat(server.deployer.previews).hasSize(1);
  }

  @Test
  void aBranchThatIsDeletedEndsItsPreview() {
    Work work = released("gone");
    work.git("push", server.url("gone"), "main:feature/one", "main:topic");
    Work.Run push = work.tryGit("push", server.url("gone"), ":feature/one", ":topic");
    assertThat(push.succeeded()).as(push.output()).isTrue();
    assertThat(push.output())
        .contains("feature/one: its preview has ended")
        .doesNotContain("topic: its preview");
    assertThat(server.deployer.deleted)
        .containsExactlyInAnyOrder("refs/heads/feature/one", "refs/heads/topic");
    assertThat(work.git("ls-remote", server.url("gone"))).doesNotContain("feature/one");
  }

  @Test
  void hundredsOfBranchesAreEachTold() {
    Work work = released("many");
    server.deployer.becomes((push, line) ->
        server.deployer.previews.size() > 3
            ? new Deployer.Verdict.Refused("many has 3 previews, as many as there may be")
            : server.deployer.release(push, line));
    StringBuilder refs = new StringBuilder();
    for (int i = 0; i < 300; i++) {
      refs.append("create refs/heads/feature/b%03d %s%n".formatted(i, work.head()));
    }
    work.feed(refs.toString(), "update-ref", "--stdin");
    Work.Run push = work.tryGit("push", "--all", server.url("many"));
    assertThat(push.exit()).isNotZero();
    assertThat(push.output().lines().filter(line -> line.contains("as many as there may be")))
        .hasSize(297);
    assertThat(work.git("ls-remote", "--heads", server.url("many")).lines()).hasSize(4);
  }
}

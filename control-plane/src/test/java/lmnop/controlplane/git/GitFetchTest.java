package lmnop.controlplane.git;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import lmnop.testkit.RequiresTool;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@RequiresTool("git")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@SuppressWarnings("NullAway.Init")
class GitFetchTest {
  @TempDir Path folder;
  private GitServer server;

  @BeforeAll
  void start() {
    server = new GitServer();
  }

  @AfterAll
  void stop() throws Exception {
    server.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "2"})
  void clonesAndFetches(String protocol) throws Exception {
    String version = "protocol.version=" + protocol;
    String name = "fetched-" + protocol;
    byte[] noise = new byte[900_000];
    new Random(1).nextBytes(noise);
    Work author = Work.function(folder);
    Files.write(author.folder.resolve("noise.bin"), noise);
    author.commit();
    author.git("push", server.url(name), "main");

    Work reader = Work.empty(folder);
    reader.git("-c", version, "clone", "-q", server.url("default/" + name + ".git"), ".");
    assertThat(reader.folder.resolve("noise.bin")).hasBinaryContent(noise);
    assertThat(reader.git("branch", "--show-current").strip()).isEqualTo("main");

    for (int i = 0; i < 40; i++) {
      reader.commit("reader.txt", "local " + i);
    }
    author.commit("next.txt", "next");
    author.git("push", server.url(name), "main");
    reader.git("-c", version, "fetch", "-q");
    assertThat(reader.git("rev-parse", "origin/main").strip()).isEqualTo(author.head());
  }

  @Test
  void shallowCloneCanPushBack() {
    Work author = Work.function(folder).commit("a.txt", "a").commit("b.txt", "b");
    author.git("push", server.url("shallow"), "main");
    Work reader = Work.empty(folder);
    reader.git("clone", "-q", "--depth", "1", server.url("shallow"), ".");
    assertThat(reader.git("rev-list", "--count", "HEAD").strip()).isEqualTo("1");
    reader.commit("c.txt", "c");
    reader.git("push", server.url("shallow"), "main");
    author.git("pull", "-q", server.url("shallow"), "main");
    assertThat(author.git("rev-list", "--count", "HEAD").strip()).isEqualTo("4");
  }

  @Test
  void repositoryWhoseFirstBuildFailedIsEmpty() {
    server.deployer.becomes((push, line) -> {
      server.deployer.accept(push);
      return new Deployer.Verdict.Refused("no");
    });
    Work.function(folder).tryGit("push", server.url("empty"), "main");
    server.deployer.becomesUsual();
    assertThat(Work.empty(folder).git("clone", server.url("empty"), "."))
        .contains("empty repository");
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "2"})
  void whatAHiddenRefHoldsIsNeitherShownNorGiven(String protocol) throws Exception {
    String version = "protocol.version=" + protocol;
    String name = "hidden-" + protocol;
    Work author = Work.function(folder);
    author.git("push", server.url(name), "main");
    author.commit("secret.txt", "not released");
    server.deployer.becomes((push, line) -> {
      try {
        server.repositories.holdForBuild(push.repositoryId(), 7, push.commit());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      return new Deployer.Verdict.Refused("it goes on building");
    });
    author.tryGit("push", server.url(name), "main");
    server.deployer.becomesUsual();
    assertThat(server.folder(name).resolve("refs/lmnop/builds/7")).exists();

    Work reader = Work.init(folder);
    assertThat(reader.git("-c", version, "ls-remote", server.url(name)))
        .doesNotContain("lmnop")
        .doesNotContain(author.head());
    Work.Run fetch = reader.run(Map.of(), "-c", version, "fetch", server.url(name), author.head());
    assertThat(fetch.exit()).isNotZero();
    assertThat(reader.tryGit("cat-file", "-e", author.head()).exit()).isNotZero();
  }

  @Test
  void twoThousandTagsArePushedAndFetched() throws Exception {
    Work author = Work.function(folder).tags(2000);
    author.git("push", "--tags", server.url("tags"), "main");
    Work reader = Work.empty(folder);
    reader.git("clone", "-q", server.url("tags"), ".");
    assertThat(reader.git("tag").lines()).hasSize(2000);
  }
}

package lmnop.controlplane.git;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import lmnop.operations.archive.TarReader;
import lmnop.testkit.RequiresTool;
import org.eclipse.jgit.storage.file.FileBasedConfig;
import org.eclipse.jgit.util.FS;
import org.eclipse.jgit.util.SystemReader;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@RequiresTool("git")
@SuppressWarnings("NullAway.Init")
class RepositoriesTest {
  private static final String MAIN = "refs/heads/main";

  @TempDir Path folder;
  private Repositories repositories;
  private Work work;
  private String first;
  private String second;

  @BeforeEach
  void create() throws Exception {
    repositories = new Repositories(folder);
    repositories.createUnclaimed(1, "main");
    work = Work.function(folder);
    first = work.head();
    work.commit("a/b.txt", "b");
    second = work.head();
    // The objects come without a ref that holds them, as a push has them when it is deployed.
    work.git("push", "-q", repositories.folder(1).toString(), "main:refs/heads/other");
  }

  private String ref(String name) {
    return work.git("ls-remote", repositories.folder(1).toString(), name);
  }

  @Test
  void nobodyWaitsUntilTheFileSystemsClockIsMeasured() {
    assertThat(FS.FileStoreAttributes.get(folder).getFsTimestampResolution())
        .isEqualTo(Duration.ofSeconds(2));
  }

  @Test
  void refMovesFromWhereThePushFoundIt() throws Exception {
    assertThat(repositories.moveRef(1, MAIN, null, first)).isEqualTo(RefMove.MOVED);
    assertThat(repositories.moveRef(1, MAIN, first, second)).isEqualTo(RefMove.MOVED);
    assertThat(ref(MAIN)).contains(second);
    assertThat(repositories.moveRef(1, MAIN, first, second)).isEqualTo(RefMove.MOVED);
  }

  @Test
  void refMovesOnlyForward() throws Exception {
    repositories.moveRef(1, MAIN, null, second);
    work.git("checkout", "-q", "-b", "aside", first);
    work.commit("aside.txt", "aside");
    work.git("push", "-q", repositories.folder(1).toString(), "aside");
    assertThat(repositories.mayMove(1, MAIN, first, work.head())).isFalse();
    assertThat(repositories.moveRef(1, MAIN, first, work.head())).isEqualTo(RefMove.OVERTAKEN);
    assertThat(repositories.moveRef(1, MAIN, null, first)).isEqualTo(RefMove.OVERTAKEN);
    assertThat(ref(MAIN)).contains(second);
  }

  @Test
  void nothingOfTheMachineIsKnownToJGit() throws Exception {
    SystemReader system = SystemReader.getInstance();
    assertThat(system.getenv("PATH")).isNull();
    assertThat(system.getUserConfig().getSections()).doesNotContain("user", "core", "http");
    FileBasedConfig user = system.openUserConfig(null, FS.DETECTED);
    user.setString("user", null, "name", "nobody");
    user.save();
    user.load();
    assertThat(user.getFile()).isNull();
  }

  @Test
  void lockOfAKilledWriterIsBrokenAndThatOfALivingOneIsAwaited() throws Exception {
    Path lock = repositories.folder(1).resolve("refs/heads/main.lock");
    Files.createFile(lock);
    CompletableFuture<RefMove> waiting =
        CompletableFuture.supplyAsync(() -> move(repositories, first));
    assertThat(waiting).isNotDone();
    Files.delete(lock);
    assertThat(waiting.get(20, TimeUnit.SECONDS)).isEqualTo(RefMove.MOVED);
    Files.createFile(lock);
    Clock later = Clock.offset(Clock.systemUTC(), Duration.ofSeconds(61));
    assertThat(move(new Repositories(folder, later), second)).isEqualTo(RefMove.MOVED);
    assertThat(lock).doesNotExist();
  }

  private static RefMove move(Repositories repositories, String commit) {
    try {
      return repositories.moveRef(1, MAIN, null, commit);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void holdIsARefThatCanBeLetGoTwice() throws Exception {
    repositories.holdForBuild(1, 7, second);
    repositories.holdForBuild(1, 7, second);
    assertThat(ref("refs/lmnop/builds/7")).contains(second);
    repositories.releaseHold(1, 7);
    repositories.releaseHold(1, 7);
    assertThat(ref("refs/lmnop/builds/7")).isEmpty();
  }

  @Test
  void tarDependsOnTheCommitAloneAndHoldsItsTree() throws Exception {
    work.write("run.sh", "#!/bin/sh\n");
    Files.setPosixFilePermissions(
        work.folder.resolve("run.sh"), PosixFilePermissions.fromString("rwxr-xr-x"));
    Files.createSymbolicLink(work.folder.resolve("a/link"), Path.of("../run.sh"));
    work.commit("ümlaut " + "long/".repeat(30) + "name.txt", "deep");
    work.git("push", "-q", repositories.folder(1).toString(), "main:refs/heads/other");
    byte[] tar = tar(work.head());
    assertThat(tar(work.head())).isEqualTo(tar);
    Path out = Files.createDirectory(folder.resolve("out"));
    TarReader.unpack(new ByteArrayInputStream(tar), out, TarReader.Budget.SOURCE);
    assertThat(out.resolve("function.yml")).hasContent("template: python3");
    assertThat(Files.isExecutable(out.resolve("run.sh"))).isTrue();
    assertThat(Files.readSymbolicLink(out.resolve("a/link"))).isEqualTo(Path.of("../run.sh"));
    assertThat(out.resolve("ümlaut " + "long/".repeat(30) + "name.txt")).hasContent("deep");
  }

  private byte[] tar(String commit) throws Exception {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    repositories.writeSourceTar(1, commit, out);
    return out.toByteArray();
  }

  @Test
  void readsAFileWithinItsLimit() throws Exception {
    assertThat(repositories.readFile(1, second, "a/b.txt", 10))
        .hasValueSatisfying(b -> assertThat(b).asString(StandardCharsets.UTF_8).isEqualTo("b"));
    assertThat(repositories.readFile(1, first, "a/b.txt", 10)).isEmpty();
    assertThat(repositories.readFile(1, second, "a", 10)).isEmpty();
    assertThatThrownBy(() -> repositories.readFile(1, second, "function.yml", 3))
        .isInstanceOf(SourceRefused.class)
        .hasMessageContaining("'function.yml' has 18 bytes; at most 3 are allowed");
  }

  @Test
  void unclaimedRepositoryGoesAndAClaimedOneStays() throws Exception {
    repositories.createUnclaimed(2, "main");
    repositories.settle(1, id -> true);
    repositories.settle(2, id -> false);
    repositories.settle(1, id -> false);
    assertThat(repositories.isThere(1)).isTrue();
    assertThat(repositories.isThere(2)).isFalse();
  }

  @Test
  void repositoryOfWhichNobodyKnowsStays() throws Exception {
    repositories.settle(
        1,
        id -> {
          throw new IllegalStateException("the database is away");
        });
    assertThat(repositories.isThere(1)).isTrue();
  }
}

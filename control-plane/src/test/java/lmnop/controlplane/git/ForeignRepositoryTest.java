package lmnop.controlplane.git;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Map;
import java.util.stream.Stream;
import lmnop.controlplane.git.EvilPushes.Evil;
import lmnop.operations.archive.TarReader;
import lmnop.testkit.RequiresTool;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.util.unit.DataSize;

/** Repositories of others, as real git has made them, by both ways that lead to them. */
@RequiresTool("git")
@SuppressWarnings("NullAway.Init")
class ForeignRepositoryTest {
  private static final GitSettings.TreeLimits LIMITS =
      new GitSettings.TreeLimits(20, 4, 200, DataSize.ofKilobytes(64));

  private static final GitSettings.PackLimits PACK =
      new GitSettings.PackLimits(
          DataSize.ofMegabytes(2),
          100,
          DataSize.ofMegabytes(1),
          DataSize.ofKilobytes(64),
          DataSize.ofMegabytes(3),
          10,
          DataSize.ofMegabytes(1));

  @TempDir Path temp;
  private Work work;
  private String first;
  private int tried;

  @BeforeEach
  void create() {
    work = Work.init(temp);
    work.commit("cobol/template.yml", "about: one\n");
    first = work.head();
    work.git("tag", "v1");
    work.git("tag", "-a", "signed", "-m", "an annotated one");
    work.write("other/large", "x".repeat(100_000)).commit("cobol/template.yml", "about: two\n");
    work.git("branch", "next");
  }

  private ForeignRepository.Folder fetch(URI url, @Nullable String ref, String folder)
      throws IOException {
    Path scratch = Files.createDirectory(temp.resolve("scratch" + tried++));
    return new ForeignRepository(url, scratch, Duration.ofSeconds(20))
        .fetch(ref, folder, PACK, LIMITS);
  }

  private URI file() {
    return URI.create("file://" + work.folder);
  }

  private String template(ForeignRepository.Folder folder) throws IOException {
    Path into = Files.createDirectory(temp.resolve("unpacked" + tried++));
    TarReader.unpack(new ByteArrayInputStream(folder.tar()), into, TarReader.Budget.TEMPLATE);
    return Files.readString(into.resolve("template.yml"));
  }

  @Test
  void aFolderIsFetchedAsTheNewestCommitHasIt() throws Exception {
    ForeignRepository.Folder folder = fetch(file(), null, "cobol");
    assertThat(folder.commit()).isEqualTo(work.head());
    assertThat(template(folder)).isEqualTo("about: two\n");
    assertThat(fetch(file(), "next", "cobol").tar()).isEqualTo(folder.tar());
  }

  @ParameterizedTest
  @ValueSource(strings = {"v1", "signed", "refs/tags/v1"})
  void aTagNamesAnOlderCommit(String tag) throws Exception {
    ForeignRepository.Folder folder = fetch(file(), tag, "cobol");
    assertThat(folder.commit()).isEqualTo(first);
    assertThat(template(folder)).isEqualTo("about: one\n");
  }

  @Test
  void gitsOwnServerIsReadByHttps() throws Exception {
    try (HttpsGit server = new HttpsGit(temp)) {
      URI url = server.url(temp.relativize(work.folder) + "/.git");
      assertThat(template(fetch(url, "v1", "cobol"))).isEqualTo("about: one\n");
      assertThat(template(fetch(url, null, "cobol"))).isEqualTo("about: two\n");
      assertThat(fetch(url, work.head(), "cobol").commit()).isEqualTo(work.head());
      refused(server.url("none"), null, "cobol", "not found");
    }
  }

  @Test
  void noRedirectIsFollowedAndItIsSaidWhereItLeads() throws Exception {
    try (HttpsGit server = new HttpsGit(temp)) {
      refused(
          server.url("moved/x"),
          null,
          "cobol",
          "redirects to http://169.254.169.254/latest, and no redirect is followed");
    }
  }

  @Test
  void whatIsNotThereIsSaid() {
    refused(file(), "none", "cobol", "has no branch, tag or commit 'none'");
    refused(file(), null, "fortran", "has no folder 'fortran'");
    refused(file(), null, "cobol/template.yml", "has no folder 'cobol/template.yml'");
    refused(URI.create("file://" + temp + "/nowhere"), null, "", "cannot be read");
  }

  @Test
  void aFolderThatIsTooLargeIsRefusedAndOthersOfItsRepositoryAreNot() {
    refused(file(), null, "other", "larger than 0 MiB");
    for (int i = 0; i < 21; i++) {
      work.write("many/" + i, "x");
    }
    work.write("deep/a/b/c/d/e", "x").commit();
    refused(file(), null, "many", "more than 20 files");
    refused(file(), null, "deep", "deeper than 3 folders");
  }

  @Test
  void aRepositoryOfWhichTooMuchWouldComeIsLeftOff() throws Exception {
    work.write("large/zeros", "0".repeat(2 << 20)).commit();
    refusedByBothWays("Object too large: it has 2097152 bytes unpacked, at most 1048576 are");
    for (int i = 0; i < 4; i++) {
      work.write("large/zeros" + i, String.valueOf(i).repeat(900_000));
    }
    work.write("large/zeros", "").commit();
    refusedByBothWays("what it sends has more than 3 MiB unpacked: name a repository that holds");
    work.git("rm", "-r", "-q", "large");
    for (int i = 0; i < 100; i++) {
      work.write("many/" + i, String.valueOf(i));
    }
    work.commit();
    refusedByBothWays("objects, at most 100 are allowed: name a repository that holds less");
    work.git("rm", "-r", "-q", "many");
    work.commit();
    assertThat(template(fetch(file(), null, "cobol"))).isEqualTo("about: two\n");
  }

  private void refusedByBothWays(String words) throws Exception {
    refused(file(), null, "cobol", words);
    try (HttpsGit server = new HttpsGit(temp)) {
      refused(server.url(temp.relativize(work.folder) + "/.git"), null, "cobol", words);
    }
  }

  @Test
  void noHookAndNoProgramOfTheRepositoryRuns() throws Exception {
    Path trace = temp.resolve("trace");
    for (String hook : new String[] {"post-checkout", "reference-transaction", "fsmonitor"}) {
      Path script = work.folder.resolve(".git/hooks").resolve(hook);
      Files.createDirectories(script.getParent());
      Files.writeString(script, "#!/bin/sh\necho " + hook + " >>" + trace + "\n");
      Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
    work.git("config", "core.fsmonitor", ".git/hooks/fsmonitor");
    work.git("config", "uploadpack.packObjectsHook", ".git/hooks/post-checkout");
    assertThat(template(fetch(file(), null, "cobol"))).isEqualTo("about: two\n");
    assertThat(trace).doesNotExist();
  }

  static Stream<Evil> evil() {
    return EvilPushes.ofOneFile();
  }

  @ParameterizedTest
  @MethodSource("evil")
  void whatNoPushMayHoldNoForeignRepositoryMay(Evil evil) throws Exception {
    Work theirs = Work.init(temp);
    PackBuilder pack = new PackBuilder();
    String commit = evil.pack().apply(pack);
    Process unpacking = theirs.start(Map.of(), "unpack-objects", "-q");
    try (OutputStream in = unpacking.getOutputStream()) {
      in.write(pack.build());
    }
    String said = new String(unpacking.getInputStream().readAllBytes(), UTF_8);
    assertThat(unpacking.waitFor()).as(said).isZero();
    theirs.git("update-ref", "refs/heads/main", commit);
    refused(URI.create("file://" + theirs.folder), null, "", evil.words());
  }

  private void refused(URI url, @Nullable String ref, String folder, String words) {
    assertThatThrownBy(() -> fetch(url, ref, folder))
        .isInstanceOf(SourceRefused.class)
        .hasMessageContaining(words)
        .hasMessageEndingWith(".");
  }
}

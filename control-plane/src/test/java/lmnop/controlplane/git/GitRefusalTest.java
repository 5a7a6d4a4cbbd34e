package lmnop.controlplane.git;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Random;
import java.util.stream.Stream;
import lmnop.testkit.RequiresTool;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every refusal says what to do, and leaves neither a row nor a file behind. */
@RequiresTool("git")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@SuppressWarnings("NullAway.Init")
class GitRefusalTest {
  @TempDir Path folder;
  private GitServer server;

  @BeforeAll
  void start() {
    server = new GitServer();
    Work.function(server.data).git("push", server.url("there"), "main");
  }

  @AfterAll
  void stop() throws Exception {
    server.close();
  }

  /** Pushes, expects a refusal and no traces of it, and gives what the pusher read. */
  private String refused(Work work, String name, String... refs) {
    String before = server.traces();
    String[] arguments = new String[refs.length + 2];
    arguments[0] = "push";
    arguments[1] = name.startsWith("http") ? name : server.url(name);
    System.arraycopy(refs, 0, arguments, 2, refs.length);
    Work.Run push = work.tryGit(arguments);
    assertThat(push.exit()).as(push.output()).isNotZero();
    await().untilAsserted(() -> assertThat(server.traces()).isEqualTo(before));
    return push.output();
  }

  @ParameterizedTest
  @CsvSource({"admin,wrong", "nobody,wrong", "admin,", "%00,x", "a%20b,x"})
  void wrongPassword(String user, String password) {
    String url = server.url(user, password == null ? "" : password, "secret");
    assertThat(refused(Work.function(folder), url, "main")).contains("Authentication failed");
    assertThat(Work.empty(folder).tryGit("clone", url, ".").output())
        .contains("Authentication failed");
  }

  @ParameterizedTest
  @CsvSource({
    "My_App, use a to z",
    "a--b, single hyphens",
    "-a, beginning and ending with a letter or digit",
    "api, is kept for the platform",
    "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddX, at most 40 are allowed",
    "%2e%2e, use a to z",
    "a;b, use a to z",
    "nobody/x, There is no owner 'nobody'",
    "a/b/c, A repository is at /scm/<name>"
  })
  void nameThatMayNotBe(String name, String words) {
    assertThat(refused(Work.function(folder), name, "main")).contains("remote: ").contains(words);
  }

  @Test
  void cloneOfAnUnknownNameCreatesNothing() {
    String before = server.traces();
    Work.Run clone = Work.empty(folder).tryGit("clone", server.url("unknown"), ".");
    assertThat(clone.exit()).isNotZero();
    assertThat(clone.output()).contains("remote: There is no function 'unknown' here");
    Work.function(folder).git("push", "--dry-run", server.url("unknown"), "main");
    assertThat(server.traces()).isEqualTo(before);
  }

  @Test
  void aDiskThatWasExchanged() throws Exception {
    Work work = Work.function(folder);
    work.git("push", server.url("emptied"), "main");
    try (Stream<Path> all = Files.list(server.repositories.root())) {
      Path newest = all.max(Comparator.comparingLong(GitRefusalTest::number)).orElseThrow();
      Files.move(newest, folder.resolve("another disk"));
    }
    work.commit("more.txt", "more");
    assertThat(refused(work, "emptied", "main"))
        .contains("remote: This repository's files are not on the control plane's disk.")
        .contains("delete the function, and the next push makes it anew");
    assertThat(Work.empty(folder).tryGit("clone", server.url("emptied"), ".").output())
        .contains("remote: This repository's files are not on the control plane's disk.");
  }

  private static long number(Path repository) {
    return Long.parseLong(String.valueOf(repository.getFileName()).replace(".git", ""));
  }

  @ParameterizedTest
  @ValueSource(strings = {"new-one", "there"})
  void noFunctionFile(String name) {
    Work work = clone(name);
    work.git("rm", "-q", "--ignore-unmatch", "function.yml");
    work.commit("readme.txt", "hello");
    assertThat(refused(work, name, "main"))
        .contains("remote: There is no function.yml at the top of this commit")
        .contains("remote:     template: python3")
        .contains("! [remote rejected] main -> main (there is no function.yml)");
  }

  private Work clone(String name) {
    if (name.equals("there")) {
      Work work = Work.empty(folder);
      work.git("clone", "-q", server.url(name), ".");
      return work;
    }
    return Work.init(folder);
  }

  @Test
  void functionFileThatIsALink() throws Exception {
    Work work = Work.init(folder).write("real.yml", Work.PYTHON);
    Files.createSymbolicLink(work.folder.resolve("function.yml"), Path.of("real.yml"));
    assertThat(refused(work.commit(), "linked", "main")).contains("there is no function.yml");
  }

  @Test
  void unknownTemplateNamesThoseThereAre() {
    Work work = Work.init(folder).commit("function.yml", "template: cobol\n");
    assertThat(refused(work, "cobol", "main"))
        .contains("remote: function.yml:1:11: there is no template 'cobol'; available are python3,")
        .contains("(function.yml has an error)");
  }

  @Test
  void threeErrorsAtOnceEachWithItsPlace() {
    Work work =
        Work.init(folder)
            .commit("function.yml", "templat: python3\nlimits:\n  cpu: lots\nsecrets: one\n");
    assertThat(refused(work, "three", "main"))
        .contains("remote: function.yml:1:1: `templat` is not a key; did you mean `template`?")
        .contains("remote: function.yml:3:8: `limits.cpu` is 'lots'")
        .contains("remote: function.yml:4:10: `secrets` is a list")
        .contains("(function.yml has 4 errors)");
  }

  @Test
  void refsThatAreThePlatformsOwn() {
    Work work = Work.function(folder);
    assertThat(refused(work, "there", "HEAD:refs/lmnop/builds/7"))
        .contains("only branches and tags can be pushed");
    assertThat(refused(work, "there", "HEAD:refs/notes/x"))
        .contains("only branches and tags can be pushed");
  }

  @Test
  void objectOverTheLimit() {
    Work work = Work.function(folder).commit("big.bin", noise(1_100_000));
    assertThat(refused(work, "big", "main")).contains("Object too large");
    assertThat(refused(work, "there", "main:big")).contains("Object too large");
  }

  @Test
  void packOverTheLimit() {
    Work work = Work.function(folder);
    for (int i = 0; i < 20; i++) {
      work.write("part" + i, noise(700_000 + i));
    }
    assertThat(refused(work.commit(), "heavy", "main"))
        .contains("the push is larger than 8 MiB: push in smaller parts");
  }

  @Test
  void moreObjectsThanAllowed() {
    Work work = Work.function(folder);
    for (int i = 0; i < 1100; i++) {
      work.write("many/" + i, "file " + i);
    }
    assertThat(refused(work.commit(), "many", "main"))
        .contains("objects, at most 1000 are allowed: push in smaller parts");
  }

  private static String noise(int length) {
    StringBuilder text = new StringBuilder(length);
    new Random(length).ints(length, 33, 127).forEach(c -> text.append((char) c));
    return text.toString();
  }

  @Test
  void submoduleInWords() {
    Work work = Work.function(folder);
    work.git("update-index", "--add", "--cacheinfo", "160000," + work.head() + ",library");
    work.git("commit", "-q", "-m", "submodule");
    assertThat(refused(work, "submodule", "main")).contains("'library' is a submodule");
  }

  @ParameterizedTest
  @ValueSource(strings = {".git", ".GIT", "..", "git~1"})
  void treeWithANameThatEscapes(String name) {
    Work work = Work.function(folder);
    String blob = work.git("rev-parse", "HEAD:function.yml").strip();
    String yml = "100644 blob " + blob + "\tfunction.yml\n";
    String evil = "100644 blob " + blob + "\t" + name + "\n";
    String tree =
        mktree(work, yml.compareTo(evil) < 0 && name.startsWith("g") ? yml + evil : evil + yml);
    String commit = work.git("commit-tree", tree, "-m", "evil").strip();
    work.git("update-ref", "refs/heads/main", commit);
    assertThat(refused(work, "evil", "main")).contains("unpacker error");
  }

  @Test
  void fewObjectsThatStandForABillionFiles() {
    Work work = Work.function(folder);
    String blob = work.git("rev-parse", "HEAD:function.yml").strip();
    StringBuilder level = new StringBuilder();
    for (int i = 0; i < 10; i++) {
      level.append("100644 blob ").append(blob).append("\tf").append(i).append('\n');
    }
    for (int depth = 0; depth < 8; depth++) {
      String tree = mktree(work, level.toString());
      level.setLength(0);
      for (int i = 0; i < 10; i++) {
        level.append("040000 tree ").append(tree).append("\td").append(i).append('\n');
      }
    }
    level.append("100644 blob ").append(blob).append("\tfunction.yml\n");
    String commit = work.git("commit-tree", mktree(work, level.toString()), "-m", "bomb").strip();
    work.git("update-ref", "refs/heads/main", commit);
    assertThat(refused(work, "bomb", "main")).contains("more than 100000 files and folders");
  }

  private static String mktree(Work work, String entries) {
    return work.feed(entries, "mktree").strip();
  }
}

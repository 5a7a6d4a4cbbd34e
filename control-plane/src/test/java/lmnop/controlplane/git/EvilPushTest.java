package lmnop.controlplane.git;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.stream.Stream;
import lmnop.controlplane.git.EvilPushes.Evil;
import lmnop.testkit.Reliability;
import lmnop.testkit.RequiresTool;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** None of them reaches a build, and none of them leaves anything behind. */
@RequiresTool("git")
@Tag(Reliability.TAG)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@SuppressWarnings("NullAway.Init")
class EvilPushTest {
  private GitServer server;
  private String head;
  private String before;
  private int tried;

  @BeforeAll
  void start() {
    server = new GitServer(GitServer.settings(Map.of("pack.delta-memory", "16MB")));
    Work work = Work.function(server.data);
    work.git("push", server.url("there"), "main");
    head = work.head();
    server.deployer.pushes.clear();
    before = server.traces();
  }

  @AfterAll
  void noneReachedABuild() throws Exception {
    int built = server.deployer.pushes.size();
    server.close();
    Reliability.atLeast("R33", "evil pushes, each to a new and to an old repository", tried, 60);
    Reliability.atMost("R33", "of them accepted into a build", built, 0);
  }

  static Stream<Evil> all() {
    return EvilPushes.all();
  }

  @ParameterizedTest
  @MethodSource("all")
  void isRefusedInAFirstPush(Evil evil) throws Exception {
    refused("new", "refs/heads/main", evil);
  }

  @ParameterizedTest
  @MethodSource("all")
  void isRefusedWhereThereIsARepository(Evil evil) throws Exception {
    refused("there", "refs/heads/main", evil);
  }

  private void refused(String name, String ref, Evil evil) throws Exception {
    boolean there = name.equals("there");
    tried++;
    PackBuilder pack = there ? new PackBuilder().after(head) : new PackBuilder();
    String commands = RawPush.create(ref, evil.pack().apply(pack));
    if (there) {
      commands = commands.replaceFirst(RawPush.NOTHING, head);
    }
    HttpResponse<String> answer = RawPush.send(server, name, commands, pack.build());
    String report =
        new String(answer.body().getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
    assertThat(answer.statusCode()).as(report).isEqualTo(200);
    assertThat(report).contains("ng " + ref).contains(evil.words()).doesNotContain("\u001b");
    assertThat(server.deployer.pushes).isEmpty();
    assertThat(server.traces()).isEqualTo(before);
  }

  @ParameterizedTest
  @ValueSource(strings = {"refs/heads/side", "refs/tags/v1"})
  void isRefusedElsewhereToo(String ref) throws Exception {
    for (Evil evil : EvilPushes.all().filter(EvilPushTest::isEvilEverywhere).toList()) {
      refused("new", ref, evil);
    }
  }

  private static boolean isEvilEverywhere(Evil evil) {
    return Stream.of("name .git", "name a", "a billion", "a hundred folders", "a path", "10 GiB")
        .anyMatch(evil.what()::startsWith);
  }

  @Test
  void whatIsNotEvilComesThrough() throws Exception {
    try (GitServer other = new GitServer()) {
      comesThrough(other);
    }
  }

  private static void comesThrough(GitServer other) throws Exception {
    PackBuilder pack = new PackBuilder();
    String blob = pack.blob("x");
    String folder = pack.tree(PackBuilder.entry("120000", "up", pack.blob("../z.txt")));
    String commit =
        pack.commit(
            pack.tree(
                PackBuilder.entry("100644", ".gitattributes", blob),
                PackBuilder.entry("100644", ".gitignore", blob),
                PackBuilder.entry("100644", "README", blob),
                PackBuilder.entry("100644", "aux.c", blob),
                PackBuilder.entry("40000", "folder", folder),
                PackBuilder.entry("100644", "function.yml", pack.blob(Work.PYTHON)),
                PackBuilder.entry("100644", "git", blob),
                PackBuilder.entry("100644", "readme", blob),
                PackBuilder.entry("100644", "z.txt", blob),
                PackBuilder.entry("100644", "ümlaut: a \"name\"", blob)));
    HttpResponse<String> answer =
        RawPush.send(other, "good", RawPush.create("refs/heads/main", commit), pack.build());
    assertThat(answer.body()).contains("unpack ok").contains("ok refs/heads/main");
  }
}

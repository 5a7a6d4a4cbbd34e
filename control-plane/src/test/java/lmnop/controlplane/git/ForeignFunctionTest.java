package lmnop.controlplane.git;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import lmnop.controlplane.accounts.Role;
import lmnop.controlplane.accounts.Users;
import lmnop.registry.names.OwnerName;
import lmnop.testkit.RequiresTool;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** What somebody may push and fetch who is not an administrator. */
@RequiresTool("git")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@SuppressWarnings("NullAway.Init")
class ForeignFunctionTest {
  private static final String PASSWORD = "of-somebody";

  @TempDir Path folder;
  private GitServer server;
  private Users users;

  @BeforeAll
  void start() {
    server = new GitServer();
    users = server.users();
    users.add(new OwnerName("bob"), new OwnerName("bob"), Role.OWNER, PASSWORD);
    users.add(new OwnerName("eve"), new OwnerName("bob"), Role.VIEWER, PASSWORD);
    users.add(new OwnerName("mia"), new OwnerName("mia"), Role.OWNER, PASSWORD);
    Work.function(server.data).git("push", server.url("bob/there"), "main");
  }

  @AfterAll
  void stop() throws Exception {
    users.close();
    server.close();
  }

  private String url(String user, String name) {
    return server.url(user, PASSWORD, name);
  }

  /** Without what tells one name from the other. */
  private static String anonymous(Work.Run run) {
    assertThat(run.succeeded()).isFalse();
    return run.output()
        .replaceAll("(['/])(there|missing)\\b", "$1NAME")
        .replaceAll("bob|nobody", "OWNER");
  }

  @Test
  void somebodyElsesFunctionLooksLikeOneThatIsNotThere() {
    Work work = Work.function(folder);
    String before = server.traces();
    String foreign = anonymous(work.push(url("mia", "bob/there"), "main"));
    assertThat(foreign).contains("or you may not do this there");
    assertThat(anonymous(work.push(url("mia", "bob/missing"), "main"))).isEqualTo(foreign);
    assertThat(anonymous(work.push(url("mia", "nobody/there"), "main"))).isEqualTo(foreign);
    String fetch = anonymous(work.tryGit("ls-remote", url("mia", "bob/there")));
    assertThat(fetch).contains("or you may not do this there");
    assertThat(anonymous(work.tryGit("ls-remote", url("mia", "bob/missing")))).isEqualTo(fetch);
    assertThat(anonymous(work.tryGit("ls-remote", url("mia", "nobody/there")))).isEqualTo(fetch);
    assertThat(server.traces()).isEqualTo(before);
  }

  @Test
  void memberDoesWhatTheRoleAllows() {
    Work work = Work.function(folder);
    work.git("push", url("bob", "bob/mine"), "main");
    assertThat(server.deployer.pushes.getLast().actor()).isEqualTo("bob");
    assertThat(work.git("ls-remote", url("eve", "bob/mine"))).contains(work.head());
    assertThat(work.push(url("eve", "bob/mine"), "main:side").succeeded()).isFalse();
    work.git("push", url("mia", "mia/mine"), "main");
  }

  @Test
  void removedUserIsRefusedInTheMiddleOfHisWork() {
    users.add(new OwnerName("tom"), new OwnerName("bob"), Role.DEVELOPER, PASSWORD);
    Work work = Work.function(folder);
    work.git("push", url("tom", "bob/toms"), "main");
    users.remove("tom");
    assertThat(work.push(url("tom", "bob/toms"), "main:side").output())
        .contains("Authentication failed");
    assertThat(work.git("ls-remote", url("bob", "bob/toms"))).contains(work.head());
  }
}

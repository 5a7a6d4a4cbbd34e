package lmnop.controlplane.git;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import lmnop.controlplane.accounts.ApiTokens;
import lmnop.controlplane.accounts.Members;
import lmnop.controlplane.accounts.Role;
import lmnop.controlplane.accounts.Scope;
import lmnop.controlplane.accounts.Users;
import lmnop.registry.names.OwnerName;
import lmnop.testkit.RequiresTool;
import org.jspecify.annotations.Nullable;
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
  private static final String PASSWORD = "of-somebody-there";

  @TempDir Path folder;
  private final AtomicInteger tokens = new AtomicInteger();
  private GitServer server;
  private Users users;

  @BeforeAll
  void start() {
    server = new GitServer();
    users = server.users();
    users.add(new OwnerName("bob"), new OwnerName("bob"), Role.OWNER, PASSWORD, "test");
    users.add(new OwnerName("eve"), new OwnerName("bob"), Role.VIEWER, PASSWORD, "test");
    users.add(new OwnerName("mia"), new OwnerName("mia"), Role.OWNER, PASSWORD, "test");
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
    users.add(new OwnerName("tom"), new OwnerName("bob"), Role.DEVELOPER, PASSWORD, "test");
    Work work = Work.function(folder);
    work.git("push", url("tom", "bob/toms"), "main");
    users.remove("tom", "test");
    assertThat(work.push(url("tom", "bob/toms"), "main:side").output())
        .contains("Authentication failed");
    assertThat(work.git("ls-remote", url("bob", "bob/toms"))).contains(work.head());
  }

  @Test
  void aDeployPasswordPushesAndFetchesWhatItsOwnerIsAndNothingElse() {
    Work work = Work.function(folder);
    String deploy = token("bob", Scope.PUSH, null);
    work.git("push", server.url("bob", deploy, "bob/deployed"), "main");
    assertThat(server.deployer.pushes.getLast().actor()).isEqualTo("bob");
    assertThat(work.git("ls-remote", server.url("git", deploy, "bob/deployed")))
        .contains(work.head());
    String elsewhere = token("bob", Scope.PUSH, new OwnerName("mia"));
    assertThat(work.push(server.url("bob", elsewhere, "bob/deployed"), "main:side").output())
        .contains("or you may not do this there");
  }

  @Test
  void aTokenPushesIfItIsGoodForIt() {
    Work work = Work.function(folder);
    work.git("push", server.url("bob", token("bob", Scope.DEPLOY, null), "bob/by-token"), "main");
    String reads = token("bob", Scope.READ, null);
    assertThat(work.git("ls-remote", server.url("bob", reads, "bob/by-token")))
        .contains(work.head());
    assertThat(work.push(server.url("bob", reads, "bob/by-token"), "main:side").output())
        .contains("or you may not do this there");
    String viewers = token("eve", Scope.ADMIN, null);
    assertThat(work.push(server.url("eve", viewers, "bob/by-token"), "main:side").output())
        .contains("or you may not do this there");
  }

  private String token(String account, Scope scope, @Nullable OwnerName owner) {
    if (owner != null) {
      new Members(server.database)
          .put(owner, account, Role.VIEWER, "test")
          .block(Duration.ofSeconds(20));
    }
    String name = "t" + tokens.incrementAndGet();
    ApiTokens.Wanted wanted = new ApiTokens.Wanted(account, name, scope, owner, null);
    return Objects.requireNonNull(
            new ApiTokens(server.database, new SecureRandom())
                .add(wanted, "test")
                .block(Duration.ofSeconds(20)))
        .value();
  }
}

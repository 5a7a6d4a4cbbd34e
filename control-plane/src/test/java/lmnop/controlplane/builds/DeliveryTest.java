package lmnop.controlplane.builds;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import lmnop.controlplane.accounts.Refused;
import lmnop.controlplane.git.Deployer.Verdict;
import lmnop.controlplane.revisions.Asked;
import lmnop.controlplane.secrets.DeliveredSecrets;
import lmnop.controlplane.secrets.SecretName;
import lmnop.controlplane.secrets.Secrets;
import lmnop.providerapi.FunctionProvider;
import lmnop.providerapi.ProviderException;
import lmnop.providerapi.Secret;
import lmnop.registry.names.FunctionName;
import lmnop.registry.names.OwnerName;
import lmnop.tasks.Task;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** How secrets get to the provider, which value is deployed when, and when they go again. */
@Timeout(120)
final class DeliveryTest {
  private static final Duration ANSWER = Duration.ofSeconds(20);
  private static final SecretName PASSWORD = new SecretName("database-password");

  @TempDir Path data;

  private TestDeployments it;

  @BeforeEach
  void start() throws Exception {
    it = new TestDeployments(data);
    it.workerAnswers(TestDeployments.done());
    it.pushes.readSecret(PASSWORD.value());
  }

  @AfterEach
  void stop() {
    it.close();
  }

  private String pushed(@Nullable String old, String text) throws Exception {
    String commit = it.commit(old, text);
    assertThat(it.deploy(old, commit)).isEqualTo(new Verdict.Live());
    return commit;
  }

  private @Nullable String delivered() {
    byte[] content = it.provider.secret(PASSWORD.value(), "default");
    return content == null ? null : new String(content, StandardCharsets.UTF_8);
  }

  private Secrets.Put rolled(String value) {
    return TestSecrets.put(it.secrets, PASSWORD.value(), value, true);
  }

  private void sweep() {
    new DeliveredSecrets(it.control, it.provider).sweep();
  }

  private List<Secrets.Reader> readers() {
    return Objects.requireNonNull(it.secrets.list(null).block(ANSWER)).getFirst().readers();
  }

  private void ended(List<Asked> asked) {
    for (Asked one : asked) {
      await()
          .until(
              () -> Objects.requireNonNull(it.releases.progress(one.release()).block()),
              progress -> progress.endedAt() != null);
    }
  }

  @Test
  void aRevisionGetsTheValueThatIsCurrentAtItsDeploy() throws Exception {
    it.releasesRun();
    TestSecrets.add(it.secrets, PASSWORD.value(), "one\n");
    String first = pushed(null, "one");
    assertThat(delivered()).isEqualTo("one\n");
    TestSecrets.add(it.secrets, PASSWORD.value(), "two");
    assertThat(delivered()).as("nothing that runs is touched").isEqualTo("one\n");
    assertThat(readers())
        .singleElement()
        .satisfies(reader -> assertThat(reader.version()).isEqualTo(1));
    pushed(first, "two");
    assertThat(delivered()).isEqualTo("two");
    assertThat(readers())
        .singleElement()
        .satisfies(reader -> assertThat(reader.version()).isEqualTo(2));
  }

  @Test
  void rollingDeploysTheSameRevisionAnewAndBuildsNothing() throws Exception {
    it.releasesRun();
    TestSecrets.add(it.secrets, PASSWORD.value(), "one");
    pushed(null, "one");
    Secrets.Put put = rolled("two");
    assertThat(put.version()).isEqualTo(2);
    assertThat(put.rolled()).hasSize(1);
    ended(put.rolled());
    assertThat(it.traffic()).isEqualTo("hello-suffix2 100");
    assertThat(delivered()).isEqualTo("two");
    assertThat(it.count("SELECT count(*) FROM builds")).isEqualTo(1);
    assertThat(it.count("SELECT count(*) FROM revisions")).isEqualTo(1);
    await().until(() -> it.provider.status("hello-suffix1", "default").isEmpty());
    assertThat(it.count("SELECT count(*) FROM audit WHERE action = 'secret.changed'")).isEqualTo(1);
    assertThatThrownBy(() -> it.operator("rollback", "hello"))
        .as("it is no revision to go back from")
        .isInstanceOf(Refused.class)
        .hasMessageContaining("served with no other revision before");
  }

  @Test
  void aRevisionThatSharesTheTrafficKeepsItsShareWhenItIsRolled() throws Exception {
    it.releasesRun();
    TestSecrets.add(it.secrets, PASSWORD.value(), "one");
    String first = pushed(null, "one");
    pushed(first, "two");
    it.operator("split", "hello", "1=20");
    ended(rolled("two").rolled());
    assertThat(
            it.count(
                "SELECT count(*) FROM traffic t JOIN revisions v ON v.id = t.revision_id"
                    + " WHERE (v.number, t.weight) IN ((1, 20), (2, 80))"))
        .isEqualTo(2);
    assertThat(readers()).allSatisfy(reader -> assertThat(reader.version()).isEqualTo(2));
  }

  /** Otherwise the roll would bring back what the push replaced. */
  @Test
  void aPushThatIsUnderWayWhenItIsRolledStaysAheadAndGetsTheNewValue() throws Exception {
    TestSecrets.add(it.secrets, PASSWORD.value(), "one");
    it.releasesRun();
    String first = pushed(null, "one");
    it.releasesStop();
    CompletableFuture<Verdict> pushing = it.deploying(first, it.commit(first, "two"));
    await().until(() -> it.count("SELECT count(*) FROM releases") == 2);
    Secrets.Put put = rolled("two");
    assertThat(put.rolled()).hasSize(2);
    it.releasesRun();
    assertThat(pushing.get()).isEqualTo(new Verdict.Live());
    ended(put.rolled());
    assertThat(
            it.count(
                "SELECT CAST(v.number AS bigint) FROM traffic t JOIN revisions v ON v.id = t.revision_id"))
        .isEqualTo(2);
    assertThat(readers())
        .singleElement()
        .satisfies(reader -> assertThat(reader.version()).isEqualTo(2));
    assertThat(it.provider.deployed()).as("nothing is deployed for nothing").hasSize(2);
  }

  @Test
  void aRollbackDeploysTheCurrentValueThoughTheOldWorkloadStillRuns() throws Exception {
    it.releasesRun();
    TestSecrets.add(it.secrets, PASSWORD.value(), "one");
    String first = pushed(null, "one");
    it.releasesStop();
    CompletableFuture<Verdict> second = it.deploying(first, it.commit(first, "two"));
    Task release = it.claimRelease("one");
    it.queue.finish(release, it.run.work(release, () -> {})).block();
    assertThat(second.get()).isEqualTo(new Verdict.Live());
    assertThat(it.provider.status("hello-suffix1", "default")).isPresent();
    TestSecrets.add(it.secrets, PASSWORD.value(), "two");
    FunctionName hello = new FunctionName("hello");
    Asked asked = it.revisions.rollBack(OwnerName.DEFAULT, hello, null, "ada").block(ANSWER);
    it.releasesRun();
    ended(List.of(Objects.requireNonNull(asked)));
    assertThat(it.traffic()).isEqualTo("hello-suffix3 100");
    assertThat(delivered()).isEqualTo("two");
  }

  @Test
  void aSecretThatSomethingReadsIsOnlyRemovedByForce() throws Exception {
    it.releasesRun();
    TestSecrets.add(it.secrets, PASSWORD.value(), "one");
    String first = pushed(null, "one");
    assertThatThrownBy(
            () -> it.secrets.remove(OwnerName.DEFAULT, PASSWORD, false, "ada").block(ANSWER))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("revision 1 of hello reads 'database-password'");
    it.secrets.remove(OwnerName.DEFAULT, PASSWORD, true, "ada").block(ANSWER);
    sweep();
    assertThat(delivered()).as("what runs keeps it").isEqualTo("one");
    assertThat(it.deploy(first, it.commit(first, "two")))
        .isEqualTo(
            new Verdict.Refused(
                "DEPLOY failed: default has no secret 'database-password' any more: create it with"
                    + " ./lmnop secret add database-password, then try again"));
    assertThat(it.traffic()).isEqualTo("hello-suffix1 100");
    TestSecrets.add(it.secrets, PASSWORD.value(), "made again");
    assertThat(readers())
        .singleElement()
        .satisfies(reader -> assertThat(reader.version()).isNull());
  }

  @Test
  void whatNothingReadsIsRemovedFromTheProviderAndWhatOthersPutThereStays() throws Exception {
    it.releasesRun();
    TestSecrets.add(it.secrets, PASSWORD.value(), "one");
    String first = pushed(null, "one");
    it.provider.putSecret(Secret.of("somebody-elses", "default", "placed by hand"));
    sweep();
    assertThat(it.provider.secretNames("default"))
        .containsExactly("database-password", "somebody-elses");
    it.pushes.readSecret("another");
    TestSecrets.add(it.secrets, "another", "one more");
    pushed(first, "two");
    await().until(() -> it.provider.status("hello-suffix1", "default").isEmpty());
    it.publishWorkloads();
    it.provider.failNext(new ProviderException(0, "connection refused"));
    sweep();
    assertThat(it.count("SELECT count(*) FROM delivered_secrets")).isEqualTo(2);
    sweep();
    assertThat(it.provider.secretNames("default")).containsExactly("another", "somebody-elses");
    assertThat(it.count("SELECT count(*) FROM delivered_secrets")).isEqualTo(1);
  }

  @Test
  void aSecretThatAWaitingReleaseNeedsIsNotRemoved() throws Exception {
    it.releasesRun();
    TestSecrets.add(it.secrets, PASSWORD.value(), "one");
    String first = pushed(null, "one");
    it.pushes.readSecret("another");
    TestSecrets.add(it.secrets, "another", "one more");
    String second = pushed(first, "two");
    it.releasesStop();
    it.pushes.readSecret(PASSWORD.value());
    CompletableFuture<Verdict> third = it.deploying(second, it.commit(second, "three"));
    await().until(() -> it.count("SELECT count(*) FROM releases") == 3);
    sweep();
    assertThat(delivered()).isEqualTo("one");
    it.releasesRun();
    assertThat(third.get()).isEqualTo(new Verdict.Live());
  }

  @Test
  void aReleaseThatNeedsASecretWhichIsBeingRemovedWaitsAndPutsItAgain() throws Exception {
    it.releasesRun();
    TestSecrets.add(it.secrets, PASSWORD.value(), "one");
    String first = pushed(null, "one");
    it.pushes.readSecret("another");
    TestSecrets.add(it.secrets, "another", "one more");
    String second = pushed(first, "two");
    await().until(() -> it.provider.status("hello-suffix1", "default").isEmpty());
    it.publishWorkloads();
    it.pushes.readSecret(PASSWORD.value());
    String commit = it.commit(second, "three");
    List<CompletableFuture<Verdict>> third = new CopyOnWriteArrayList<>();
    FunctionProvider removing =
        whoRemovesAfter(() -> {
          third.add(it.deploying(second, commit));
          await()
              .until(
                  () -> it.count("SELECT count(*) FROM releases WHERE state = 'DEPLOYING'") == 1);
        });
    new DeliveredSecrets(it.control, removing).sweep();
    assertThat(third.getFirst().get()).isEqualTo(new Verdict.Live());
    assertThat(delivered()).isEqualTo("one");
  }

  /** The provider, which is asked to remove a secret and something else happens first. */
  private FunctionProvider whoRemovesAfter(Runnable first) {
    return (FunctionProvider)
        Proxy.newProxyInstance(
            FunctionProvider.class.getClassLoader(),
            new Class<?>[] {FunctionProvider.class},
            (proxy, method, arguments) -> {
              if (method.getName().equals("deleteSecret")) {
                first.run();
              }
              return method.invoke(it.provider, arguments);
            });
  }

  @Test
  void aProviderThatIsAwayWhileSecretsArePutCostsTime() throws Exception {
    TestSecrets.add(it.secrets, PASSWORD.value(), "one");
    CompletableFuture<Verdict> pushing = it.deploying(null, it.commit(null, "one"));
    Task release = it.claimRelease("one");
    it.provider.failNext(new ProviderException(0, "connection refused"));
    it.provider.failNext(new ProviderException(503, "restarting"));
    it.queue.finish(release, it.impatientRun().work(release, () -> {})).block();
    assertThat(pushing.get()).isEqualTo(new Verdict.Live());
    assertThat(delivered()).isEqualTo("one");
  }
}

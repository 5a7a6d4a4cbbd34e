package lmnop.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import lmnop.providerapi.FunctionDeployment;
import lmnop.providerapi.FunctionProvider;
import lmnop.providerapi.ProviderException;
import org.junit.jupiter.api.Test;

final class FakeFunctionProviderTest extends FunctionProviderContract {
  private final FakeFunctionProvider fake = new FakeFunctionProvider();

  @Override
  protected FunctionProvider provider() {
    return fake;
  }

  @Override
  protected String image() {
    return "bundle@sha256:aa";
  }

  @Override
  protected String otherImage() {
    return "bundle@sha256:bb";
  }

  @Override
  protected void printed(String function) {
    fake.print(function, "default", "hello");
  }

  @Test
  void failsTheNextCallOnly() {
    fake.failNext(new ProviderException(503, "tired"));
    assertThatThrownBy(() -> fake.list("default")).hasMessage("tired");
    assertThat(fake.list("default")).isEmpty();
  }

  @Test
  void holdsInstancesBackUntilTheyAreMadeReady() {
    fake.instancesBecomeReady(false);
    fake.deploy(
        new FunctionDeployment(
            "slow", image(), "default", null, null, null, null, null, null, null, null, null));
    assertThat(fake.status("slow", "default").orElseThrow().availableReplicas()).isZero();
    fake.makeReady();
    assertThat(fake.status("slow", "default").orElseThrow().availableReplicas()).isEqualTo(1);
  }
}

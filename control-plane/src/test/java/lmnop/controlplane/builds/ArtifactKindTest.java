package lmnop.controlplane.builds;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.Proxy;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import lmnop.providerapi.FunctionProvider;
import lmnop.providerapi.ProviderInfo;
import org.junit.jupiter.api.Test;

final class ArtifactKindTest {
  /** Answers with what runs its workloads, in order, and fails where that is empty. */
  private static ArtifactKind askedOf(String... orchestrations) {
    Deque<String> answers = new ArrayDeque<>(List.of(orchestrations));
    FunctionProvider provider =
        (FunctionProvider)
            Proxy.newProxyInstance(
                FunctionProvider.class.getClassLoader(),
                new Class<?>[] {FunctionProvider.class},
                (proxy, method, arguments) -> {
                  String answer = answers.pop();
                  if (answer.isEmpty()) {
                    throw new IllegalStateException("away");
                  }
                  return new ProviderInfo("any", null, answer);
                });
    return new ArtifactKind(provider);
  }

  @Test
  void onlyTheProcessEngineTakesBundles() {
    assertThat(askedOf("process").get()).isEqualTo("bundle");
    assertThat(askedOf("kubernetes").get()).isEqualTo("image");
    assertThat(askedOf("containerd").get()).isEqualTo("image");
  }

  @Test
  void theProviderIsAskedUntilItHasAnsweredAndThenNeverAgain() {
    ArtifactKind kind = askedOf("", "kubernetes", "process");
    assertThatThrownBy(kind::get).isInstanceOf(IllegalStateException.class);
    assertThat(kind.get()).isEqualTo("image");
    assertThat(kind.get()).isEqualTo("image");
  }
}

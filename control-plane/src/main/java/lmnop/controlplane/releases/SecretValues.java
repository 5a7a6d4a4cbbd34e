package lmnop.controlplane.releases;

import java.util.List;
import reactor.core.publisher.Mono;

/** The secrets that functions read, as they are now. */
@FunctionalInterface
public interface SecretValues {
  /**
   * The values of secrets, each of them.
   *
   * @return an error, {@link ReleaseFailure}, if one is missing, is not for this function, or
   *     cannot be read
   */
  Mono<List<Value>> of(String owner, String function, List<String> names);

  /**
   * One secret.
   *
   * @param id is another one if a secret is removed and made again
   */
  @SuppressWarnings("ArrayRecordComponent") // nobody compares secrets
  record Value(String name, long id, int version, byte[] bytes) {
    @Override
    public String toString() {
      return "Value[%s, hidden]".formatted(name);
    }
  }
}

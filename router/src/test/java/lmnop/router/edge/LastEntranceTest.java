package lmnop.router.edge;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Objects;
import lmnop.router.resolve.Resolver;
import org.junit.jupiter.api.Test;

/** What a connection remembers of its last request never changes what the next one means. */
final class LastEntranceTest {
  private static final List<String> HOSTS =
      List.of("localhost", "gateway.apps.example.com", "hello.apps.example.com", "own.example.org");
  private static final List<String> TARGETS =
      List.of(
          "/function/hello",
          "/function/hello/a",
          "/function/hello?b",
          "/function/hello.ada/a",
          "/function/hello2",
          "/function/hell",
          "/function/Hello",
          "/function/hello%2f",
          "/fn/ada/hello/a",
          "/fn/ada/hello2",
          "/fn/ada",
          "/",
          "/a?b");

  private final Resolver resolver = new Resolver("apps.example.com", "portal.example.com");
  private final LastEntrance last = new LastEntrance(resolver);

  private void meansTheSame(String host, String target) {
    Resolver.Entrance entrance = Objects.requireNonNull(last.of(host));
    assertThat(last.lookup(target))
        .as("%s at %s", target, host)
        .isEqualTo(resolver.lookup(entrance, target));
  }

  @Test
  void understandsEachRequestAfterAnyOther() {
    for (String firstHost : HOSTS) {
      for (String first : TARGETS) {
        for (String host : HOSTS) {
          for (String target : TARGETS) {
            meansTheSame(firstHost, first);
            meansTheSame(host, target);
          }
        }
      }
    }
  }

  @Test
  void forgetsAHostThatIsNone() {
    meansTheSame("localhost", "/function/hello");
    assertThat(last.of("no host")).isNull();
    meansTheSame("own.example.org", "/function/hello");
    meansTheSame("localhost", "/function/hello/b");
  }
}

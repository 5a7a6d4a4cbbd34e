package lmnop.router.resolve;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Objects;
import lmnop.registry.table.RouteKey;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ResolverTest {
  private final Resolver resolver = new Resolver("apps.example.com", "portal.example.com");

  private @Nullable Lookup lookup(String host, String target) {
    return resolver.lookup(Objects.requireNonNull(resolver.entrance(host)), target);
  }

  @ParameterizedTest
  @CsvSource({
    "/function/hello, /",
    "/function/hello/, /",
    "/function/hello/a%2Fb;c//d?e=f, /a%2Fb;c//d?e=f",
    "/function/hello?q=1, /?q=1",
    "/function/hello/../x, /../x",
  })
  void takesANameAsTheHostOfTheAppsDomain(String target, String path) {
    Lookup lookup = Objects.requireNonNull(lookup("gateway.apps.example.com", target));
    assertThat(lookup.key()).isEqualTo(new RouteKey.Host("hello.apps.example.com"));
    assertThat(lookup.pathOf(target)).isEqualTo(path);
  }

  @ParameterizedTest
  @ValueSource(strings = {"/function/hello.ada/a?b", "/fn/ada/hello/a?b"})
  void takesANameWithItsOwner(String target) {
    Lookup lookup = Objects.requireNonNull(lookup("127.0.0.1:8080", target));
    assertThat(lookup.key()).isEqualTo(new RouteKey.Named("ada", "hello"));
    assertThat(lookup.pathOf(target)).isEqualTo("/a?b");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/function/", "/function//x", "/function/Hello", "/function/he%6clo", "/function/a_b",
        "/fn/ada", "/fn/ada/", "/fn//hello", "/fn/ada/x@y", "/function/?x"
      })
  void findsNothingWhereNoNameCanBe(String target) {
    assertThat(lookup("localhost", target)).isNull();
  }

  @Test
  void answersPresetsUnderNoOtherHost() {
    for (String host : new String[] {"hello.apps.example.com", "own.example.org"}) {
      Lookup lookup = Objects.requireNonNull(lookup(host, "/function/other"));
      assertThat(lookup.key()).isEqualTo(new RouteKey.Host(host));
      assertThat(lookup.pathOf("/function/other")).isEqualTo("/function/other");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "gateway.apps.example.com, /system/functions?namespace=a, true",
    "127.0.0.1:8080, /system/info, true",
    "127.0.0.1:8080, /async-function/env, true",
    "hello.apps.example.com, /async-function/env, false",
    "127.0.0.1:8080, /healthz, true",
    "127.0.0.1:8080, /healthz?x, true",
    "127.0.0.1:8080, /healthzz, false",
    "127.0.0.1:8080, /system, false",
    "127.0.0.1:8080, /function/system/info, false",
    "hello.apps.example.com, /system/info, false",
    "own.example.org, /healthz, false",
    "portal.example.com, /anything, true",
  })
  void leadsWhatTheGatewayOfOpenFaasAnswersToTheControlPlane(
      String host, String target, boolean expected) {
    assertThat(Objects.requireNonNull(resolver.entrance(host)).isForControlPlane(target))
        .isEqualTo(expected);
  }

  @Test
  void knowsThePortal() {
    assertThat(Objects.requireNonNull(resolver.entrance("Portal.example.com.:443")).portal())
        .isTrue();
    assertThat(Objects.requireNonNull(resolver.entrance("portal.example.com.evil")).portal())
        .isFalse();
  }
}

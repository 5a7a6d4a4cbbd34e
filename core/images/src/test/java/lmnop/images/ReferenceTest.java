package lmnop.images;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import lmnop.operations.archive.Digest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ReferenceTest {
  private static final Digest DIGEST = Digest.of("an image");

  @ParameterizedTest
  @CsvSource({
    "alpine,                        docker.io,          library/alpine, ",
    "alpine:3.20,                   docker.io,          library/alpine, 3.20",
    "openfaas/figlet:latest,        docker.io,          openfaas/figlet, latest",
    "docker.io/alpine,              docker.io,          library/alpine, ",
    "ghcr.io/openfaas/of-watchdog,  ghcr.io,            openfaas/of-watchdog, ",
    "localhost/app:1,               localhost,          app, 1",
    "127.0.0.1:5000/team/app,       127.0.0.1:5000,     team/app, ",
    "registry.example.com:443/a/b:t, registry.example.com:443, a/b, t"
  })
  void readsWhatPeopleWrite(String text, String host, String repository, String tag) {
    Reference expected = new Reference(host, repository, tag, null);
    assertThat(Reference.parse(text)).isEqualTo(expected);
    assertThat(Reference.parse(text + "@" + DIGEST).requireDigest()).isEqualTo(DIGEST);
    assertThat(Reference.parse(expected.toString())).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "Alpine",
        "a b",
        "../up",
        "host.example/../up",
        "host.example/a//b",
        "host.example:port/a",
        "alpine:",
        "alpine@sha256:12",
        "alpine@md5:00",
        "host.example/a?b",
        "user@host.example/a",
        "http://host.example/a"
      })
  void refusesWhatIsNoReference(String text) {
    assertThatThrownBy(() -> Reference.parse(text)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aTagIsNothingToRelyOn() {
    assertThatThrownBy(() -> Reference.parse("ghcr.io/team/app:1").requireDigest())
        .hasMessage(
            "'ghcr.io/team/app:1' may be another image tomorrow: write it with its digest,"
                + " ghcr.io/team/app@sha256:…");
  }
}

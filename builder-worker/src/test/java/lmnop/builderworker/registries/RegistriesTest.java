package lmnop.builderworker.registries;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the package managers of this machine are set to is the operator's wish too. */
final class RegistriesTest {
  private static final long MANY = 1 << 20; // bytes

  @TempDir Path temp;

  private Registries registries(Registries.Choice choice) throws IOException {
    return Registries.open(
        temp.resolve("sockets"), choice, host -> List.of(InetAddress.getLoopbackAddress()));
  }

  @Test
  void mirrorsThatThePackageManagersOfThisMachineUseAreTheOperatorsOwn() throws Exception {
    Path pip = temp.resolve("pip.conf");
    Files.writeString(
        pip,
        """
        [global]
        # as https://comments.example.org says
        index-url = https://user:secret@mirror.example.org:8443/simple
        extra-index-url =
            http://second.example.org/simple
        """);
    var choice =
        new Registries.Choice(
            List.of(),
            true,
            Map.of("PIP_INDEX_URL", "http://third.example.org:81/simple"),
            List.of(pip),
            MANY);
    try (RegistryProxy proxy =
        registries(choice).open("python3", List.of("registry.example.org"), line -> {})) {
      assertThat(proxy.words())
          .isEqualTo(
              "template python3 may reach registry.example.org, third.example.org:81,"
                  + " mirror.example.org:8443, second.example.org:80; the operator can add hosts"
                  + " with the setting registries");
    }
  }

  @Test
  void passwordsAreFoundWhereverPackageManagersReadThem() throws IOException {
    Path npm = temp.resolve("npmrc");
    Files.writeString(
        npm,
        """
        registry=https://npm.example.org/
        //npm.example.org/:_authToken=from-npmrc
        //npm.example.org/:_password = "c2VjcmV0"
        """);
    var choice =
        new Registries.Choice(
            List.of(),
            true,
            Map.of(
                "PIP_INDEX_URL", "https://me:p%40ss+word@pip.example.org/simple https://you@b.org",
                "GOPROXY", "https://:only@go.example.org,direct",
                "CARGO_REGISTRIES_OWN_TOKEN", "from-a-variable",
                "NODE_EXTRA_CA_CERTS", "/no/such/file"),
            List.of(npm),
            MANY);
    assertThat(registries(choice).passwords())
        .contains("p%40ss+word", "p@ss+word", "only", "from-a-variable", "from-npmrc")
        .anyMatch(password -> password.contains("c2VjcmV0"))
        .noneMatch(password -> password.contains("example.org"));
  }
}

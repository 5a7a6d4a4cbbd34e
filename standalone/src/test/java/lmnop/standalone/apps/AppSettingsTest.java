package lmnop.standalone.apps;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;
import java.util.Map;
import lmnop.standalone.data.Options;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class AppSettingsTest {
  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({
    "127.0.0.1, '', false, true, true",
    "localhost, '', false, true, true",
    "0.0.0.0, '', false, false, false",
    "0.0.0.0, --trust-functions, true, false, true"
  })
  void trustsWithoutASandboxOnlyWhatNobodyElseReaches(
      String listen, String option, String functions, String loopback, String builds)
      throws Exception {
    List<String> line = List.of("up", "--listen", listen, option);
    Options options = Options.parse(line.stream().filter(word -> !word.isEmpty()).toList());

    assertThat(settings(options, Map.of()).of(App.PROVIDER))
        .containsEntry("trust-functions", functions)
        .containsEntry("listeners-on-loopback", loopback);
    assertThat(settings(options, Map.of()).of(App.BUILDER_WORKER))
        .containsEntry("trust-builds", builds);
  }

  @Test
  void opensOnlyTheRouterToOthers() throws Exception {
    Options options = Options.parse(List.of("up", "--listen", "0.0.0.0"));

    for (App app : App.values()) {
      settings(options, Map.of())
          .of(app)
          .forEach((key, value) -> {
            if (key.endsWith("host") && !key.equals("portal-host")) {
              boolean open = app == App.ROUTER && key.equals("listen.host");
              assertThat(value).as(app + " " + key).isEqualTo(open ? "0.0.0.0" : "127.0.0.1");
            }
          });
    }
  }

  @Test
  void takesWhatTheOperatorWrote() throws Exception {
    Options options = Options.parse(List.of("up", "--data", folder.toString()));
    Path own = Files.createDirectories(folder.resolve("settings/own"));
    Files.writeString(
        own.resolve("router.properties"), "tls.certificates=/certs\ntls.host=0.0.0.0\nid=edge\n");

    settings(options, Map.of()).write(App.ROUTER);

    assertThat(AppSettings.file(options.data(), App.ROUTER))
        .content()
        .contains("tls.certificates=/certs\n", "id=edge\n")
        .doesNotContain("id=router-1");
    assertThat(settings(options, Map.of()).of(App.PROVIDER))
        .containsEntry("listeners-on-loopback", "false");
    assertThat(settings(options, Map.of()).of(App.BUILDER_WORKER))
        .containsEntry("trust-builds", "false");

    Files.writeString(own.resolve("router.properties"), "internal.host=10.0.0.1\n");
    assertThat(settings(options, Map.of()).of(App.PROVIDER))
        .containsEntry("listeners-on-loopback", "false");
  }

  @Test
  void passesOnlyTheEnvironmentThatRegistriesNeed() throws Exception {
    Map<String, String> environment =
        Map.of("HTTPS_PROXY", "http://proxy:3128", "PIP_CERT", "", "TOKEN", "secret");

    Map<String, String> worker =
        settings(Options.parse(List.of("up")), environment).of(App.BUILDER_WORKER);

    assertThat(worker)
        .containsEntry("dependency-environment[HTTPS_PROXY]", "http://proxy:3128")
        .doesNotContainValue("secret")
        .doesNotContainKey("dependency-environment[PIP_CERT]");
  }

  @Test
  void namesTheLoginsOfWhoeverStartsThePlatform() throws Exception {
    Options options = Options.parse(List.of("up"));
    for (App app : List.of(App.BUILDER_WORKER, App.PROVIDER)) {
      assertThat(settings(options, Map.of("HOME", "/home/somebody")).of(app))
          .containsEntry("images.registries.logins", "/home/somebody/.docker/config.json");
      assertThat(settings(options, Map.of()).of(app)).doesNotContainKey("images.registries.logins");
    }
  }

  private AppSettings settings(Options options, Map<String, String> environment) {
    return new AppSettings(options, new Credentials(folder, new SecureRandom()), environment);
  }
}

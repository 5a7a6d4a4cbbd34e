package lmnop.router.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.netty.handler.ssl.SslContext;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import lmnop.testkit.RequiresTool;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class CertificatesTest {
  private static final Duration OFTEN = Duration.ofMillis(50);

  @TempDir Path scratch;

  private Path directory() throws IOException {
    return Files.createDirectories(scratch.resolve("certificates"));
  }

  private void put(String name, String... hosts) throws Exception {
    Path chain = directory().resolve(name + ".pem");
    TestCertificates.made(scratch, "EC", hosts).write(chain, directory().resolve(name + ".key"));
  }

  @Test
  void findsTheOneThatNamesTheHost() throws Exception {
    put("a", "first.example.com");
    put("b", "*.apps.example.com");
    put("c", "one.apps.example.com", "other.example.com");

    try (Certificates certificates = Certificates.in(directory(), OFTEN)) {
      SslContext first = certificates.map("first.example.com");
      SslContext wild = certificates.map("anything.apps.example.com");
      SslContext exact = certificates.map("one.apps.example.com");
      assertThat(wild).isNotSameAs(first).isNotSameAs(exact);
      assertThat(exact).isNotSameAs(first).isSameAs(certificates.map("OTHER.example.com"));
      assertThat(certificates.map("too.deep.apps.example.com")).isSameAs(first);
      assertThat(certificates.map("nobody.example.org")).isSameAs(first);
      assertThat(certificates.map(null)).isSameAs(first);
    }
  }

  @ParameterizedTest
  @CsvSource({"live/x/fullchain.pem, live/x/privkey.pem", "tls.crt, tls.key", "a.cert, a.key"})
  void findsWhatOtherToolsWrite(String chain, String key) throws Exception {
    Path root = chain.startsWith("live/") ? directory().resolve("live") : directory();
    TestCertificates.made(scratch, "EC", "a.example.com")
        .write(directory().resolve(chain), directory().resolve(key));

    try (Certificates certificates = Certificates.in(root, OFTEN)) {
      assertThat(certificates.map("a.example.com")).isNotNull();
    }
  }

  @RequiresTool("openssl")
  @ParameterizedTest
  @CsvSource({"EC, BEGIN EC PRIVATE KEY", "RSA, BEGIN RSA PRIVATE KEY"})
  void readsKeysInTheirOldForm(String algorithm, String form) throws Exception {
    Path key = directory().resolve("a.key");
    TestCertificates.made(scratch, algorithm, "a.example.com")
        .write(directory().resolve("a.pem"), key);
    Path old = scratch.resolve("old.key");
    String tool = algorithm.equals("EC") ? "ec" : "rsa";
    Process openssl =
        new ProcessBuilder("openssl", tool, "-in", key.toString(), "-out", old.toString())
            .redirectErrorStream(true)
            .start();
    openssl.getInputStream().readAllBytes();
    if (openssl.waitFor() == 0 && !Files.readString(old).contains(form)) {
      new ProcessBuilder(
              "openssl", tool, "-traditional", "-in", key.toString(), "-out", old.toString())
          .start()
          .waitFor();
    }
    assertThat(old).content().contains(form);
    Files.copy(old, key, java.nio.file.StandardCopyOption.REPLACE_EXISTING);

    try (Certificates certificates = Certificates.in(directory(), OFTEN)) {
      assertThat(certificates.refusals()).isZero();
    }
  }

  private static List<SslContext> both(Certificates certificates) {
    return List.of(certificates.map("a.example.com"), certificates.map("b.example.com"));
  }

  @Test
  void takesAnExchangedPairWithoutARestart() throws Exception {
    put("a", "a.example.com");
    try (Certificates certificates = Certificates.in(directory(), OFTEN)) {
      SslContext before = certificates.map("a.example.com");
      put("a", "a.example.com");
      await()
          .untilAsserted(() -> assertThat(certificates.map("a.example.com")).isNotSameAs(before));
      put("b", "b.example.com");
      await().untilAsserted(() -> assertThat(Set.copyOf(both(certificates))).hasSize(2));
      Files.delete(directory().resolve("b.pem"));
      await().untilAsserted(() -> assertThat(Set.copyOf(both(certificates))).hasSize(1));
    }
  }

  @Test
  void keepsWhatItHasWhereTheNewOneIsBroken() throws Exception {
    put("a", "a.example.com");
    try (Certificates certificates = Certificates.in(directory(), OFTEN)) {
      SslContext before = certificates.map("a.example.com");
      Files.writeString(directory().resolve("a.key"), "half of a k");
      await().until(() -> certificates.refusals() == 1);
      assertThat(certificates.map("a.example.com")).isSameAs(before);

      for (Path file : new Path[] {directory().resolve("a.pem"), directory().resolve("a.key")}) {
        Files.delete(file);
      }
      TimeUnit.MILLISECONDS.sleep(200); // several looks at an empty directory
      assertThat(certificates.map("a.example.com")).isSameAs(before);
    }
  }

  @Test
  void refusesADirectoryWithNothingToUseInWords() throws Exception {
    assertThatThrownBy(() -> Certificates.in(directory(), OFTEN))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("no certificate");

    put("a", "a.example.com");
    put("b", "b.example.com");
    Files.copy(
        directory().resolve("b.key"),
        directory().resolve("a.key"),
        java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    Files.delete(directory().resolve("b.pem"));
    assertThatThrownBy(() -> Certificates.in(directory(), OFTEN))
        .hasMessageContaining("the key is not that of the certificate");
  }
}

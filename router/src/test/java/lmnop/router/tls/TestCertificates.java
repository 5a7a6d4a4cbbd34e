package lmnop.router.tls;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.stream.Collectors;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** Certificates that vouch for themselves, made by the JDK's own tool. */
public final class TestCertificates {
  private static final String PASSWORD = "changeit";

  /** A certificate with its key. */
  public record Made(X509Certificate certificate, PrivateKey key) {
    /** Writes both as PEM, as most tools do. */
    public void write(Path chain, Path keyFile) throws IOException, GeneralSecurityException {
      Files.createDirectories(chain.toAbsolutePath().getParent());
      Files.writeString(keyFile, pem("PRIVATE KEY", key.getEncoded()));
      Files.writeString(chain, pem("CERTIFICATE", certificate.getEncoded()));
    }
  }

  private TestCertificates() {}

  /**
   * Makes one.
   *
   * @param algorithm {@code EC} or {@code RSA}
   */
  public static Made made(Path scratch, String algorithm, String... hosts)
      throws IOException, GeneralSecurityException {
    Path store = Files.createTempFile(scratch, "made", ".p12");
    Files.delete(store);
    String names = Arrays.stream(hosts).map(h -> "dns:" + h).collect(Collectors.joining(","));
    List<String> command =
        new ArrayList<>(
            List.of(
                keytool(),
                "-genkeypair",
                "-alias",
                "it",
                "-keyalg",
                algorithm,
                "-dname",
                "CN=lmnop tests",
                "-ext",
                "san=" + names,
                "-validity",
                "30",
                "-storetype",
                "PKCS12",
                "-keystore",
                store.toString(),
                "-storepass",
                PASSWORD));
    run(command);
    KeyStore made = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(store)) {
      made.load(in, PASSWORD.toCharArray());
    }
    Certificate certificate = made.getCertificate("it");
    return new Made(
        (X509Certificate) certificate, (PrivateKey) made.getKey("it", PASSWORD.toCharArray()));
  }

  private static String keytool() {
    String java = ProcessHandle.current().info().command().orElseThrow();
    return Path.of(java).resolveSibling("keytool").toString();
  }

  private static void run(List<String> command) throws IOException {
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      String said =
          new String(
              process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
      if (process.waitFor() != 0) {
        throw new IOException(said);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(e);
    }
  }

  /** A client's side that trusts these and nothing else. */
  public static SSLContext trusting(Made... trusted) throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
    store.load(null, null);
    for (int i = 0; i < trusted.length; i++) {
      store.setCertificateEntry("it" + i, trusted[i].certificate());
    }
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(store);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, trust.getTrustManagers(), null);
    return context;
  }

  static String pem(String what, byte[] der) {
    String body = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
    return "-----BEGIN " + what + "-----\n" + body + "\n-----END " + what + "-----\n";
  }
}

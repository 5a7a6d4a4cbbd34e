package lmnop.images;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/** The certificates that registries may show: those that Java trusts, and an operator's own. */
final class TrustedCertificates {
  private TrustedCertificates() {}

  /**
   * What connections to registries are made with.
   *
   * @param own a PEM file of more certificates; null is none
   */
  static SSLContext beside(@Nullable Path own) {
    try {
      if (own == null) {
        return SSLContext.getDefault();
      }
      List<Certificate> all = new ArrayList<>(ofJava());
      all.addAll(read(own));
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, managers(all), null);
      return context;
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalArgumentException(
          "images.registries.certificates: %s is no PEM file of certificates (%s)"
              .formatted(own, e.getMessage()),
          e);
    }
  }

  private static Collection<? extends Certificate> read(Path file)
      throws IOException, GeneralSecurityException {
    try (InputStream in = Files.newInputStream(file)) {
      Collection<? extends Certificate> found =
          CertificateFactory.getInstance("X.509").generateCertificates(in);
      if (found.isEmpty()) {
        throw new IOException("there is none in it");
      }
      return found;
    }
  }

  private static List<Certificate> ofJava() throws GeneralSecurityException {
    List<Certificate> all = new ArrayList<>();
    for (TrustManager manager : managers(null)) {
      if (manager instanceof X509TrustManager trusting) {
        all.addAll(List.of(trusting.getAcceptedIssuers()));
      }
    }
    return all;
  }

  /** Null asks for those of Java. */
  private static TrustManager[] managers(@Nullable List<Certificate> certificates)
      throws GeneralSecurityException {
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(certificates == null ? null : store(certificates));
    return factory.getTrustManagers();
  }

  private static KeyStore store(List<Certificate> certificates) throws GeneralSecurityException {
    try {
      KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
      store.load(null, null);
      for (int i = 0; i < certificates.size(); i++) {
        store.setCertificateEntry("trusted-" + i, certificates.get(i));
      }
      return store;
    } catch (IOException e) {
      throw new GeneralSecurityException("an empty store cannot be made", e);
    }
  }
}

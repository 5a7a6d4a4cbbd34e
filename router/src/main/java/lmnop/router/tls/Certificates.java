package lmnop.router.tls;

import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolConfig.Protocol;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectedListenerFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectorFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.util.Mapping;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The certificates in a directory, each for the hosts that it names. A file that changes is read
 * again; connections that are open keep what they began with.
 *
 * <p>A pair that cannot be read is left out and said; what was read of it before stays in use.
 */
public final class Certificates implements Mapping<String, SslContext>, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Certificates.class);
  private static final int DNS_NAME = 2;

  /** One certificate in use. */
  private record Served(String version, SslContext context, List<String> hosts, Instant ends) {}

  /** What a handshake looks at: exchanged as a whole. */
  private record InUse(Map<String, SslContext> byHost, SslContext first) {}

  private final Path directory;
  private final Map<Path, Served> served = new TreeMap<>();
  private final Map<Path, String> refused = new TreeMap<>();
  private final ScheduledExecutorService reader =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().name("certificates").daemon().factory());
  private volatile InUse inUse;
  private volatile Instant firstEnd = Instant.MAX;
  private volatile int refusals;

  private Certificates(Path directory) throws IOException {
    this.directory = directory;
    InUse found = read();
    if (found == null) {
      throw new IOException(
          "there is no certificate with its key that can be used in "
              + directory
              + (refused.isEmpty() ? "" : ": " + refused));
    }
    this.inUse = found;
  }

  /**
   * Reads a directory, and again whenever this time has passed.
   *
   * @throws IOException if there is nothing in it that could be used
   */
  public static Certificates in(Path directory, Duration every) throws IOException {
    Certificates certificates = new Certificates(directory);
    certificates.reader.scheduleWithFixedDelay(
        certificates::readAgain, every.toMillis(), every.toMillis(), TimeUnit.MILLISECONDS);
    return certificates;
  }

  /** The certificate for a host; for one that none names, and for none at all, the first. */
  @Override
  public SslContext map(@Nullable String host) {
    InUse now = inUse;
    if (host == null) {
      return now.first();
    }
    String name = host.toLowerCase(Locale.ROOT);
    SslContext exact = now.byHost().get(name);
    if (exact != null) {
      return exact;
    }
    int dot = name.indexOf('.');
    SslContext wild = dot < 0 ? null : now.byHost().get("*" + name.substring(dot));
    return wild == null ? now.first() : wild;
  }

  /** When the first of them ends, in seconds since 1970. */
  public double firstEnd() {
    return firstEnd.getEpochSecond();
  }

  /** How many pairs could not be used when they were read last. */
  public int refusals() {
    return refusals;
  }

  private void readAgain() {
    try {
      InUse found = read();
      if (found != null) {
        inUse = found;
      }
    } catch (IOException | RuntimeException e) {
      log.warn("the certificates in {} cannot be read again: {}", directory, e.toString());
    }
  }

  private @Nullable InUse read() throws IOException {
    List<CertificateFiles.Pair> pairs = CertificateFiles.in(directory);
    served.keySet().retainAll(pairs.stream().map(CertificateFiles.Pair::chain).toList());
    refused.keySet().retainAll(pairs.stream().map(CertificateFiles.Pair::chain).toList());
    for (CertificateFiles.Pair pair : pairs) {
      readPair(pair);
    }
    refusals = refused.size();
    Map<String, SslContext> byHost = new HashMap<>();
    Instant end = Instant.MAX;
    SslContext first = null;
    for (Served one : served.values()) {
      first = first == null ? one.context() : first;
      end = one.ends().isBefore(end) ? one.ends() : end;
      for (String host : one.hosts()) {
        byHost.putIfAbsent(host, one.context());
      }
    }
    firstEnd = end;
    return first == null ? null : new InUse(byHost, first);
  }

  private void readPair(CertificateFiles.Pair pair) {
    try {
      String version = pair.version();
      Served before = served.get(pair.chain());
      if (before == null || !before.version().equals(version)) {
        served.put(pair.chain(), load(pair, version));
        log.info("{} is used for {}", pair.chain().getFileName(), hosts(pair));
      }
      refused.remove(pair.chain());
    } catch (IOException | CertificateException | RuntimeException e) {
      String why = String.valueOf(e.getMessage());
      if (!why.equals(refused.put(pair.chain(), why))) {
        log.warn("{} with {} is not used: {}", pair.chain(), pair.key().getFileName(), why);
      }
    }
  }

  private List<String> hosts(CertificateFiles.Pair pair) {
    Served now = served.get(pair.chain());
    return now == null ? List.of() : now.hosts();
  }

  private static Served load(CertificateFiles.Pair pair, String version)
      throws IOException, CertificateException {
    X509Certificate[] chain = chain(pair.chain());
    PrivateKey key = PrivateKeys.read(pair.key());
    if (!PrivateKeys.fits(key, chain[0].getPublicKey())) {
      throw new IOException("the key is not that of the certificate");
    }
    SslContext context =
        SslContextBuilder.forServer(key, chain)
            .sslProvider(OpenSsl.isAvailable() ? SslProvider.OPENSSL : SslProvider.JDK)
            .protocols("TLSv1.3", "TLSv1.2")
            .applicationProtocolConfig(
                new ApplicationProtocolConfig(
                    Protocol.ALPN,
                    SelectorFailureBehavior.NO_ADVERTISE,
                    SelectedListenerFailureBehavior.ACCEPT,
                    ApplicationProtocolNames.HTTP_2,
                    ApplicationProtocolNames.HTTP_1_1))
            .build();
    Instant ends = chain[0].getNotAfter().toInstant();
    return new Served(version, context, hosts(chain[0]), ends);
  }

  private static X509Certificate[] chain(Path file) throws IOException, CertificateException {
    try (InputStream in = Files.newInputStream(file)) {
      X509Certificate[] chain =
          CertificateFactory.getInstance("X.509").generateCertificates(in).stream()
              .map(X509Certificate.class::cast)
              .toArray(X509Certificate[]::new);
      if (chain.length == 0) {
        throw new IOException("it holds no certificate in PEM");
      }
      return chain;
    }
  }

  private static List<String> hosts(X509Certificate certificate) throws CertificateException {
    var names = certificate.getSubjectAlternativeNames();
    return names == null
        ? List.of()
        : names.stream()
            .filter(name -> Integer.valueOf(DNS_NAME).equals(name.get(0)))
            .map(name -> String.valueOf(name.get(1)).toLowerCase(Locale.ROOT))
            .toList();
  }

  @Override
  public void close() {
    reader.shutdownNow();
  }
}

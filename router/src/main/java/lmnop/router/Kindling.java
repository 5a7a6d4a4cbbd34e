package lmnop.router;

import java.security.NoSuchAlgorithmException;
import javax.net.ssl.SSLContext;
import lmnop.router.edge.Transport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Loads what every router needs while the settings are still read, on another processor: nobody
 * listens while a router starts.
 */
final class Kindling {
  private static final Logger log = LoggerFactory.getLogger(Kindling.class);

  private Kindling() {}

  static void light() {
    Thread.ofPlatform().name("kindling").daemon().start(Kindling::load);
  }

  private static void load() {
    try {
      SSLContext.getDefault(); // reads the certificates of the JDK, for whatever client asks first
      Transport.choose("auto");
    } catch (NoSuchAlgorithmException | RuntimeException e) {
      log.debug("whoever needs it will find out", e);
    }
  }
}

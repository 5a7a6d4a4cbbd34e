package lmnop.standalone;

import com.sun.net.httpserver.HttpServer;
import java.io.Reader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;

/**
 * Stands in for an app: it reads the settings file that the platform wrote, says on its management
 * port that it is ready, and ends when a file named {@code crash} lies beside its settings.
 */
public final class StandInApp {
  private StandInApp() {}

  /** Runs until it is asked to end. */
  public static void main(String... arguments) throws Exception {
    Path file = Path.of(arguments[1]);
    Properties settings = new Properties();
    try (Reader reader = Files.newBufferedReader(file)) {
      settings.load(reader);
    }
    if (Files.exists(file.resolveSibling("never-starts"))) {
      System.out.println("this setting does not fit");
      System.exit(2);
    }
    int port = Integer.parseInt(settings.getProperty("management.port"));
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
    server.createContext(
        "/health/ready",
        exchange -> {
          exchange.sendResponseHeaders(200, -1);
          exchange.close();
        });
    server.createContext("/crash", exchange -> Runtime.getRuntime().halt(7));
    server.start();
    if (settings.getProperty("portal-host") != null) {
      int open = Integer.parseInt(settings.getProperty("listen.port"));
      HttpServer portal =
          HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), open), 0);
      portal.createContext(
          "/",
          exchange -> {
            exchange.sendResponseHeaders(401, -1);
            exchange.close();
          });
      portal.start();
    }
    System.out.println("stands in for " + file.getFileName());
    new CountDownLatch(1).await();
  }
}

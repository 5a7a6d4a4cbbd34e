package lmnop.loadtest.bench.router;

import java.io.IOException;
import java.io.PrintStream;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import lmnop.loadtest.bench.Verdicts;
import lmnop.loadtest.platform.Polling;

/** What every question stands on: the backend, a certificate, and the ways to start a proxy. */
final class Stage implements AutoCloseable {
  private static final Duration READY_WITHIN = Duration.ofSeconds(30);

  final PrintStream out;
  final Lengths lengths;
  final Verdicts verdicts;
  final Rounds rounds;
  final int backend = freePort();
  private final Path home;
  private final Path scratch;
  private final Certificates certificate;
  private final Program origin;
  private int folders;

  Stage(Path home, Path scratch, PrintStream out, Lengths lengths, Verdicts verdicts)
      throws IOException {
    this.home = home;
    this.scratch = scratch;
    this.out = out;
    this.lengths = lengths;
    this.verdicts = verdicts;
    this.rounds = new Rounds(out, lengths);
    this.certificate = Certificates.make(scratch);
    this.origin = Peers.backend(scratch, backend);
  }

  /** The other proxies, with files of their own. */
  Peers peers() throws IOException {
    return new Peers(folder("peers"), backend, certificate);
  }

  /** Our router, as soon as it answers for the functions of a registry. */
  Program router(
      Registry registry, String transport, RouterProgram.Memory memory, int port, int secure)
      throws IOException {
    Program router =
        RouterProgram.start(
            home,
            folder(transport),
            registry.asRouter(),
            certificate.folder(),
            transport,
            memory,
            port,
            secure,
            freePort());
    String url = "http://127.0.0.1:" + port + "/";
    for (String host : List.of(Registry.HOST, "localhost")) {
      Polling.until("the router knows", READY_WITHIN, () -> Probe.status(url, host) == 200);
    }
    return router;
  }

  /** A gateway as Spring makes it, without anything of ours. */
  Program gateway(int port) throws IOException {
    return GatewayProgram.start(home, folder("gateway"), port, backend);
  }

  Path folder(String name) throws IOException {
    return Files.createDirectories(scratch.resolve(name + "-" + ++folders));
  }

  Load.Result http1(Proxy proxy, int seconds, boolean strict) throws IOException {
    String host = proxy.url().startsWith("https") ? "localhost" : Registry.HOST;
    return Load.http1(proxy.url(), List.of("-H", "Host: " + host), seconds, strict);
  }

  static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  @Override
  public void close() {
    origin.close();
  }
}

package lmnop.loadtest.bench.router;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What ten thousand connections cost that asked once and then stay: the growth of resident memory.
 * Of our router both before and after a full collection, so that garbage is neither counted nor
 * hides anything. The memory of sockets is the kernel's, and the same for all.
 */
final class IdleConnections {
  private static final int CONNECTIONS = 10_000;
  private static final int OTHER_FILES = 1000;
  private static final int FEWEST_FILES = 10_000;
  private static final Pattern LIMIT = Pattern.compile("Max open files\\s+(\\d+)");
  private static final Pattern USED =
      Pattern.compile("(?:DefNew|Tenured)\\s+total \\d+K, used (\\d+)K");

  private final Stage stage;
  private final int connections;

  IdleConnections(Stage stage) throws IOException {
    this.stage = stage;
    this.connections = affordable();
  }

  void run() throws IOException {
    stage.out.printf(
        Locale.ROOT, "%n%,d idle connections, KiB each (resident, heap)%n", connections);
    int[] port = {Stage.freePort(), Stage.freePort(), Stage.freePort()};
    Peers peers = stage.peers();
    try (Program nginx = peers.nginx(port[0], Stage.freePort())) {
      measure(Proxy.plain("nginx", nginx, port[0]));
    }
    try (Program haproxy = peers.haproxy(port[1], Stage.freePort(), Stage.freePort())) {
      measure(Proxy.plain("haproxy", haproxy, port[1]));
    }
    try (Registry registry = new Registry(stage.backend, 1000);
        Program router =
            stage.router(
                registry, "io_uring", RouterProgram.Memory.USUAL, port[2], Stage.freePort())) {
      double ours = measure(Proxy.plain("lmnop io_uring", router, port[2]).compiling());
      stage.verdicts.atMost("memory of an idle connection, KiB", ours, 20, 8, false);
    }
  }

  /** Returns the growth for each connection in KiB. */
  private double measure(Proxy proxy) throws IOException {
    stage.rounds.warm(proxy, stage::http1);
    URI uri = URI.create(proxy.url());
    InetSocketAddress address = new InetSocketAddress(uri.getHost(), uri.getPort());
    OptionalLong heapBefore = collect(proxy);
    long before = proxy.program().residentBytes();
    List<KeptConnection> all = new ArrayList<>();
    try {
      for (int i = 0; i < connections; i++) {
        KeptConnection one = new KeptConnection(address, Registry.HOST);
        all.add(one);
        one.ask();
      }
      OptionalLong heapAfter = collect(proxy);
      double each = (proxy.program().residentBytes() - before) / 1024.0 / connections;
      for (KeptConnection one : all) {
        one.ask(); // they are all still there
      }
      stage.out.printf(
          Locale.ROOT,
          "  %-30s %8.2f %8s%n",
          proxy.name(),
          each,
          heapAfter.isPresent()
              ? String.format(
                  Locale.ROOT,
                  "%.2f",
                  (heapAfter.getAsLong() - heapBefore.getAsLong()) / 1024.0 / connections)
              : "–");
      return each;
    } finally {
      for (KeptConnection one : all) {
        one.close();
      }
    }
  }

  /** Lets a virtual machine collect; the bytes that its heap uses then. */
  private static OptionalLong collect(Proxy proxy) throws IOException {
    if (!proxy.compiles()) {
      return OptionalLong.empty();
    }
    String home = System.getProperty("java.home"); // house-rule exception: where jcmd is
    String jcmd = Path.of(home, "bin", "jcmd").toString();
    String pid = String.valueOf(proxy.program().pid());
    Load.run(List.of(jcmd, pid, "GC.run"));
    Load.run(List.of(jcmd, pid, "GC.run")); // what the first one let go of by references
    Matcher used = USED.matcher(Load.run(List.of(jcmd, pid, "GC.heap_info")));
    long bytes = 0;
    while (used.find()) {
      bytes += Long.parseLong(used.group(1)) * 1024;
    }
    if (bytes == 0) {
      throw new IOException("jcmd does not say how much of the heap is used");
    }
    return OptionalLong.of(bytes);
  }

  /** Ten thousand, or as many as a proxy may have that keeps a file for each one's second half. */
  private static int affordable() throws IOException {
    Matcher limit = LIMIT.matcher(Files.readString(Path.of("/proc/self/limits")));
    int files = limit.find() ? Integer.parseInt(limit.group(1)) : Integer.MAX_VALUE;
    if (files < FEWEST_FILES) {
      throw new IOException(
          "this needs %d open files, and %d are allowed; raise the limit (ulimit -n)"
              .formatted(FEWEST_FILES, files));
    }
    return Math.min(CONNECTIONS, (files - OTHER_FILES) / 2);
  }
}

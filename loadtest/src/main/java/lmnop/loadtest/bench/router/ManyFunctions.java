package lmnop.loadtest.bench.router;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import lmnop.loadtest.bench.Samples;

/**
 * A router over a database with a million functions beside one over a thousand: same flags, same
 * heap. Each request goes to a random one of the hosts that are asked for, which are spread evenly
 * over all.
 */
final class ManyFunctions {
  private static final RouterProgram.Memory MEMORY = new RouterProgram.Memory(1024, 512);
  private static final int FEW = 1000;
  private static final int WIDELY = 20_000;
  private static final int A_SHARE = 10; // of all, at most so many are asked

  private final Stage stage;

  ManyFunctions(Stage stage) {
    this.stage = stage;
  }

  void run() throws IOException {
    int functions = stage.lengths.functions();
    int widely = Math.min(WIDELY, functions / A_SHARE);
    int fewPort = Stage.freePort();
    int manyPort = Stage.freePort();
    stage.out.printf(
        Locale.ROOT,
        "%nfills a database with %,d functions; both routers with a heap of %d MiB%n",
        functions,
        MEMORY.heap());
    try (Registry few = new Registry(stage.backend, FEW);
        Registry many = new Registry(stage.backend, functions);
        Program fewProgram = router(few, fewPort);
        Program manyProgram = router(many, manyPort)) {
      Proxy small = Proxy.plain("1000 functions, all asked", fewProgram, fewPort).compiling();
      Proxy large = Proxy.plain(functions + ", 1000 asked", manyProgram, manyPort).compiling();
      Proxy wide =
          Proxy.plain(functions + ", " + widely + " asked", manyProgram, manyPort).compiling();
      Map<Proxy, Path> scripts = new LinkedHashMap<>();
      scripts.put(small, script(FEW, 1));
      scripts.put(large, script(FEW, functions / FEW));
      scripts.put(wide, script(widely, functions / widely));
      Rounds.Client client =
          (proxy, seconds, strict) ->
              Load.http1(
                  proxy.url(),
                  List.of("-s", Rounds.of(scripts, proxy).toString()),
                  seconds,
                  strict);
      Map<Proxy, Rounds.Round> table =
          stage.rounds.table("random hosts, HTTP/1.1", List.copyOf(scripts.keySet()), client);
      String name = String.format(Locale.ROOT, "%,d functions", functions);
      double ratio = Rounds.of(table, large).perSecond() / Rounds.of(table, small).perSecond();
      stage.verdicts.atLeast(name + ", throughput ÷ 1,000", ratio, 0.95, 0.99, true);
      double[] millis = Notices.measure(many, large, stage.lengths.changes());
      stage.verdicts.atMost(
          name + ", notice to effect, ms, p99", Samples.percentile(millis, 0.99), 250, 50, false);
    }
  }

  private Program router(Registry registry, int port) throws IOException {
    return stage.router(registry, "io_uring", MEMORY, port, Stage.freePort());
  }

  private Path script(int hosts, int step) throws IOException {
    Path file = stage.folder("hosts").resolve("hosts.lua");
    Files.writeString(
        file,
        """
        local requests = {}
        init = function(args)
          for i = 1, %d do
            requests[i] = wrk.format("GET", "/", {["Host"] = "f" .. i * %d .. ".apps.localhost"})
          end
        end
        local asked = 0
        request = function() -- each once, so that none is looked up later; then at random
          asked = asked + 1
          return requests[asked] or requests[math.random(#requests)]
        end
        """
            .formatted(hosts, step));
    return file;
  }
}

package lmnop.provider;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import lmnop.provider.artifacts.TestBundle;
import lmnop.providerapi.HttpFunctionProvider;
import lmnop.testkit.FileTree;
import lmnop.testkit.Reliability;
import lmnop.testkit.RequiresTool;
import lmnop.testkit.Thorough;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Starting and stopping, again and again, leaves nothing on the machine. */
@RequiresTool({"root", "bwrap", "ip", "nft", "python3"})
@Tag(Reliability.TAG)
final class LeakTest {
  private static final Path LINKS = Path.of("/sys/class/net");

  /** Networks that are ready for the next instances are no leak, so many of them. */
  private static final int WAITING = 2;

  private static final int CYCLES = Thorough.isAskedFor() ? 1000 : 30;

  /** Starts what a careless program starts: daemons that left their parents and do not end. */
  private static final String CARELESS =
      """
      #!/bin/sh
      setsid sh -c 'trap "" TERM HUP INT; setsid sleep 4001 & sleep 4002 & wait' &
      sh -c '(setsid sleep 4003 &) &'
      exec /usr/bin/python3 -u -S -E server.py
      """;

  @Test
  void startingAndStoppingLeavesNothing() {
    String network;
    try (TestProvider running = new TestProvider().start();
        HttpFunctionProvider client = running.client()) {
      network = running.networkName();
      String image = TestBundle.server("hi").file("entrypoint", CARELESS).into(running.artifacts());
      cycle(running, client, image, 0);
      await().atMost(TestProvider.PATIENCE).until(() -> waiting(running) == WAITING);
      long descriptors = names(Path.of("/proc/self/fd"), "").size();
      int namespaces = namespaces();
      for (int i = 1; i < CYCLES; i++) {
        cycle(running, client, image, i);
      }
      String after = " after " + CYCLES + " starts and stops";
      Reliability.atMostWithin(
          TestProvider.PATIENCE,
          "R28",
          "processes, links, cgroups, mounts, files left" + after,
          () -> left(running).values().stream().mapToLong(Collection::size).sum(),
          0);
      Reliability.atMostWithin(
          TestProvider.PATIENCE,
          "R28",
          "network namespaces more" + after,
          () -> namespaces() - namespaces,
          0);
      Reliability.atMost(
          "R28",
          "open files more" + after,
          names(Path.of("/proc/self/fd"), "").size() - descriptors,
          20);
      assertThat(left(running)).allSatisfy((what, is) -> assertThat(is).isEmpty());
    }
    String links = "lm" + network + "-";
    await().atMost(TestProvider.PATIENCE).until(() -> names(LINKS, links).isEmpty());
  }

  private static void cycle(
      TestProvider running, HttpFunctionProvider client, String image, int number) {
    String name = "cycle-" + number % 3;
    client.deploy(TestProvider.deployment(name, image));
    TestEndpoint endpoint = running.awaitEndpoint(name);
    assertThat(running.call("GET", endpoint.host(), endpoint.port(), "")).isEqualTo("hi");
    client.delete(name, "default");
    await().atMost(TestProvider.PATIENCE).until(() -> running.instanceFolders().isEmpty());
  }

  /** How many network namespaces the processes of this machine are in. */
  private static int namespaces() {
    Set<String> found = new HashSet<>();
    for (String process : names(Path.of("/proc"), "")) {
      try {
        found.add(Files.readSymbolicLink(Path.of("/proc", process, "ns", "net")).toString());
      } catch (IOException e) {
        // no process, or gone
      }
    }
    return found.size();
  }

  /** Everything that instances of this provider could leave, and is there. */
  private static Map<String, Collection<?>> left(TestProvider running) {
    String name = running.networkName();
    Map<String, Collection<?>> found = new TreeMap<>();
    found.put("processes", ProviderProcess.traces(running));
    found.put(
        "daemons",
        ProcessHandle.allProcesses()
            .map(process -> process.info().commandLine().orElse(""))
            .filter(line -> line.matches(".*sleep 400[123]"))
            .toList());
    found.put("links", moreThanWaiting(names(LINKS, "lm" + name + "-")));
    for (String controller : List.of("memory", "pids", "cpu", ".")) {
      Path groups = Path.of("/sys/fs/cgroup").resolve(controller).resolve("lmnop-" + name);
      found.put("groups of " + controller, names(groups, "cycle-"));
    }
    found.put("mounts", mounts(running));
    found.put("files", files(running.data()));
    found.put("routes", moreThanWaiting(routes(running)));
    found.put("endpoints", running.endpoints());
    return found;
  }

  private static long waiting(TestProvider running) {
    return ProcessHandle.allProcesses()
        .map(process -> process.info().commandLine().orElse(""))
        .filter(line -> line.contains("/network-") && line.contains(running.data().toString()))
        .count();
  }

  private static List<String> moreThanWaiting(Collection<String> found) {
    return found.stream().skip(WAITING).toList();
  }

  private static List<String> routes(TestProvider running) {
    try (Stream<String> routes = Files.lines(Path.of("/proc/net/route"))) {
      return routes.filter(line -> line.startsWith("lm" + running.networkName() + "-")).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<String> mounts(TestProvider running) {
    try (Stream<String> mounts = Files.lines(Path.of("/proc/self/mountinfo"))) {
      return mounts.filter(line -> line.contains(running.data().toString())).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<Path> files(Path data) {
    return FileTree.of(data).stream().filter(path -> path.toString().contains("cycle-")).toList();
  }

  private static List<String> names(Path folder, String start) {
    try (Stream<Path> all = Files.list(folder)) {
      return all.map(path -> String.valueOf(path.getFileName()))
          .filter(name -> name.startsWith(start))
          .toList();
    } catch (IOException e) {
      return List.of(); // there is no such folder
    }
  }
}

package lmnop.loadtest.bench.cluster;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.MappingIterator;
import tools.jackson.databind.json.JsonMapper;

/** What a cluster says to kubectl. */
final class Kubectl {
  private static final JsonMapper JSON = new JsonMapper();

  private final @Nullable Path kubeconfig;

  Kubectl(@Nullable Path kubeconfig) {
    this.kubeconfig = kubeconfig;
  }

  private List<String> command(String... arguments) {
    List<String> command = new ArrayList<>(List.of("kubectl"));
    if (kubeconfig != null) {
      command.add("--kubeconfig=" + kubeconfig);
    }
    command.addAll(List.of(arguments));
    return command;
  }

  /** What a command prints. */
  String ask(String... arguments) throws IOException, InterruptedException {
    Path trouble = Files.createTempFile("kubectl", ".err");
    try {
      Process process =
          new ProcessBuilder(command(arguments)).redirectError(trouble.toFile()).start();
      process.getOutputStream().close();
      String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (process.waitFor() != 0) {
        throw new IOException(
            "kubectl %s: %s"
                .formatted(String.join(" ", arguments), Files.readString(trouble).strip()));
      }
      return printed;
    } finally {
      Files.delete(trouble);
    }
  }

  /** Objects, or one. */
  JsonNode get(String namespace, String... what) throws IOException, InterruptedException {
    List<String> arguments = new ArrayList<>(List.of("-n", namespace, "get", "-o", "json"));
    arguments.addAll(List.of(what));
    return JSON.readTree(ask(arguments.toArray(String[]::new)));
  }

  /** Objects that change, as they do; those that are there come first. */
  Watch watch(String namespace, String kind, String selector, Consumer<JsonNode> seen)
      throws IOException {
    Process process =
        new ProcessBuilder(
                command("-n", namespace, "get", kind, "-l", selector, "-o", "json", "--watch"))
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    Thread reader =
        Thread.ofPlatform().daemon().name("watch-" + kind).start(() -> read(process, seen));
    return new Watch(process, reader);
  }

  private static void read(Process process, Consumer<JsonNode> seen) {
    try (MappingIterator<JsonNode> objects =
        JSON.readerFor(JsonNode.class).readValues(process.getInputStream())) {
      while (objects.hasNext()) {
        seen.accept(objects.next());
      }
    } catch (JacksonException e) {
      // it was ended in the middle of an object
    }
  }

  /** A watch that goes on until it is closed. */
  record Watch(Process process, Thread reader) implements AutoCloseable {
    @Override
    public void close() {
      process.destroyForcibly();
      reader.interrupt();
    }
  }
}

package lmnop.loadtest.bench.push;

import static lmnop.operations.database.Rows.only;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The program of a function that was pushed, as its bundle says, started by hand: no sandbox, no
 * network of its own, no limits, nobody in between.
 */
final class BareProgram {
  private static final String PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
  private static final Duration ANSWER = Duration.ofSeconds(10);
  private static final long LOOK = Duration.ofMillis(1).toNanos();
  private static final int OK = 200;

  private final Ground ground;
  private final JsonNode manifest;
  private final Path code;

  private BareProgram(Ground ground, JsonNode manifest, Path code) {
    this.ground = ground;
    this.manifest = manifest;
    this.code = code;
  }

  /** Copies what the provider unpacked. */
  static BareProgram of(Ground ground, String function) throws IOException {
    String artifact =
        Objects.requireNonNull(
            ground
                .database
                .one(
                    """
                    SELECT r.artifact FROM revisions r JOIN functions f ON f.id = r.function_id
                    WHERE f.name = :function ORDER BY r.number DESC LIMIT 1
                    """,
                    Map.of("function", function),
                    row -> only(row, String.class))
                .block(ANSWER));
    Path bundles = ground.platform.data().resolve("provider/bundles");
    JsonNode manifest =
        new JsonMapper()
            .readTree(Files.readString(bundles.resolve("manifests").resolve(hex(artifact))));
    Path code = ground.scratch.resolve("bare-" + function);
    for (JsonNode layer : manifest.path("layers")) {
      Path unpacked = bundles.resolve("layers").resolve(hex(layer.path("digest").asString()));
      boolean isCode = layer.path("name").asString().equals("code");
      copy(unpacked, isCode ? code : code.resolve(".dependencies"));
    }
    return new BareProgram(ground, manifest, code);
  }

  private static String hex(String digest) {
    return digest.substring(digest.lastIndexOf(':') + 1);
  }

  private static void copy(Path from, Path to) throws IOException {
    Files.createDirectories(to);
    Process cp =
        new ProcessBuilder("cp", "-a", from + "/.", to.toString())
            .redirectErrorStream(true)
            .start();
    String said = new String(cp.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (cp.onExit().join().exitValue() != 0) {
      throw new IOException(from + " cannot be copied: " + said);
    }
  }

  /** Milliseconds from its start to its first 200; then it is ended. */
  double start() throws IOException, InterruptedException {
    int port;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    ProcessBuilder builder =
        new ProcessBuilder(command())
            .directory(
                Path.of(filled(manifest.path("workingDirectory").asString("${code}"))).toFile())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD);
    builder.environment().clear();
    builder.environment().putAll(environment(port));
    long begin = System.nanoTime();
    Process process = builder.start();
    try {
      while (!listens(port)) {
        if (!process.isAlive() || System.nanoTime() - begin > ANSWER.toNanos()) {
          throw new IOException(code.getFileName() + " does not answer when it is started by hand");
        }
        LockSupport.parkNanos(LOOK);
      }
      HttpResponse<String> answer =
          ground.platform.get(URI.create("http://127.0.0.1:" + port + "/"));
      double millis = (System.nanoTime() - begin) / 1e6;
      if (answer.statusCode() != OK) {
        throw new IOException(code.getFileName() + " says " + answer.statusCode() + " by hand");
      }
      return millis;
    } finally {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly().waitFor(ANSWER.toSeconds(), TimeUnit.SECONDS);
    }
  }

  private List<String> command() {
    List<String> command = new ArrayList<>();
    manifest.path("command").forEach(word -> command.add(filled(word.asString())));
    return command;
  }

  private Map<String, String> environment(int port) {
    List<String> path = new ArrayList<>();
    manifest.path("path").forEach(folder -> path.add(filled(folder.asString())));
    path.add(PATH);
    Map<String, String> environment = new HashMap<>();
    manifest
        .path("environment")
        .properties()
        .forEach(
            variable -> environment.put(variable.getKey(), filled(variable.getValue().asString())));
    environment.put("LANG", "C.UTF-8");
    environment.put("PATH", String.join(":", path));
    environment.put("HOME", code.toString());
    environment.put("PORT", String.valueOf(port));
    return environment;
  }

  private String filled(String text) {
    return text.replace("${dependencies}", code.resolve(".dependencies").toString())
        .replace("${code}", code.toString());
  }

  private static boolean listens(int port) {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      return true;
    } catch (IOException e) {
      return false;
    }
  }
}

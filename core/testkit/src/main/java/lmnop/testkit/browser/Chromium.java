package lmnop.testkit.browser;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Chromium without a window, spoken to by its DevTools protocol over one WebSocket.
 *
 * <p>It runs without its own sandbox, for tests run as root too and load nothing but our pages.
 */
public final class Chromium implements AutoCloseable {
  /** The program, as Debian calls it. */
  public static final String PROGRAM = "chromium";

  private static final Pattern LISTENING = Pattern.compile("DevTools listening on (ws://\\S+)");
  private static final List<String> OPTIONS =
      List.of(
          "--headless=new",
          "--no-sandbox",
          "--disable-gpu",
          "--disable-dev-shm-usage",
          "--disable-background-networking",
          "--disable-component-update",
          "--disable-sync",
          "--no-default-browser-check",
          "--no-first-run",
          "--no-proxy-server",
          "--hide-scrollbars",
          "--remote-debugging-port=0");
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final Process process;
  private final HttpClient http = HttpClient.newHttpClient();
  private final AtomicLong numbers = new AtomicLong();
  private final Map<Long, CompletableFuture<JsonNode>> asked = new ConcurrentHashMap<>();
  private final Map<String, Consumer<JsonNode>> tabs = new ConcurrentHashMap<>();
  private final WebSocket socket;

  private Chromium(Process process, URI address) {
    this.process = process;
    this.socket = http.newWebSocketBuilder().buildAsync(address, new Messages()).join();
  }

  /**
   * Starts it.
   *
   * @param profile a folder for what it keeps
   */
  public static Chromium start(Path profile) throws IOException {
    ProcessBuilder builder = new ProcessBuilder(PROGRAM);
    builder.command().addAll(OPTIONS);
    builder.command().addAll(List.of("--user-data-dir=" + profile, "about:blank"));
    Process process = builder.redirectErrorStream(true).start();
    try {
      return new Chromium(process, address(process).get(PATIENCE.toSeconds(), TimeUnit.SECONDS));
    } catch (Exception e) {
      process.destroyForcibly();
      throw new IOException("Chromium did not start", e);
    }
  }

  /** Where it listens, which it prints; what it prints else is read, so that it never waits. */
  private static CompletableFuture<URI> address(Process process) {
    CompletableFuture<URI> address = new CompletableFuture<>();
    Thread.ofVirtual()
        .name("chromium-output")
        .start(() -> {
          StringBuilder printed = new StringBuilder();
          try (BufferedReader lines = process.inputReader()) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
              Matcher found = LISTENING.matcher(line);
              if (found.find()) {
                address.complete(URI.create(found.group(1)));
              } else if (!address.isDone()) {
                printed.append(line).append('\n');
              }
            }
          } catch (IOException e) {
            printed.append(e);
          }
          address.completeExceptionally(new IOException("it printed: " + printed));
        });
    return address;
  }

  /** Opens a tab. */
  public Tab tab() {
    String target =
        ask(null, "Target.createTarget", Map.of("url", "about:blank")).path("targetId").asString();
    String session =
        ask(null, "Target.attachToTarget", Map.of("targetId", target, "flatten", true))
            .path("sessionId")
            .asString();
    Tab tab = new Tab(this, session);
    tabs.put(session, tab::hear);
    tab.prepare();
    return tab;
  }

  /**
   * Asks for something.
   *
   * @param session of a tab; null asks the browser
   */
  JsonNode ask(@Nullable String session, String method, Map<String, ?> parameters) {
    long number = numbers.incrementAndGet();
    ObjectNode message = JSON.createObjectNode();
    message.put("id", number).put("method", method).set("params", JSON.valueToTree(parameters));
    if (session != null) {
      message.put("sessionId", session);
    }
    CompletableFuture<JsonNode> answer = new CompletableFuture<>();
    asked.put(number, answer);
    try {
      synchronized (socket) { // it takes one message after the other
        socket.sendText(JSON.writeValueAsString(message), true).join();
      }
      return answer.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    } catch (Exception e) {
      throw new IllegalStateException("Chromium did not do " + method, e);
    } finally {
      asked.remove(number);
    }
  }

  /** Hears what it says: answers, and what happens in its tabs. */
  private final class Messages implements WebSocket.Listener {
    private final StringBuilder received = new StringBuilder();

    @Override
    public @Nullable CompletionStage<?> onText(
        WebSocket webSocket, CharSequence data, boolean last) {
      received.append(data);
      if (last) {
        JsonNode message = JSON.readTree(received.toString());
        received.setLength(0);
        take(message);
      }
      webSocket.request(1);
      return null;
    }

    private void take(JsonNode message) {
      CompletableFuture<JsonNode> answer = asked.get(message.path("id").asLong(0));
      if (answer == null) {
        tabs.getOrDefault(message.path("sessionId").asString(""), nobody -> {}).accept(message);
      } else if (message.has("error")) {
        answer.completeExceptionally(new IOException(message.path("error").toString()));
      } else {
        answer.complete(message.path("result"));
      }
    }

    @Override
    public @Nullable CompletionStage<?> onClose(WebSocket webSocket, int code, String reason) {
      asked.values().forEach(one -> one.completeExceptionally(new IOException("it is gone")));
      return null;
    }
  }

  /** Ends it with all that it started. */
  @Override
  public void close() {
    List<ProcessHandle> parts = process.descendants().toList();
    socket.abort();
    http.shutdownNow();
    process.destroy();
    try {
      if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
    parts.forEach(ProcessHandle::destroyForcibly);
  }
}

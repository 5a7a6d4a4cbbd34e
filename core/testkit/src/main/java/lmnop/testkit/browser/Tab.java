package lmnop.testkit.browser;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;
import tools.jackson.databind.JsonNode;

/**
 * A tab of the browser. What it is told to do it does as a person would, by the mouse and the
 * keyboard; what is waited for is a piece of script that becomes true.
 */
public final class Tab {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final long POLL_NANOS = Duration.ofMillis(25).toNanos();

  private final Chromium browser;
  private final String session;
  private final List<String> complaints = new CopyOnWriteArrayList<>();

  Tab(Chromium browser, String session) {
    this.browser = browser;
    this.session = session;
  }

  void prepare() {
    for (String domain : List.of("Page", "Runtime", "Log")) {
      ask(domain + ".enable", Map.of());
    }
  }

  private JsonNode ask(String method, Map<String, ?> parameters) {
    return browser.ask(session, method, parameters);
  }

  void hear(JsonNode message) {
    JsonNode said = message.path("params");
    switch (message.path("method").asString("")) {
      case "Runtime.exceptionThrown" -> complaints.add(said.path("exceptionDetails").toString());
      case "Log.entryAdded" -> {
        if (said.path("entry").path("level").asString("").equals("error")) {
          complaints.add(said.path("entry").toString());
        }
      }
      default -> {
        // nothing that a test would fail for
      }
    }
  }

  /**
   * What went wrong in pages so far: scripts that failed, what was refused by a policy or not
   * found.
   */
  public List<String> complaints() {
    return List.copyOf(complaints);
  }

  /** Forgets what went wrong, where that was wanted. */
  public void forgive() {
    complaints.clear();
  }

  /** Goes to an address, and waits until the page is there. */
  public Tab go(URI address) {
    eval("window.left = true");
    JsonNode went = ask("Page.navigate", Map.of("url", address.toString()));
    if (went.has("errorText")) {
      throw new AssertionError(address + ": " + went.path("errorText").asString());
    }
    return awaitPage();
  }

  /** Waits until another page is there than the one that was last looked at. */
  private Tab awaitPage() {
    return await("window.left === undefined && document.readyState === 'complete'");
  }

  /** The value of a script, which may be a promise; undefined is a missing node. */
  public JsonNode eval(String script) {
    JsonNode done =
        ask(
            "Runtime.evaluate",
            Map.of("expression", script, "awaitPromise", true, "returnByValue", true));
    if (done.has("exceptionDetails")) {
      throw new AssertionError(script + ": " + done.path("exceptionDetails"));
    }
    return done.path("result").path("value");
  }

  /** Waits until a script is true; a page that is left meanwhile is asked anew. */
  public Tab await(String script) {
    long until = System.nanoTime() + PATIENCE.toNanos();
    while (!holds(script)) {
      if (System.nanoTime() > until) {
        throw new AssertionError(script + " did not become true at " + text());
      }
      LockSupport.parkNanos(POLL_NANOS);
    }
    return this;
  }

  private boolean holds(String script) {
    try {
      return eval("Boolean(" + script + ")").asBoolean(false);
    } catch (IllegalStateException e) {
      return false; // the page went while it was asked
    }
  }

  /** Waits until words are to be seen. */
  public Tab awaitWords(String words) {
    return await("document.body?.innerText.includes(%s)".formatted(quoted(words)));
  }

  /** Where it is, and what is to be seen. */
  public String text() {
    return eval("location.href + '\\n' + document.body?.innerText").asString("");
  }

  /** Clicks what a selector finds first. */
  public Tab click(String selector) {
    JsonNode place =
        eval(
            """
            (() => {
              const found = document.querySelector(%s);
              if (!found) { return null; }
              found.scrollIntoView({block: 'center', behavior: 'instant'});
              const box = found.getBoundingClientRect();
              return [box.x + box.width / 2, box.y + box.height / 2];
            })()
            """
                .formatted(quoted(selector)));
    if (!place.isArray()) {
      throw new AssertionError("nothing is " + selector + " at " + text());
    }
    for (String type : List.of("mousePressed", "mouseReleased")) {
      ask(
          "Input.dispatchMouseEvent",
          Map.of(
              "type",
              type,
              "x",
              place.path(0).asDouble(),
              "y",
              place.path(1).asDouble(),
              "button",
              "left",
              "clickCount",
              1));
    }
    return this;
  }

  /** Clicks something that leads to another page, and waits for that. */
  public Tab follow(String selector) {
    eval("window.left = true");
    return click(selector).awaitPage();
  }

  /** Types into a field, in place of what is in it. */
  public Tab type(String selector, String text) {
    click(selector);
    eval("document.querySelector(%s).select()".formatted(quoted(selector)));
    ask("Input.insertText", Map.of("text", text));
    return this;
  }

  private static String quoted(String text) {
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n") + "'";
  }

  /** Shows pages as on a screen of this size, in one of the two colour schemes. */
  public Tab look(int width, int height, boolean dark) {
    ask(
        "Emulation.setDeviceMetricsOverride",
        Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", false));
    ask(
        "Emulation.setEmulatedMedia",
        Map.of(
            "features",
            List.of(
                Map.of("name", "prefers-color-scheme", "value", dark ? "dark" : "light"),
                Map.of("name", "prefers-reduced-motion", "value", "reduce"))));
    return this;
  }

  /** Keeps a picture of the whole page. */
  public void picture(Path file) throws IOException {
    JsonNode size =
        eval("[document.documentElement.scrollWidth, document.documentElement.scrollHeight]");
    Map<String, Object> whole =
        Map.of(
            "x", 0,
            "y", 0,
            "width", size.path(0).asInt(),
            "height", size.path(1).asInt(),
            "scale", 1);
    JsonNode taken =
        ask(
            "Page.captureScreenshot",
            Map.of("format", "png", "captureBeyondViewport", true, "clip", whole));
    Files.createDirectories(file.toAbsolutePath().getParent());
    Files.write(file, Base64.getDecoder().decode(taken.path("data").asString()));
  }
}

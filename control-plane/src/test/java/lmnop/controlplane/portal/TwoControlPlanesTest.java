package lmnop.controlplane.portal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import lmnop.controlplane.web.WebServer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Two control planes on one database: either shows what there is, and one that goes takes nothing
 * along.
 */
@Timeout(120)
final class TwoControlPlanesTest {
  private static final String LINE =
      "INSERT INTO lmnop.build_log (build_id, number, stage, text) VALUES (1, %d, 'ARTIFACT', 'line %d')";

  private static final Map<String, String> TOKEN =
      Map.of("name", "made-there", "scope", "read", "owner", "", "expires", "1d");

  @Test
  void aLogIsFollowedThroughEitherAndGoesOnThroughTheOneThatIsLeft() throws Exception {
    try (TestPortal it = new TestPortal();
        HttpClient client = HttpClient.newHttpClient()) {
      it.postgres.execute(
          """
          SET search_path = lmnop;
          INSERT INTO repositories (id, owner_id, name) SELECT 1, id, 'hello' FROM owners WHERE name = 'team';
          INSERT INTO tasks (id, kind, subject, payload) VALUES (1, 'build', 'repository 1', '{}');
          INSERT INTO builds (id, repository_id, ref, commit, pusher, state, task_id, held)
            VALUES (1, 1, 'refs/heads/main', repeat('1', 40), 'dev', 'BUILDING', 1, true);
          """);
      WebServer left = it.another();
      String cookie = it.browser("dev").cookie();
      it.postgres.execute(LINE.formatted(1, 1));
      Reader first = new Reader(client, it.server().port(), cookie, "0");
      Reader second = new Reader(client, left.port(), cookie, "0");
      first.until("line 1");
      second.until("line 1");
      it.server().close();
      it.postgres.execute(LINE.formatted(2, 2));
      Reader again = new Reader(client, left.port(), cookie, first.last());
      again.until("line 2");
      second.until("line 2");
      it.postgres.execute("UPDATE lmnop.builds SET state = 'CANCELLED' WHERE id = 1");
      again.until("event: end");
      second.until("event: end");
      assertThat(again.read()).noneMatch(line -> line.contains("line 1"));
      assertThat(second.read().stream().filter(line -> line.contains("line "))).hasSize(2);
      first.close();
      again.close();
      second.close();
    }
  }

  @Test
  void whoSignsInAtOneIsSignedInAtTheOtherAndOutAtBoth() throws Exception {
    try (TestPortal it = new TestPortal()) {
      WebServer second = it.another();
      Browser here = it.browser("dev");
      Browser there = new Browser(second.port()).holding(here.cookie());
      assertThat(there.get("/").body()).contains("dev");
      assertThat(there.post("/account/tokens", TOKEN).body()).contains("lmnop_token_");
      assertThat(here.get("/account").body()).contains("made-there");
      Browser alsoThere = new Browser(second.port()).signedIn("dev", TestPortal.PASSWORD);
      assertThat(there.post("/sign-out", Map.of()).statusCode()).isEqualTo(303);
      assertThat(here.get("/").statusCode()).as("signed out there").isEqualTo(303);
      it.server().close();
      assertThat(alsoThere.get("/").statusCode()).as("the first one is gone").isEqualTo(200);
    }
  }

  /** A browser that follows the log. */
  private static final class Reader implements AutoCloseable {
    private final BufferedReader lines;
    private final List<String> read = new ArrayList<>();
    private String last = "";

    Reader(HttpClient client, int port, String cookie, String after) throws Exception {
      HttpRequest request =
          HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/builds/1/log"))
              .header("Accept", "text/event-stream")
              .header("Cookie", "lmnop-session=" + cookie)
              .header("Last-Event-ID", after)
              .build();
      this.lines =
          new BufferedReader(
              new InputStreamReader(
                  client.send(request, BodyHandlers.ofInputStream()).body(),
                  StandardCharsets.UTF_8));
    }

    void until(String words) throws IOException {
      String line;
      do {
        line = lines.readLine();
        assertThat(line).as(words + " was not told, only " + read).isNotNull();
        read.add(line);
        if (line.startsWith("id: ")) {
          last = line.substring("id: ".length());
        }
      } while (!line.contains(words));
    }

    String last() {
      return last;
    }

    List<String> read() {
      return read;
    }

    @Override
    public void close() {
      try {
        lines.close();
      } catch (IOException e) {
        // its control plane is gone
      }
    }
  }
}

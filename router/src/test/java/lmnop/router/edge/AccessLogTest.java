package lmnop.router.edge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Every request leaves one line, and no line has what is secret. */
final class AccessLogTest {
  private static List<JsonNode> lines(EdgeFixture fixture, int count) {
    await().until(() -> Files.exists(fixture.accessFile) && read(fixture).size() >= count);
    List<JsonNode> lines =
        read(fixture).stream().map(line -> JsonMapper.shared().readTree(line)).toList();
    assertThat(lines).hasSize(count);
    return lines;
  }

  private static List<String> read(EdgeFixture fixture) {
    try {
      return Files.readAllLines(fixture.accessFile);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @Test
  void tellsOfAnAnswer() throws Exception {
    try (EdgeFixture fixture = EdgeFixture.start();
        Origin origin = Origin.answering(Origin.ok("four"));
        Visitor visitor = fixture.visit()) {
      fixture.routes.put("f.apps.example.com", "f", MapRoutes.share("f-1", origin.port()));
      visitor
          .send(
              String.join(
                  "\r\n",
                  "POST /a%2Fb?token=sesame HTTP/1.1",
                  "Host: f.apps.example.com",
                  "X-Call-Id: mine",
                  "Authorization: Bearer sesame",
                  "Cookie: id=sesame",
                  "Content-Length: 3",
                  "",
                  "abc"))
          .reply();

      JsonNode line = lines(fixture, 1).getFirst();

      assertThat(line.get("time").asString()).matches("20\\d\\d-\\d\\d-\\d\\dT[0-9:]{8}\\.\\d{3}Z");
      assertThat(line.get("call").asString()).isEqualTo("mine");
      assertThat(line.get("client").asString()).isEqualTo("127.0.0.1");
      assertThat(line.get("method").asString()).isEqualTo("POST");
      assertThat(line.get("host").asString()).isEqualTo("f.apps.example.com");
      assertThat(line.get("path").asString()).isEqualTo("/a%2Fb");
      assertThat(line.get("protocol").asString()).isEqualTo("HTTP/1.1");
      assertThat(line.get("status").asInt()).isEqualTo(200);
      assertThat(line.get("outcome").asString()).isEqualTo("answered");
      assertThat(line.get("function").asString()).isEqualTo("f.ada");
      assertThat(line.get("revision").asInt()).isEqualTo(1);
      assertThat(line.get("instance").asString()).isEqualTo("127.0.0.1:" + origin.port());
      assertThat(line.get("received").asLong()).isEqualTo(3);
      assertThat(line.get("sent").asLong()).isEqualTo(4);
      assertThat(line.get("millis").asDouble()).isPositive();
      assertThat(line.toString()).doesNotContain("sesame");
    }
  }

  @Test
  void tellsOfWhatIsNotAnAnswer() throws Exception {
    try (EdgeFixture fixture = EdgeFixture.start();
        Visitor broken = fixture.visit()) {
      fixture.get("nobody.apps.example.com", "/");
      lines(fixture, 1); // each event loop writes for itself
      broken.send("GET /?token=sesame\r\n\r\n").reply();
      lines(fixture, 2);
      fixture.get("a\"b\\", "/");

      List<JsonNode> lines = lines(fixture, 3);

      assertThat(lines)
          .extracting(line -> line.get("status").asInt())
          .containsExactly(404, 400, 400);
      assertThat(lines.get(0).get("outcome").asString()).isEqualTo("unknown_host");
      assertThat(lines.get(1).get("fault").asString()).isEqualTo("client");
      assertThat(lines.get(1).toString()).doesNotContain("sesame");
      assertThat(lines.get(2).get("host").asString()).isEqualTo("a\"b\\");
    }
  }

  @Test
  void keepsTheLongestOfEverythingInBounds() throws Exception {
    try (EdgeFixture fixture = EdgeFixture.start()) {
      for (int i = 0; i < 40; i++) {
        fixture.get("\u00e9".repeat(8000), "/" + "\"".repeat(7000));
      }
      assertThat(lines(fixture, 40))
          .allSatisfy(line -> assertThat(line.get("path").asString()).hasSize(2048));
    }
  }

  @Test
  void beginsANewFileWhenOneIsFull() throws Exception {
    try (EdgeFixture fixture = EdgeFixture.start();
        Visitor visitor = fixture.visit()) {
      for (int i = 0; i < 700; i++) {
        visitor.get("nobody.apps.example.com", "/" + "y".repeat(3000)).reply();
      }
      await().until(() -> Files.exists(fixture.accessFile.resolveSibling("access.log.1")));
      Files.delete(fixture.accessFile.resolveSibling("access.log.1"));
    }
  }
}

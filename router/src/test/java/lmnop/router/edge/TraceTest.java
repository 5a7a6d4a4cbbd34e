package lmnop.router.edge;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class TraceTest {
  private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
  private static final String HOST = "f.apps.example.com";

  /** What the function gets, where the client sends these headers. */
  private static String seen(String headers) throws Exception {
    try (EdgeFixture fixture = EdgeFixture.start();
        Origin origin = Origin.answering(Origin.ok("hi"));
        Visitor visitor = fixture.visit()) {
      fixture.routes.put(HOST, "f", MapRoutes.share("f-1", origin.port()));
      visitor.send("GET / HTTP/1.1\r\nHost: " + HOST + "\r\n" + headers + "\r\n").reply();
      return origin.heads().getFirst();
    }
  }

  private static String parent(String head) {
    return Objects.requireNonNull(Http.header(head, "traceparent"));
  }

  @Test
  void goesOnWithTheCallersTrace() throws Exception {
    String head =
        seen("traceparent: 00-" + TRACE + "-00f067aa0ba902b7-00\r\ntracestate: vendor=1\r\n");
    assertThat(parent(head))
        .matches("00-" + TRACE + "-[0-9a-f]{16}-00")
        .doesNotContain("00f067aa0ba902b7");
    assertThat(Http.header(head, "tracestate")).isEqualTo("vendor=1");
  }

  @Test
  void beginsATraceThatIsNamedAsTheCall() throws Exception {
    String head = seen("");
    String call = Objects.requireNonNull(Http.header(head, "x-call-id"));
    assertThat(parent(head)).matches("00-" + call.replace("-", "") + "-[0-9a-f]{16}-01");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "traceparent: 00-00000000000000000000000000000000-00f067aa0ba902b7-01",
        "traceparent: 00-" + TRACE + "-0000000000000000-01",
        "traceparent: ff-" + TRACE + "-00f067aa0ba902b7-01",
        "traceparent: 00-" + TRACE + "-00F067AA0BA902B7-01",
        "traceparent: 00-" + TRACE + "-00f067aa0ba902b7-01-more",
        "traceparent: x",
        "X-Call-Id: short\r\ntraceparent: x",
      })
  void leavesOutWhatIsNoTrace(String header) throws Exception {
    String head = seen(header + "\r\ntracestate: vendor=1\r\n");
    assertThat(parent(head)).matches("00-[0-9a-f]{32}-[0-9a-f]{16}-01").doesNotContain(TRACE);
    assertThat(Http.header(head, "tracestate")).isNull();
  }
}

package lmnop.router.edge;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class RelayTest {
  @ParameterizedTest
  @ValueSource(strings = {"auto", "epoll", "nio"})
  void passesARequestAndItsAnswerOn(String transport) throws Exception {
    try (EdgeFixture router = EdgeFixture.start("transport", transport);
        Origin origin = Origin.answering(Origin.ok("hello"));
        Visitor visitor = router.visit()) {
      router.routes.put("hello.example.com", "hello", MapRoutes.share("hello-a", origin.port()));
      Visitor.Reply reply = visitor.get("hello.example.com", "/a%2Fb;c//d?e=%20").reply();
      assertThat(reply.status()).isEqualTo(200);
      assertThat(reply.body()).isEqualTo("hello");
      assertThat(origin.heads().getFirst()).startsWith("GET /a%2Fb;c//d?e=%20 HTTP/1.1\r\n");
      for (int i = 0; i < 100; i++) {
        assertThat(visitor.get("hello.example.com", "/").reply().body()).isEqualTo("hello");
      }
      assertThat(origin.connections()).isEqualTo(1);
    }
  }
}

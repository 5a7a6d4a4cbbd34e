package lmnop.standalone.demo;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import lmnop.testkit.RequiresTool;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@RequiresTool("git")
final class GitTest {
  @TempDir Path folder;

  @Test
  void showsThePasswordOfItsFileToAHostThatOnlyItCanFind() throws Exception {
    List<String> shown = new CopyOnWriteArrayList<>();
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          String credentials = exchange.getRequestHeaders().getFirst("Authorization");
          shown.add(credentials == null ? "nothing" : credentials);
          exchange.getResponseHeaders().set("WWW-Authenticate", "Basic realm=\"test\"");
          exchange.sendResponseHeaders(credentials == null ? 401 : 404, -1);
          exchange.close();
        });
    server.start();
    try {
      Path password = folder.resolve("it's a password");
      Files.writeString(password, "se cret\n");
      String host = "no-such-name.invalid:" + server.getAddress().getPort();
      Git git = new Git(Files.createDirectory(folder.resolve("tree")), password, host);
      List<String> lines = new ArrayList<>();

      boolean found = git.run(lines::add, "ls-remote", "http://" + host + "/scm/hello");

      assertThat(found).isFalse();
      assertThat(shown.getLast()).isEqualTo("Basic " + base64("admin:se cret"));
      assertThat(String.join("\n", lines)).contains("not found").doesNotContain("se cret");
    } finally {
      server.stop(0);
    }
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }
}

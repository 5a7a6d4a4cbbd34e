package lmnop.builderworker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import lmnop.testkit.RequiresTool;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@RequiresTool({"python3", "bwrap"})
class StaticBuildTest {
  @TempDir Path temp;
  private final HttpClient http =
      HttpClient.newBuilder().followRedirects(HttpClient.Redirect.NEVER).build();
  private @Nullable Process server;
  private int port;

  @BeforeEach
  void serve() throws Exception {
    Path site = temp.resolve("site");
    new Repository(site)
        .file("index.html", "<h1>home</h1>")
        .file("style.css", "h1 {}")
        .file("app.js", "let a = 'ä'")
        .file("docs/index.html", "docs")
        .file("empty/only.txt", "text")
        .file("picture.svg", "<svg/>")
        .file("with space.txt", "space")
        .file("digits.txt", "0123456789")
        .file("app.js.gz", "zipped")
        .file("app.js.br", "brotli")
        .file("app.0123abcd.js", "hashed")
        .file("assets/index-Bx12Yz_4.js", "hashed")
        .file("report.20240101.txt", "dated")
        .file(".hidden/secret", "secret");
    Files.writeString(temp.resolve("outside.txt"), "outside");
    Files.createSymbolicLink(site.resolve("link.txt"), Path.of("../outside.txt"));
    Files.createSymbolicLink(site.resolve("style.css.gz"), Path.of("../outside.txt"));
    start(site.toString());
  }

  private void start(String... arguments) throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      port = socket.getLocalPort();
    }
    ProcessBuilder builder = new ProcessBuilder("python3", "-I", "../templates/static/server.py");
    builder.command().addAll(List.of(arguments));
    builder.environment().put("PORT", String.valueOf(port));
    server = builder.inheritIO().start();
    await().until(this::isOpen);
  }

  @AfterEach
  void close() throws InterruptedException {
    http.close();
    stop();
  }

  private void stop() throws InterruptedException {
    if (server != null) {
      server.destroyForcibly().waitFor();
    }
  }

  @Test
  void aSiteBecomesABundleWithItsServer() throws Exception {
    try (WorkerFixture fixture = new WorkerFixture(temp);
        BuilderWorker worker = fixture.worker("one")) {
      Repository repository =
          new Repository(Files.createDirectory(temp.resolve("repository")))
              .file("public/index.html", "home")
              .file("function.yml", "template: static\n");
      var end = fixture.end(fixture.submit(repository.tar(), "static", Map.of()));

      assertThat(end.state()).as("%s", end.result()).isEqualTo("DONE");
      Bundle bundle = Bundle.open(fixture.bundle(end.artifact()), temp.resolve("bundle"));
      assertThat(bundle.code().resolve("public/index.html")).hasContent("home");
      assertThat(bundle.code().resolve(".server/server.py")).exists();
      assertThat(bundle.code().resolve("function.yml")).doesNotExist();
      assertThat(bundle.manifest().get("command").get(0).asString()).isEqualTo("/usr/bin/python3");
    }
  }

  @Test
  void anotherDirectoryIsAnOptionAndAMissingOneIsSaid() throws Exception {
    try (WorkerFixture fixture = new WorkerFixture(temp);
        BuilderWorker worker = fixture.worker("one")) {
      Repository repository =
          new Repository(Files.createDirectory(temp.resolve("repository")))
              .file("web/index.html", "home");
      var missing = fixture.end(fixture.submit(repository.tar(), "static", Map.of()));
      assertThat(missing.text("message"))
          .contains("the directory public is missing", "options.directory");

      var end = fixture.end(fixture.submit(repository.tar(), "static", Map.of("directory", "web")));
      Bundle bundle = Bundle.open(fixture.bundle(end.artifact()), temp.resolve("bundle"));
      assertThat(bundle.code().resolve("public/index.html")).hasContent("home");

      var outside =
          fixture.end(fixture.submit(repository.tar(), "static", Map.of("directory", "../..")));
      assertThat(outside.text("fault")).isEqualTo("user");
    }
  }

  @Test
  void filesComeWithTheirTypeAndDirectoriesWithTheirIndex() throws Exception {
    assertThat(get("/").body()).isEqualTo("<h1>home</h1>");
    assertThat(type("/")).isEqualTo("text/html; charset=utf-8");
    assertThat(type("/style.css")).isEqualTo("text/css; charset=utf-8");
    assertThat(type("/app.js")).isEqualTo("text/javascript; charset=utf-8");
    assertThat(type("/picture.svg")).isEqualTo("image/svg+xml; charset=utf-8");
    assertThat(get("/app.js?v=1").body()).isEqualTo("let a = 'ä'");
    assertThat(get("/with%20space.txt").body()).isEqualTo("space");
    assertThat(get("/docs/").body()).isEqualTo("docs");
    HttpResponse<String> redirect = get("/docs?a=b");
    assertThat(redirect.statusCode()).isEqualTo(301);
    assertThat(redirect.headers().firstValue("Location")).hasValue("/docs/?a=b");
  }

  @Test
  void aFileThatTheBrowserHasIsNotSentAgain() throws Exception {
    String tag = get("/style.css").headers().firstValue("ETag").orElseThrow();

    HttpResponse<String> again = send("GET", "/style.css", "If-None-Match", "W/\"x\", " + tag);
    assertThat(again.statusCode()).isEqualTo(304);
    assertThat(again.body()).isEmpty();
    assertThat(send("GET", "/style.css", "If-None-Match", "\"other\"").statusCode()).isEqualTo(200);
  }

  @ParameterizedTest
  @CsvSource({
    "bytes=0-3, 206, 0123, bytes 0-3/10",
    "bytes=4-, 206, 456789, bytes 4-9/10",
    "bytes=-4, 206, 6789, bytes 6-9/10",
    "bytes=9-99, 206, 9, bytes 9-9/10",
    "bytes=-99, 200, 0123456789,",
    "bytes=10-, 416, '', bytes */10",
    "bytes=-0, 416, '', bytes */10",
    "bytes=5-2, 200, 0123456789,",
    "'bytes=0-1,4-5', 200, 0123456789,",
    "lines=1-2, 200, 0123456789,",
    "bytes=-, 200, 0123456789,",
  })
  void aPartIsSentAlone(String range, int status, String body, @Nullable String told)
      throws Exception {
    HttpResponse<String> reply = send("GET", "/digits.txt", "Range", range);
    assertThat(reply.statusCode()).isEqualTo(status);
    assertThat(reply.body()).isEqualTo(body);
    assertThat(reply.headers().firstValue("Content-Range").orElse(null)).isEqualTo(told);
  }

  @Test
  void aPartOfAnOlderFileIsNotMixedWithTheNewOne() throws Exception {
    HttpRequest old =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/digits.txt"))
            .headers("Range", "bytes=0-3", "If-Range", "\"older\"")
            .build();
    assertThat(http.send(old, BodyHandlers.ofString()).statusCode()).isEqualTo(200);
  }

  @Test
  void whatIsCompressedAlreadyIsSentToThoseWhoTakeIt() throws Exception {
    HttpResponse<String> best = send("GET", "/app.js", "Accept-Encoding", "gzip, br;q=0.9");
    assertThat(best.body()).isEqualTo("brotli");
    assertThat(best.headers().firstValue("Content-Encoding")).hasValue("br");
    assertThat(best.headers().firstValue("Content-Type"))
        .hasValue("text/javascript; charset=utf-8");
    assertThat(best.headers().firstValue("Vary")).hasValue("Accept-Encoding");
    assertThat(send("GET", "/app.js", "Accept-Encoding", "gzip, br; q=0").body())
        .isEqualTo("zipped");
    HttpResponse<String> plain = get("/app.js");
    assertThat(plain.body()).isEqualTo("let a = 'ä'");
    assertThat(plain.headers().firstValue("Vary")).hasValue("Accept-Encoding");
    assertThat(plain.headers().firstValue("ETag")).isNotEqualTo(best.headers().firstValue("ETag"));
    assertThat(send("GET", "/style.css", "Accept-Encoding", "gzip").body())
        .as("a link out of the site")
        .isEqualTo("h1 {}");
  }

  @ParameterizedTest
  @CsvSource({
    "/app.0123abcd.js, 'public, max-age=31536000, immutable'",
    "/assets/index-Bx12Yz_4.js, 'public, max-age=31536000, immutable'",
    "/app.js, no-cache",
    "/, no-cache",
    "/report.20240101.txt, no-cache",
  })
  void onlyWhatIsNamedByItsContentIsKeptForLong(String path, String expected) throws Exception {
    assertThat(get(path).headers().firstValue("Cache-Control")).hasValue(expected);
  }

  @Test
  void aSiteOfOnePageAnswersForItsAddressesAndNotForMissingFiles() throws Exception {
    stop();
    start(temp.resolve("site").toString(), "index.html");
    assertThat(get("/some/address").body()).isEqualTo("<h1>home</h1>");
    assertThat(get("/some/address").statusCode()).isEqualTo(200);
    assertThat(send("GET", "/some/address", "Accept", "text/html").statusCode()).isEqualTo(200);
    assertThat(send("GET", "/some/address", "Accept", "application/json").statusCode())
        .isEqualTo(404);
    assertThat(get("/missing.js").statusCode()).isEqualTo(404);
    assertThat(get("/app.js").body()).isEqualTo("let a = 'ä'");
  }

  @Test
  void headHasTheLengthAndNoBodyAndOtherMethodsAreRefused() throws Exception {
    HttpResponse<String> head = send("HEAD", "/style.css", "Accept", "*/*");
    assertThat(head.headers().firstValue("Content-Length")).hasValue("5");
    assertThat(head.body()).isEmpty();
    assertThat(send("POST", "/", "Accept", "*/*").statusCode()).isEqualTo(405);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/missing",
        "/empty/",
        "/.hidden/secret",
        "/link.txt",
        "/../outside.txt",
        "/docs/../../outside.txt",
        "/%2e%2e/outside.txt",
        "/..%2foutside.txt",
        "/..%5coutside.txt",
        "/%00",
        "/%ff",
        "//etc/passwd",
        "/etc/passwd",
      })
  void whatIsNotAFileOfTheSiteIsNotFound(String path) throws Exception {
    assertThat(rawStatus(path)).isEqualTo("HTTP/1.1 404 Not Found");
  }

  @Test
  void aRedirectNeverLeavesTheHost() throws Exception {
    Files.createDirectories(temp.resolve("site/evil.example"));

    HttpResponse<String> redirect = get("//evil.example");

    assertThat(redirect.headers().firstValue("Location")).hasValue("/evil.example/");
  }

  private String type(String path) throws Exception {
    return get(path).headers().firstValue("Content-Type").orElse("");
  }

  private HttpResponse<String> get(String path) throws Exception {
    return send("GET", path, "Accept", "*/*");
  }

  private HttpResponse<String> send(String method, String path, String header, String value)
      throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
            .method(method, BodyPublishers.noBody())
            .header(header, value)
            .build();
    return http.send(request, BodyHandlers.ofString());
  }

  /** Sends a path as it is: the JDK's client would tidy it up. */
  private String rawStatus(String path) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      String request = "GET " + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
      socket.getOutputStream().write(request.getBytes(StandardCharsets.UTF_8));
      BufferedReader reader =
          new BufferedReader(
              new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
      return String.valueOf(reader.readLine());
    }
  }

  private boolean isOpen() {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      return socket.isConnected();
    } catch (IOException e) {
      return false;
    }
  }
}

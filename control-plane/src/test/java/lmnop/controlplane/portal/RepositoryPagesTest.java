package lmnop.controlplane.portal;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import lmnop.controlplane.accounts.ApiTokens;
import lmnop.controlplane.accounts.Scope;
import lmnop.controlplane.git.Repositories;
import lmnop.operations.archive.TarReader;
import lmnop.operations.archive.Trees;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.web.util.UriUtils;

/** What people see of repositories, also of those that were made to hurt. */
@SuppressWarnings("NullAway.Init")
final class RepositoryPagesTest {
  private static final String PAGE = "/repositories/team/hello";
  private static final String EVIL_NAME = "\"><img src=x onerror=alert(1)>&\u202egpj.py";
  private static final String EVIL_MESSAGE = "<script>alert(1)</script>\u202e\u001b[31m\n\nmore";
  private static final byte[] PNG = {(byte) 0x89, 'P', 'N', 'G', 0, 1};

  @TempDir private static Path data;

  private static TestPortal it;
  private static Browser viewer;
  private static Repositories repositories;
  private static String first;
  private static String second;
  private static String held;

  @BeforeAll
  static void start() throws IOException {
    repositories = new Repositories(data);
    it = new TestPortal(data);
    fill();
    it.postgres.execute(
        """
        SET search_path = lmnop;
        INSERT INTO repositories (id, owner_id, name)
          SELECT n, o.id, (ARRAY['hello', 'empty', 'gone', 'evil'])[n]
          FROM owners o, generate_series(1, 4) AS n WHERE o.name = 'team';
        INSERT INTO functions (id, owner_id, repository_id, name)
          SELECT 1, id, 1, 'hello' FROM owners WHERE name = 'team';
        INSERT INTO builds (repository_id, ref, commit, pusher, state, message) VALUES
          (1, 'refs/heads/main', '%1$s', 'dev', 'LIVE', NULL),
          (1, 'refs/heads/main', '%2$s', 'dev', 'FAILED', 'no <b>entrypoint');
        INSERT INTO revisions (id, function_id, number, commit, artifact, template, spec, policy)
          VALUES (1, 1, 1, '%1$s', 'bundle@sha256:1', 'python3', '{}', '{}');
        INSERT INTO traffic (function_id, revision_id, namespace, workload, weight)
          VALUES (1, 1, 'team', 'hello-1', 100);
        """
            .formatted(first, second));
    viewer = it.browser("viewer");
  }

  private static void fill() throws IOException {
    Map<String, byte[]> files = new TreeMap<>();
    files.put("README.md", readme().getBytes(UTF_8));
    files.put("main.py", "def f():\n    return \"<b>\"  # why\n".getBytes(UTF_8));
    files.put("logo.png", PNG);
    files.put("page.html", "<script>alert(1)</script>".getBytes(UTF_8));
    files.put("big.txt", "x".repeat(300_000).getBytes(UTF_8));
    files.put("docs/a b.md", "# Deep\n[up](../main.py) [out](../../etc)".getBytes(UTF_8));
    files.put("current@", "docs/a b.md".getBytes(UTF_8));
    files.put(EVIL_NAME, "x = 1\n".getBytes(UTF_8));
    try (TestRepository repository = new TestRepository(data, 1)) {
      first = repository.commit("refs/heads/main", "First", "Ada <b>", files);
      files.put("main.py", "def f():\n    return 2\n".getBytes(UTF_8));
      files.put("moved.png", files.remove("logo.png"));
      second = repository.commit("refs/heads/main", EVIL_MESSAGE, "<i>Eve", files);
      repository.commit("refs/heads/feature/x", "Root", "Ada", Map.of("x", new byte[] {'x'}));
      for (int i = 0; i < 60; i++) {
        byte[] content = {(byte) ('a' + i % 26)};
        repository.commit("refs/heads/long", "Step " + i, "Ada", Map.of("f", content));
      }
      held = repository.commit("refs/lmnop/builds/1", "Held", "Ada", Map.of("h", new byte[1]));
      repository.commit("refs/tags/v1", "Tagged", "Ada", Map.of("t", new byte[] {'t'}));
    }
    new TestRepository(data, 2).close();
    try (TestRepository repository = new TestRepository(data, 4)) {
      repository.commit("refs/heads/main", "x", "x", Map.of("a\\..\\..\\b", new byte[1]));
      repository.commit("refs/heads/link", "x", "x", Map.of("l@", "../../etc".getBytes(UTF_8)));
      repository.commit("refs/heads/deep", "x", "x", Map.of("README.md", deep()));
    }
  }

  private static String readme() {
    return """
    # Hello <script>alert(1)</script>

    <img src=x onerror=alert(1)>

    [bad](javascript:alert(1)) [tab](java\\tscript:alert(1)) [data](data:text/html,x) [net](//evil.example)
    [web](https://example.com/?a=1&b=2) [doc](docs/a%20b.md#x) [quote](<docs/"onclick=x>)
    ![logo](logo.png) ![spy](https://evil.example/spy.png) ![svg](x.svg)

    | a | b |
    |---|---|
    | 1 | 2 |
    """;
  }

  private static byte[] deep() {
    return (">".repeat(50_000) + "\n\n" + "*a **b ".repeat(20_000) + "[".repeat(20_000))
        .getBytes(UTF_8);
  }

  @AfterAll
  static void stop() throws IOException {
    it.close();
    repositories.close();
  }

  private static String page(String path) {
    HttpResponse<String> answer = viewer.get(path);
    assertThat(answer.statusCode()).as(path + ": " + answer.body()).isEqualTo(200);
    return answer.body();
  }

  private static String encoded(String text) {
    return UriUtils.encode(text, UTF_8);
  }

  @Test
  void showsFoldersAndFilesInColour() {
    assertThat(page(PAGE)).contains(">docs/</a>", ">main.py</a>", "293.0 KiB", ">main</option>");
    assertThat(page(PAGE + "/files?path=main.py&at=" + first))
        .contains("<tr id=\"L2\">", "<span class=\"code-keyword\">return</span>")
        .contains("<span class=\"code-text\">\"&lt;b&gt;\"</span>")
        .contains("<span class=\"code-comment\"># why</span>");
    assertThat(page(PAGE + "/files?at=feature/x")).contains(">x</a>").doesNotContain("main.py");
    assertThat(page(PAGE + "/files?path=current")).contains("A link to docs/a b.md");
    assertThat(page(PAGE + "/files?path=big.txt")).contains("too large").doesNotContain("xxxx");
    assertThat(page("/repositories?search=HEL")).contains(PAGE, "failed").doesNotContain("/empty");
    assertThat(page("/repositories/team/empty")).contains("no commit yet", "git push http");
  }

  @Test
  void namesAndMessagesOfStrangersAreTextEverywhere() {
    for (String path : List.of("", "/commits", "/commits/" + second, "/branches")) {
      assertThat(page(PAGE + path))
          .doesNotContain("<script>", "<img src=x", "<i>Eve", "\u202e", "\u001b");
    }
    assertThat(page(PAGE + "/commits/" + second))
        .contains("&lt;script&gt;alert(1)&lt;/script&gt;[U+202E][U+001B][31m", "iEve");
    String link = PAGE + "/files?at=main&path=" + encoded(EVIL_NAME);
    assertThat(page(PAGE)).contains(link.replace("&", "&amp;"));
    assertThat(page(link)).contains("code-number").doesNotContain("<img src=x");
  }

  @Test
  void aReadmeIsShownWithoutItsMarkupScriptsAndForeignPictures() {
    assertThat(page(PAGE + "?at=" + first))
        .contains("<h1>Hello &lt;script&gt;", "<table>", "&lt;img src=x onerror=alert(1)&gt;")
        .contains("href=\"https://example.com/?a=1&amp;b=2\"", "rel=\"nofollow noreferrer\"")
        .contains("/files?at=" + first + "&amp;path=docs%2Fa%20b.md\"")
        .contains("<img src=\"" + PAGE + "/raw?at=" + first + "&amp;path=logo.png\" alt=\"logo\"")
        .contains("bad tab data net", "spy svg")
        .doesNotContain(
            "javascript:", "script:alert(1)\"", "data:text", "evil.example", "\"onclick");
    assertThat(page(PAGE + "/files?path=docs")).doesNotContain("<h1>Deep"); // not a README
    assertThat(page("/repositories/team/evil?at=deep")).contains("&gt;");
  }

  @Test
  void whatIsNotThereIsNotFoundWhateverIsAskedFor() {
    for (String path :
        List.of("../config", "a//b", "/etc/passwd", ".", "docs/..", "main.py/x", "\0", "none")) {
      for (String page : List.of("/files", "/raw")) {
        assertThat(viewer.get(PAGE + page + "?path=" + encoded(path)).statusCode())
            .as(page + " " + path)
            .isEqualTo(404);
      }
    }
    for (String at :
        List.of(
            "../../config",
            "HEAD",
            "main^",
            "main:main.py",
            "refs/heads/main",
            "main@{0}",
            "-x",
            "refs/lmnop/builds/1",
            "lmnop/builds/1",
            held,
            held.substring(0, 9),
            "<b>",
            "0000000")) {
      HttpResponse<String> answer = viewer.get(PAGE + "/commits?at=" + encoded(at));
      assertThat(answer.statusCode()).as(at).isEqualTo(404);
      assertThat(answer.headers().firstValue("Content-Type").orElse("")).startsWith("text/html");
    }
    for (String page :
        List.of("/repositories/team/gone", "/repositories/team/no", PAGE + "/archive.exe")) {
      assertThat(viewer.get(page).statusCode()).as(page).isEqualTo(404);
    }
    assertThat(viewer.get(PAGE + "/commits?skip=x").statusCode()).isEqualTo(400);
    for (String page : List.of("", "/files", "/commits", "/raw?path=main.py", "/archive.zip")) {
      assertThat(it.browser("stranger").get(PAGE + page).statusCode()).as(page).isEqualTo(404);
    }
    assertThat(it.browser("stranger").get("/repositories").body()).doesNotContain("hello");
  }

  @Test
  void filesAreSentToBeKeptAndNeverRun() {
    for (String path : List.of("page.html", "main.py", EVIL_NAME)) {
      HttpResponse<String> raw = viewer.get(PAGE + "/raw?path=" + encoded(path));
      assertThat(raw.headers().map())
          .containsEntry("Content-Type", List.of("application/octet-stream"))
          .containsEntry("X-Content-Type-Options", List.of("nosniff"));
      assertThat(raw.headers().firstValue("Content-Disposition").orElse(""))
          .matches("attachment; filename=\"[A-Za-z0-9._-]+\"");
    }
    assertThat(viewer.get(PAGE + "/raw?path=page.html").body())
        .isEqualTo("<script>alert(1)</script>");
    assertThat(viewer.get(PAGE + "/raw?path=big.txt").body()).hasSize(300_000);
    assertThat(viewer.get(PAGE + "/raw?path=moved.png").headers().map())
        .containsEntry("Content-Type", List.of("image/png"))
        .containsEntry("Content-Length", List.of("6"));
  }

  @Test
  void aCommitShowsWhatItChangedAndWhatBecameOfIt() {
    assertThat(page(PAGE + "/commits/" + second))
        .contains("main.py <span class=\"quiet\">changed</span>")
        .contains(
            "logo.png → moved.png <span class=\"quiet\">renamed</span>", "Nothing in it changed.")
        .contains("<tr class=\"removed\">", "-    return \"&lt;b&gt;\"", "+    return 2")
        .contains("1 lines more, 1 lines less", ">failed</span>", "no &lt;b&gt;entrypoint");
    assertThat(page(PAGE + "/commits/" + first)).contains(">serving hello</span>", "added");
    assertThat(page(PAGE + "/commits")).contains("serving hello", "failed");
    assertThat(page(PAGE + "/branches")).contains("feature/x", "is deployed", ">v1</a>");
  }

  @Test
  void commitsComeInPagesAndOfOneFileThoseThatChangedIt() {
    String page = page(PAGE + "/commits?at=long");
    assertThat(page).contains("Step 59<", "Step 10<", "skip=50").doesNotContain("Step 9<");
    String tip = page.substring(page.indexOf("/commits/") + 9).substring(0, 40);
    assertThat(page(PAGE + "/commits?at=" + tip + "&skip=50"))
        .contains("Step 9<", "Step 0<")
        .doesNotContain("Step 10<", ">Older</a>");
    assertThat(page(PAGE + "/commits?path=main.py")).contains(second).contains(first);
    assertThat(page(PAGE + "/commits?path=docs"))
        .contains(first)
        .doesNotContain("/commits/" + second);
  }

  @Test
  void archivesHoldTheFilesForBrowsersAndPrograms() throws Exception {
    String token =
        Objects.requireNonNull(
                it.tokens
                    .add(new ApiTokens.Wanted("viewer", "ci", Scope.READ, null, null), "test")
                    .block())
            .value();
    Path out = Files.createDirectory(data.resolve("out"));
    try (InputStream in =
        new GZIPInputStream(new ByteArrayInputStream(download("/archive.tar.gz?at=v1", token)))) {
      TarReader.unpack(in, out, TarReader.Budget.TEMPLATE);
    }
    assertThat(Trees.children(out)).hasSize(1);
    assertThat(Trees.children(out).getFirst().resolve("t")).hasContent("t");
    try (ZipInputStream zip =
        new ZipInputStream(new ByteArrayInputStream(download("/archive.zip?at=main", token)))) {
      ZipEntry entry = Objects.requireNonNull(zip.getNextEntry());
      assertThat(entry.getName()).isEqualTo("hello-" + second.substring(0, 7) + "/" + EVIL_NAME);
    }
    assertThat(download("/raw?path=main.py&at=" + first, token))
        .asString(UTF_8)
        .startsWith("def f");
    for (String branch : List.of("main", "link")) {
      for (String kind : List.of("zip", "tar.gz")) {
        HttpResponse<String> refused =
            viewer.get("/repositories/team/evil/archive." + kind + "?at=" + branch);
        assertThat(refused.statusCode()).as(branch).isEqualTo(409);
        assertThat(refused.body()).contains("cannot be packed");
      }
    }
  }

  private static byte[] download(String path, String token) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + it.server().port() + PAGE + path))
            .header("Authorization", "Bearer " + token)
            .build();
    try (HttpClient client = HttpClient.newHttpClient()) {
      HttpResponse<byte[]> answer = client.send(request, BodyHandlers.ofByteArray());
      assertThat(answer.statusCode()).isEqualTo(200);
      return answer.body();
    }
  }
}

package lmnop.controlplane.portal;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import lmnop.controlplane.identities.ProviderSettings;
import lmnop.controlplane.web.Access;
import lmnop.controlplane.web.Route;
import lmnop.controlplane.web.WebServer;
import lmnop.operations.credentials.CredentialFile;
import lmnop.operations.credentials.Token;
import lmnop.testkit.RequiresTool;
import lmnop.testkit.browser.Chromium;
import lmnop.testkit.browser.Tab;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.http.HttpMethod;
import tools.jackson.databind.JsonNode;

/**
 * Every page of the portal in a real browser: axe finds nothing serious, in light, dark and narrow,
 * nothing sticks out of a narrow window, and no script fails. Pictures of them are kept in {@code
 * target/pages}.
 */
@RequiresTool(Chromium.PROGRAM)
@SuppressWarnings("NullAway.Init")
@Timeout(300)
final class AccessibilityTest {
  private static final Path PICTURES = Path.of("target", "pages");

  /** An address of each page, by the pattern of its route. */
  private static final Map<String, String> PAGES =
      new TreeMap<>(
          Map.ofEntries(
              Map.entry("/", "/"),
              Map.entry("/first-steps", "/first-steps"),
              Map.entry("/platform", "/platform"),
              Map.entry("/builds", "/builds"),
              Map.entry("/builds/{build}", "/builds/1"),
              Map.entry("/repositories", "/repositories"),
              Map.entry("/repositories/{owner}/{repository}", "/repositories/team/hello"),
              Map.entry(
                  "/repositories/{owner}/{repository}/files",
                  "/repositories/team/hello/files?path=main.py"),
              Map.entry(
                  "/repositories/{owner}/{repository}/commits", "/repositories/team/hello/commits"),
              Map.entry(
                  "/repositories/{owner}/{repository}/commits/{commit}",
                  "/repositories/team/hello/commits/COMMIT"),
              Map.entry(
                  "/repositories/{owner}/{repository}/branches",
                  "/repositories/team/hello/branches"),
              Map.entry("/functions/{owner}/{function}", "/functions/team/hello"),
              Map.entry(
                  "/functions/{owner}/{function}/crashes/{number}",
                  "/functions/team/hello/crashes/3"),
              Map.entry("/functions/{owner}/{function}/logs", "/functions/team/hello/logs"),
              Map.entry("/functions/{owner}/{function}/releases", "/functions/team/hello/releases"),
              Map.entry("/functions/{owner}/{function}/domains", "/functions/team/hello/domains"),
              Map.entry(
                  "/functions/{owner}/{function}/configuration",
                  "/functions/team/hello/configuration"),
              Map.entry("/owners/{owner}", "/owners/team"),
              Map.entry("/users", "/users"),
              Map.entry("/owners/{owner}/secrets", "/owners/team/secrets"),
              Map.entry("/audit", "/audit"),
              Map.entry("/account", "/account"),
              Map.entry("/account/identities", "/account/identities")));

  /** What of the portal is no page: streams, files, and what only leads elsewhere. */
  private static final Set<String> NO_PAGES =
      Set.of(
          "/builds/{build}/log",
          "/functions/{owner}/{function}/logs/lines",
          "/audit.csv",
          "/audit.jsonl",
          "/account/identities/link/{provider}");

  @TempDir private static Path folder;

  private static TestPortal it;
  private static WebServer server;
  private static Chromium chromium;
  private static String axe;
  private static Tab tab;
  private static String commit;

  @BeforeAll
  static void start() throws IOException {
    it = new TestPortal(folder);
    new CredentialFile(folder.resolve("client")).write(new Token("client"));
    URI api = URI.create("http://127.0.0.1:1");
    server =
        it.withProviders(
            Map.of(
                "github",
                new ProviderSettings(
                    ProviderSettings.Kind.GITHUB,
                    api,
                    api,
                    null,
                    "client",
                    folder.resolve("client"),
                    false)));
    fill();
    axe = axe();
    chromium = Chromium.start(folder.resolve("browser"));
    tab = chromium.tab();
    tab.look(1280, 800, false).go(at("/"));
  }

  @AfterAll
  static void stop() {
    chromium.close();
    it.close();
  }

  private static URI at(String path) {
    return URI.create("http://127.0.0.1:" + server.port() + path.replace("COMMIT", commit));
  }

  private static String axe() throws IOException {
    try (InputStream in = AccessibilityTest.class.getResourceAsStream("/axe.min.js")) {
      return new String(Objects.requireNonNull(in, "axe").readAllBytes(), UTF_8);
    }
  }

  private static void fill() throws IOException {
    Map<String, byte[]> files = new TreeMap<>();
    files.put("README.md", "# Hello\n\n| a | b |\n|---|---|\n| 1 | 2 |\n".getBytes(UTF_8));
    files.put("main.py", "def f():\n    return 'a'  # why\n".getBytes(UTF_8));
    files.put("function.yml", "template: python3\n".getBytes(UTF_8));
    try (TestRepository repository = new TestRepository(folder, 1)) {
      repository.commit("refs/heads/main", "The first one", "Ada", files);
      files.put("main.py", "def f():\n    return 2\n".getBytes(UTF_8));
      commit = repository.commit("refs/heads/main", "Another answer", "Ada", files);
      repository.commit("refs/tags/v1", "Tagged", "Ada", files);
    }
    it.postgres.execute(rows());
    it.provider.run("hello-2", "bundle@sha256:2", "team");
    Instant at = Instant.parse("2026-01-31T12:00:00Z");
    it.provider.exited("1", "team", "hello-2", at, List.of("Traceback:", "boom"));
    it.engineAnswers.set(false);
    it.health.look();
  }

  private static String rows() {
    return """
    SET search_path = lmnop;
    INSERT INTO repositories (id, owner_id, name) SELECT 1, id, 'hello' FROM owners WHERE name = 'team';
    INSERT INTO functions (id, owner_id, repository_id, name)
      SELECT 1, id, 1, 'hello' FROM owners WHERE name = 'team';
    INSERT INTO routes (host, kind, function_id) VALUES ('hello.apps.localhost', 'function', 1);
    INSERT INTO builds (id, repository_id, ref, commit, pusher, state, stage, fault, message, started_at, finished_at, held)
      VALUES
      (1, 1, 'refs/heads/main', '%1$s', 'dev', 'FAILED', 'ARTIFACT', 'user', 'it has no entrypoint', now(), now(), false),
      (2, 1, 'refs/heads/main', '%1$s', 'dev', 'LIVE', NULL, NULL, NULL, now(), now(), false),
      (3, 1, 'refs/heads/main', '%1$s', 'dev', 'WAITING', NULL, NULL, NULL, NULL, NULL, true),
      (4, 1, 'refs/heads/main', '%1$s', 'dev', 'CANCELLED', NULL, NULL, NULL, now(), now(), false);
    INSERT INTO build_functions (build_id, function_id, template, template_digest, spec, policy)
      SELECT n, 1, 'python3', 'sha256:1', '{}', '{}' FROM generate_series(1, 4) AS n;
    INSERT INTO build_log (build_id, number, stage, text)
      SELECT 1, n, 'ARTIFACT', E'\\x1b[' || 30 + n || 'mline ' || n || E'\\x1b[0m ' || repeat('long ', 30)
      FROM generate_series(1, 7) AS n;
    INSERT INTO revisions (id, function_id, number, commit, artifact, template, spec, policy)
      SELECT n, 1, n, '%1$s', 'bundle@sha256:' || n, 'python3', '{}', '{}'
      FROM generate_series(1, 2) AS n;
    UPDATE revisions SET spec = '{"template": "python3", "secrets": ["database"], "options": {}, "scale": {},
      "requests": {"cpuMillicores": 50, "memoryMebibytes": 64}, "limits": {"cpuMillicores": 100, "memoryMebibytes": 128},
      "environment": {"GREETING": "hello"}, "timeout": {}, "concurrency": {}, "labels": {}, "annotations": {}}';
    INSERT INTO releases (id, repository_id, cause, actor, state, change_number)
      SELECT n, 1, 'push', 'dev', 'DONE', n FROM generate_series(1, 2) AS n;
    INSERT INTO release_functions (release_id, function_id, revision_id, namespace, workload)
      SELECT n, 1, n, 'team', 'hello-' || n FROM generate_series(1, 2) AS n;
    INSERT INTO traffic (function_id, revision_id, namespace, workload, weight)
      VALUES (1, 1, 'team', 'hello-1', 10), (1, 2, 'team', 'hello-2', 90);
    INSERT INTO workloads (namespace, name, replicas, available, reason)
      VALUES ('team', 'hello-2', 2, 1, 'one of them is still starting');
    INSERT INTO routers (id, management_address, applied_number) VALUES ('router-1', '127.0.0.1:8082', 0);
    INSERT INTO providers (id, orchestration) VALUES ('provider-1', 'lmnop-process');
    INSERT INTO tasks (kind, subject, payload, state, claimed_by)
      VALUES ('build', 'repository 1', '{}', 'RUNNING', 'builder-worker 7');
    """
        .formatted(commit);
  }

  @Test
  void noPageIsForgotten() {
    Set<String> found =
        server.routes().stream()
            .filter(route -> route.method().equals(HttpMethod.GET))
            .filter(route -> route.access().door() == Access.Door.PORTAL)
            .filter(route -> route.access().who() != Access.Who.EVERYBODY)
            .map(Route::path)
            .filter(path -> !NO_PAGES.contains(path))
            .collect(Collectors.toCollection(TreeSet::new));
    assertThat(found).isEqualTo(PAGES.keySet());
  }

  @Test
  void everyPageIsFitForEverybody() throws IOException {
    List<String> findings = new ArrayList<>();
    look("sign-in", "/sign-in", findings);
    tab.go(at("/sign-in")).type("[name=user]", "root");
    tab.type("[name=password]", TestPortal.PASSWORD).follow("main button");
    look("none", "/none", findings);
    tab.go(at("/owners/team/secrets")).type("main [name=name]", "database");
    tab.type("main [name=value]", "canary").follow("main form button");
    tab.go(at("/account")).type("[action='/account/tokens'] [name=name]", "ci");
    tab.follow("[action='/account/tokens'] button");
    check("token", findings);
    assertThat(tab.complaints()).as("beside the page that is none").hasSizeLessThan(4);
    tab.forgive();
    for (Map.Entry<String, String> page : PAGES.entrySet()) {
      look(page.getKey().replaceAll("[/{}]+", "-"), page.getValue(), findings);
    }
    tab.go(at("/functions/team/hello")).type("[name=typed]", "wrong").follow("button.danger");
    check("refused", findings);
    tab.forgive(); // the refusal itself is one
    assertThat(findings).isEmpty();
  }

  private void look(String name, String path, List<String> findings) throws IOException {
    tab.go(at(path));
    check(name, findings);
    if (!name.equals("none")) {
      assertThat(tab.complaints()).as(path).isEmpty();
    }
  }

  /** Structure and colours in light, colours in dark, structure in narrow. */
  private void check(String name, List<String> findings) throws IOException {
    findings.addAll(ask(name, "{}"));
    keep(name, "light");
    tab.look(1280, 800, true);
    findings.addAll(ask(name + " in dark", "{runOnly: ['color-contrast']}"));
    keep(name, "dark");
    tab.look(390, 800, false);
    findings.addAll(ask(name + " in narrow", "{rules: {'color-contrast': {enabled: false}}}"));
    int width = tab.eval("document.documentElement.scrollWidth").asInt();
    if (width > 390) {
      findings.add(name + " is " + width + " pixels wide in a window of 390");
    }
    keep(name, "narrow");
    tab.look(1280, 800, false);
  }

  private void keep(String name, String how) throws IOException {
    tab.picture(PICTURES.resolve(name.replaceAll("^-+|-+$", "") + "-" + how + ".png"));
  }

  /** What axe finds that is serious or critical. */
  private static List<String> ask(String where, String options) {
    if (!tab.eval("typeof axe === 'object'").asBoolean(false)) {
      tab.eval(axe + "; true");
    }
    JsonNode found =
        tab.eval(
            """
            axe.run(document, Object.assign({resultTypes: ['violations']}, %s)).then((all) => all.violations
              .filter((one) => one.impact === 'serious' || one.impact === 'critical')
              .flatMap((one) => one.nodes.map((node) => `${one.id}: ${node.html.slice(0, 200)} ${node.failureSummary}`)))
            """
                .formatted(options));
    List<String> words = new ArrayList<>();
    found.forEach(one -> words.add(where + ": " + one.asString()));
    return words;
  }
}

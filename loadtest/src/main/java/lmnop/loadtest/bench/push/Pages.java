package lmnop.loadtest.bench.push;

import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import lmnop.loadtest.bench.Samples;
import lmnop.loadtest.bench.Verdicts;

/**
 * Pages of the portal where there are a thousand functions, and another one that is pushed to all
 * the time: from the request to the last byte.
 */
final class Pages {
  private static final int FUNCTIONS = 1_000;
  private static final int BUILDS = 10_000;
  private static final double NANOS = 1_000_000;
  private static final Duration STATEMENTS = Duration.ofMinutes(1);

  private final Ground ground;
  private final Lengths lengths;
  private final Verdicts verdicts;

  Pages(Ground ground, Lengths lengths, Verdicts verdicts) {
    this.ground = ground;
    this.lengths = lengths;
    this.verdicts = verdicts;
  }

  void run() throws IOException, InterruptedException {
    addFunctions();
    addBuilds();
    ground.out.printf(
        Locale.ROOT,
        "%nPages with %,d functions and %,d builds, in milliseconds%n",
        FUNCTIONS,
        BUILDS);
    try (HttpClient client = HttpClient.newHttpClient()) {
      String cookie = signIn(client);
      measure(client, cookie, "functions", "");
      measure(client, cookie, "functions, searched", "?search=page-07");
      measure(client, cookie, "one function", "functions/default/page-0500");
      measure(client, cookie, "builds", "builds");
      measure(client, cookie, "audit", "audit");
    }
  }

  /** As many pushes would have left them, but that nothing runs. */
  private void addFunctions() {
    ground
        .database
        .change(
            """
            WITH f AS (
              INSERT INTO functions (owner_id, name)
              SELECT o.id, 'page-' || to_char(n, 'FM0000')
              FROM owners o, generate_series(1, CAST(:count AS int)) AS n WHERE o.name = 'default'
              RETURNING id, name),
            r AS (
              INSERT INTO routes (host, kind, function_id)
              SELECT name || '.apps.localhost', 'function', id FROM f)
            INSERT INTO revisions (function_id, number, commit, artifact, template, spec, policy)
            SELECT f.id, n, md5(f.name) || '00000000', 'bundle@sha256:' || f.id, 'python3', '{}', '{}'
            FROM f, generate_series(1, 5) AS n
            """,
            Map.of("count", FUNCTIONS))
        .block(STATEMENTS);
    ground
        .database
        .change(
            """
            INSERT INTO traffic (function_id, revision_id, namespace, workload, weight)
            SELECT f.id, v.id, 'default', f.name || '-bench', 100
            FROM functions f JOIN revisions v ON v.function_id = f.id AND v.number = 5
            WHERE f.name LIKE 'page-%'
            """,
            Map.of())
        .block(STATEMENTS);
  }

  private void addBuilds() {
    ground
        .database
        .change(
            """
            WITH r AS (
              INSERT INTO repositories (owner_id, name)
              SELECT id, 'page-builds' FROM owners WHERE name = 'default' RETURNING id)
            INSERT INTO builds (repository_id, ref, commit, pusher, state, started_at, finished_at)
            SELECT r.id, 'refs/heads/main', md5(n::text) || '00000000', 'admin', 'LIVE', now(), now()
            FROM r, generate_series(1, CAST(:count AS int)) AS n
            """,
            Map.of("count", BUILDS))
        .block(STATEMENTS);
  }

  private URI at(String path) {
    return ground.platform.controlPlane().resolve(path);
  }

  private String signIn(HttpClient client) throws IOException, InterruptedException {
    String password = Files.readString(ground.platform.passwordFile()).strip();
    String origin = ground.platform.controlPlane().toString();
    HttpRequest form =
        HttpRequest.newBuilder(at("sign-in"))
            .header("Origin", origin.substring(0, origin.length() - 1))
            .header("Accept", "text/html")
            .header("Content-Type", "application/x-www-form-urlencoded")
            .POST(
                BodyPublishers.ofString(
                    "user=admin&next=%2F&password="
                        + URLEncoder.encode(password, StandardCharsets.UTF_8)))
            .build();
    HttpResponse<String> answer = client.send(form, BodyHandlers.ofString());
    return answer
        .headers()
        .firstValue("Set-Cookie")
        .map(cookie -> cookie.split(";")[0])
        .orElseThrow(() -> new IOException("nobody could sign in: " + answer.statusCode()));
  }

  private void measure(HttpClient client, String cookie, String what, String path)
      throws IOException, InterruptedException {
    for (int i = 0; i < lengths.warmUps(); i++) {
      millis(client, cookie, path);
    }
    double[] times = new double[lengths.pages()];
    for (int i = 0; i < times.length; i++) {
      times[i] = millis(client, cookie, path);
    }
    verdicts.atMost(what + ", the median", Samples.median(times), 200, 100, true);
    verdicts.atMost(what + ", 95 of 100 below", Samples.percentile(times, 0.95), 500, 200, true);
  }

  private double millis(HttpClient client, String cookie, String path)
      throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(at(path))
            .header("Accept", "text/html")
            .header("Cookie", cookie)
            .build();
    long begin = System.nanoTime();
    HttpResponse<byte[]> answer = client.send(request, BodyHandlers.ofByteArray());
    double took = (System.nanoTime() - begin) / NANOS;
    if (answer.statusCode() != 200) {
      throw new IOException("/" + path + " is answered " + answer.statusCode());
    }
    return took;
  }
}

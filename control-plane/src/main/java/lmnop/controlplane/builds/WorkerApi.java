package lmnop.controlplane.builds;

import static lmnop.operations.database.Rows.need;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.stream.IntStream;
import lmnop.controlplane.git.Repositories;
import lmnop.controlplane.releases.StageLog;
import lmnop.controlplane.templates.Templates;
import lmnop.controlplane.web.Access;
import lmnop.controlplane.web.Refusal;
import lmnop.controlplane.web.Route;
import lmnop.controlplane.web.WebFeature;
import lmnop.operations.credentials.Scrubber;
import lmnop.operations.credentials.Token;
import lmnop.operations.database.Database;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.web.reactive.function.BodyInserters;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What builder workers ask on the internal listener: the source of their build, its template, and
 * that lines be added to its log.
 *
 * <p>A worker shows the token of the task that it holds; with the lease, the token ends.
 */
public final class WorkerApi implements WebFeature {
  private static final MediaType TAR = MediaType.parseMediaType("application/x-tar");
  private static final int LONGEST_BATCH = 4 << 20; // bytes of log lines in one request
  private static final Set<String> STAGES = Set.of("CHECKOUT", "TEMPLATE", "ARTIFACT");

  private static final Duration SCRUBBED_FOR = Duration.ofHours(1); // after the last line
  private static final int SCRUBBED_AT_ONCE = 1_000;

  /** A task that a worker holds. */
  private record Held(
      long buildId, long repositoryId, String commit, String payload, Token token) {}

  private final Database database;
  private final BuildStore store;
  private final StageLog log;
  private final KnownValues values;
  private final Cache<Token, Scrubber> scrubbers =
      Caffeine.newBuilder().expireAfterAccess(SCRUBBED_FOR).maximumSize(SCRUBBED_AT_ONCE).build();
  private final Templates templates;
  private final Repositories repositories;
  private final Executor threads;

  WorkerApi(
      Database database,
      BuildStore store,
      StageLog log,
      KnownValues values,
      Templates templates,
      Repositories repositories,
      Executor threads) {
    this.database = database;
    this.store = store;
    this.log = log;
    this.values = values;
    this.templates = templates;
    this.repositories = repositories;
    this.threads = threads;
  }

  @Override
  public List<Route> routes() {
    return List.of(
        Route.get("/internal/builds/{build}/source", Access.holderOfTask(), this::source),
        Route.get("/internal/templates/{digest}", Access.holderOfTask(), this::template),
        Route.post("/internal/builds/{build}/log", Access.holderOfTask(), this::addToLog));
  }

  private Mono<ServerResponse> source(ServerRequest request) {
    return held(request)
        .flatMap(held -> store.begin(held.buildId()).thenReturn(held))
        .flatMap(held ->
            ServerResponse.ok()
                .contentType(TAR)
                .body(BodyInserters.fromDataBuffers(tar(request, held))));
  }

  private Flux<DataBuffer> tar(ServerRequest request, Held held) {
    return Flux.from(
        DataBufferUtils.outputStreamPublisher(
            out -> writeSource(held, out),
            request.exchange().getResponse().bufferFactory(),
            threads,
            1 << 16));
  }

  private void writeSource(Held held, OutputStream out) {
    try (out) {
      repositories.writeSourceTar(held.repositoryId(), held.commit(), out);
    } catch (IOException e) {
      throw new UncheckedIOException("the source of build " + held.buildId() + " is unreadable", e);
    }
  }

  private Mono<ServerResponse> template(ServerRequest request) {
    String digest = request.pathVariable("digest");
    return held(request)
        .filter(held -> held.payload().contains(digest))
        .flatMap(held -> templates.content(digest))
        .switchIfEmpty(
            Mono.error(
                () -> new Refusal(HttpStatus.NOT_FOUND, "There is no template " + digest + ".")))
        .flatMap(found -> ServerResponse.ok().contentType(TAR).bodyValue(found));
  }

  private Mono<ServerResponse> addToLog(ServerRequest request) {
    return held(request)
        .flatMap(held ->
            DataBufferUtils.join(request.bodyToFlux(DataBuffer.class), LONGEST_BATCH)
                .map(WorkerApi::lines)
                .flatMap(lines -> scrubbed(held, lines))
                .flatMap(lines -> log.append(held.buildId(), lines)))
        .then(ServerResponse.noContent().build());
  }

  private Mono<List<StageLog.Line>> scrubbed(Held held, List<StageLog.Line> lines) {
    return scrubber(held)
        .map(scrubber -> {
          List<String> clean = scrubber.scrub(lines.stream().map(StageLog.Line::text).toList());
          return IntStream.range(0, lines.size())
              .mapToObj(i -> new StageLog.Line(lines.get(i).stage(), clean.get(i)))
              .toList();
        });
  }

  /** Each holder of a task has a scrubber, which knows what came before. */
  private Mono<Scrubber> scrubber(Held held) {
    Scrubber known = scrubbers.getIfPresent(held.token());
    return known == null
        ? values
            .scrubber(held.repositoryId(), held.token())
            .map(made -> scrubbers.get(held.token(), token -> made))
        : Mono.just(known);
  }

  private static List<StageLog.Line> lines(DataBuffer buffer) {
    String body = buffer.toString(java.nio.charset.StandardCharsets.UTF_8);
    DataBufferUtils.release(buffer);
    List<StageLog.Line> lines = new ArrayList<>();
    for (String json : body.split("\n")) {
      if (json.isBlank()) {
        continue;
      }
      JsonNode line = JsonMapper.shared().readTree(json);
      String stage = line.path("stage").asString("");
      if (!STAGES.contains(stage)) {
        throw new Refusal(HttpStatus.BAD_REQUEST, "'" + stage + "' is no stage of a worker's.");
      }
      lines.add(new StageLog.Line(stage, line.path("text").asString("")));
    }
    return lines;
  }

  /** Proves that the caller holds a running build task, and that it is the one it speaks of. */
  private Mono<Held> held(ServerRequest request) {
    String authorization = String.valueOf(request.headers().firstHeader("Authorization"));
    if (!authorization.startsWith("Bearer ") || authorization.length() <= "Bearer ".length()) {
      return Mono.error(new Refusal(HttpStatus.UNAUTHORIZED, "Show the token of your task."));
    }
    Token token = new Token(authorization.substring("Bearer ".length()));
    return database
        .one(
            """
            SELECT b.id, b.repository_id, b.commit, t.payload::text AS payload
            FROM tasks t JOIN builds b ON b.task_id = t.id
            WHERE t.id = :task AND t.fence = :fence AND t.kind = 'build' AND t.state = 'RUNNING'
              AND t.lease_until > now() AND t.access_sha256 = :hash
            """,
            Map.of(
                "task", number(request, "X-Lmnop-Task"),
                "fence", number(request, "X-Lmnop-Fence"),
                "hash", token.sha256()),
            row ->
                new Held(
                    need(row, "id", Long.class),
                    need(row, "repository_id", Long.class),
                    need(row, "commit", String.class),
                    need(row, "payload", String.class),
                    token))
        .filter(held -> speaksOf(request, held))
        .switchIfEmpty(
            Mono.error(
                () -> new Refusal(HttpStatus.FORBIDDEN, "You do not hold this task: stop.")));
  }

  private static boolean speaksOf(ServerRequest request, Held held) {
    String build = request.pathVariables().get("build");
    return build == null || build.equals(String.valueOf(held.buildId()));
  }

  private static long number(ServerRequest request, String header) {
    try {
      return Long.parseLong(String.valueOf(request.headers().firstHeader(header)));
    } catch (NumberFormatException e) {
      throw new Refusal(HttpStatus.UNAUTHORIZED, "The header " + header + " holds a number.");
    }
  }
}

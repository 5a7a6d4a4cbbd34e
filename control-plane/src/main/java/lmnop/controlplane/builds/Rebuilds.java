package lmnop.controlplane.builds;

import static lmnop.operations.database.Rows.need;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import lmnop.controlplane.accounts.Refused;
import lmnop.controlplane.functions.FunctionStore;
import lmnop.controlplane.functions.PreviewRefused;
import lmnop.controlplane.git.Repositories;
import lmnop.controlplane.templates.Templates;
import lmnop.controlplane.web.Crossing;
import lmnop.operations.database.Database;
import lmnop.registry.names.FunctionName;
import lmnop.tasks.TaskQueue;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Builds once more what was pushed: the same commit with the same configuration and the same
 * templates, as a build of its own.
 */
public final class Rebuilds {
  private static final int ATTEMPTS = 3;

  private final Database database;
  private final TaskQueue queue;
  private final BuildStore store;
  private final Repositories repositories;
  private final Templates templates;
  private final Crossing files;
  private final PreviewClaims previews;

  /**
   * Rebuilds what a database knows.
   *
   * @param files over which the repositories are reached
   */
  public Rebuilds(
      Database database,
      Repositories repositories,
      Templates templates,
      Crossing files,
      FunctionStore functions,
      PreviewSettings previews) {
    this.database = database;
    this.queue = new TaskQueue(database);
    this.store = new BuildStore(database, queue);
    this.repositories = repositories;
    this.templates = templates;
    this.files = files;
    this.previews = new PreviewClaims(functions, previews);
  }

  /**
   * A build that shall be made again.
   *
   * @param payload of its task; null where nothing had to be built, or where it is forgotten
   * @param newer the newest build of the same ref, if that is another one and stands in the way
   */
  private record Ended(
      Build build, boolean preview, @Nullable String payload, @Nullable Long newer) {}

  /** Begins with the same commit again; returns the number of the new build. */
  public Mono<Long> again(long build, String actor) {
    return database.inTransaction(
        ended(build)
            .flatMap(old ->
                payload(old)
                    .flatMap(payload ->
                        claimHosts(old, payload)
                            .then(store.nextId())
                            .flatMap(id -> hold(old, id))
                            .flatMap(id -> insert(id, old.build(), actor, payload)))));
  }

  private Mono<Ended> ended(long build) {
    return lock(build)
        .flatMap(locked -> store.byId(build))
        .flatMap(found ->
            database.one(
                """
                SELECT b.preview_lifetime IS NOT NULL AS preview, t.payload::text AS payload,
                  (SELECT max(n.id) FROM builds n
                   WHERE n.repository_id = b.repository_id AND n.ref = b.ref AND n.id > b.id
                     AND n.state IN ('WAITING', 'BUILDING', 'RELEASING', 'LIVE')) AS newer
                FROM builds b LEFT JOIN tasks t ON t.id = b.task_id WHERE b.id = :build
                """,
                Map.of("build", build),
                row ->
                    new Ended(
                        found,
                        need(row, "preview", Boolean.class),
                        row.get("payload", String.class),
                        row.get("newer", Long.class))))
        .switchIfEmpty(Mono.error(() -> new Refused("There is no build %d.".formatted(build))))
        .flatMap(old -> {
          Optional<String> obstacle = obstacle(old);
          return obstacle.isPresent() ? Mono.error(new Refused(obstacle.get())) : Mono.just(old);
        });
  }

  /** Two who ask at once come one after the other. */
  private Mono<Long> lock(long build) {
    return database.one(
        """
        SELECT r.id FROM repositories r JOIN builds b ON b.repository_id = r.id
        WHERE b.id = :build FOR NO KEY UPDATE OF r
        """,
        Map.of("build", build),
        row -> need(row, "id", Long.class));
  }

  private static Optional<String> obstacle(Ended old) {
    Build build = old.build();
    String state = build.state().name().toLowerCase(Locale.ROOT);
    if (!build.state().ended()) {
      return Optional.of(
          "Build %d is %s: it can be made again once it has ended.".formatted(build.id(), state));
    }
    if (build.state() == Build.State.LIVE) {
      return Optional.of(
          "Build %d went live: to have its revision serve again, roll back to it."
              .formatted(build.id()));
    }
    return Optional.ofNullable(old.newer())
        .map(newer ->
            "Build %d of the same branch is newer, and under way or live: build %d would take its place. Push what shall serve."
                .formatted(newer, build.id()));
  }

  /** What a worker is told, without the functions that are deleted meanwhile. */
  private Mono<ObjectNode> payload(Ended old) {
    long build = old.build().id();
    if (old.payload() == null) {
      return Mono.error(gone(build, "there was nothing to build, or it is too long ago"));
    }
    JsonNode told = JsonMapper.shared().readTree(old.payload());
    return functions(build)
        .flatMap(there -> {
          List<JsonNode> wanted = new ArrayList<>();
          for (JsonNode function : told.path("functions")) {
            if (there.contains(function.path("functionId").asLong())) {
              wanted.add(function);
            }
          }
          return wanted.isEmpty()
              ? Mono.error(gone(build, "its functions are deleted"))
              : requireTemplates(build, wanted).thenReturn(again(told, wanted));
        });
  }

  private Mono<Set<Long>> functions(long build) {
    return database
        .all(
            "SELECT function_id FROM build_functions WHERE build_id = :build",
            Map.of("build", build),
            row -> need(row, "function_id", Long.class))
        .collect(Collectors.toSet());
  }

  private static ObjectNode again(JsonNode told, List<JsonNode> functions) {
    ObjectNode payload = JsonMapper.shared().createObjectNode();
    told.properties().forEach(member -> payload.set(member.getKey(), member.getValue()));
    ArrayNode list = payload.putArray("functions");
    functions.forEach(list::add);
    return payload;
  }

  private Mono<Void> requireTemplates(long build, List<JsonNode> functions) {
    return Flux.fromIterable(functions)
        .concatMap(function ->
            templates
                .content(function.path("templateDigest").asString(""))
                .switchIfEmpty(
                    Mono.error(() ->
                        gone(
                            build,
                            "the template %s has changed"
                                .formatted(function.path("template").asString(""))))))
        .then();
  }

  private static Refused gone(long build, String why) {
    return new Refused("Build %d cannot be made again, %s: push again.".formatted(build, why));
  }

  /** A preview's host may be gone with the build that wanted it. */
  private Mono<Void> claimHosts(Ended old, ObjectNode payload) {
    if (!old.preview()) {
      return Mono.empty();
    }
    List<FunctionName> names = new ArrayList<>();
    for (JsonNode function : payload.path("functions")) {
      names.add(new FunctionName(function.path("name").asString("")));
    }
    return previews
        .claim(old.build().repositoryId(), old.build().ref(), names)
        .onErrorMap(
            PreviewRefused.class, e -> gone(old.build().id(), String.valueOf(e.getMessage())))
        .then();
  }

  /** Keeps the commit for the new build; a preview's branch has to be there still. */
  private Mono<Long> hold(Ended old, long id) {
    Build build = old.build();
    return files
        .call(() -> {
          if (old.preview()
              && !repositories.isAt(build.repositoryId(), build.ref(), build.commit())) {
            throw gone(build.id(), "its branch was deleted or has moved on");
          }
          repositories.holdForBuild(build.repositoryId(), id, build.commit());
          return id;
        })
        .onErrorMap(IOException.class, e -> gone(build.id(), "its commit is not kept any more"));
  }

  private Mono<Long> insert(long id, Build old, String actor, ObjectNode payload) {
    payload.put("buildId", id);
    return database
        .change(
            """
            INSERT INTO builds
              (id, repository_id, ref, commit, old_commit, pusher, preview_lifetime)
            SELECT :id, repository_id, ref, commit, old_commit, :actor, preview_lifetime
            FROM builds WHERE id = :old
            """,
            Map.of("id", id, "old", old.id(), "actor", actor))
        .then(insertFunctions(id, old.id(), payload))
        .then(
            queue.submit(
                Builds.KIND,
                "repository " + old.repositoryId(),
                payload.toString(),
                Duration.ZERO,
                ATTEMPTS))
        .flatMap(task -> store.setTask(id, task))
        .then(audit(id, old.id(), actor))
        .thenReturn(id);
  }

  /** What was built before the end is built again; what was left as it was stays so. */
  private Mono<Long> insertFunctions(long id, long old, ObjectNode payload) {
    List<Long> built = new ArrayList<>();
    for (JsonNode function : payload.path("functions")) {
      built.add(function.path("functionId").asLong());
    }
    return database.change(
        """
        INSERT INTO build_functions
          (build_id, function_id, template, template_digest, spec, policy, own_spec, own_policy,
           content, revision_id)
        SELECT :id, function_id, template, template_digest, spec, policy, own_spec, own_policy,
          content, CASE WHEN function_id = ANY (:built) THEN NULL ELSE revision_id END
        FROM build_functions WHERE build_id = :old
        """,
        Map.of("id", id, "old", old, "built", built.toArray(Long[]::new)));
  }

  private Mono<Long> audit(long id, long old, String actor) {
    return database.change(
        """
        INSERT INTO audit (actor, action, subject, outcome, detail)
        SELECT :actor, 'build.retried', o.name || '/' || r.name, 'done',
          jsonb_build_object('build', b.id, 'retried', CAST(:old AS bigint))
        FROM builds b JOIN repositories r ON r.id = b.repository_id
        JOIN owners o ON o.id = r.owner_id WHERE b.id = :id
        """,
        Map.of("id", id, "old", old, "actor", actor));
  }
}

package lmnop.controlplane.gateway;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import lmnop.controlplane.configuration.FunctionConfiguration;
import lmnop.controlplane.configuration.KnownSecrets;
import lmnop.controlplane.functions.FunctionStore;
import lmnop.controlplane.functions.LockedFunction;
import lmnop.controlplane.functions.NameTaken;
import lmnop.controlplane.git.NewRepositories;
import lmnop.controlplane.releases.Releases;
import lmnop.controlplane.web.Refusal;
import lmnop.operations.database.Database;
import lmnop.operations.lifecycle.Pace;
import lmnop.providerapi.FunctionDeployment;
import lmnop.providerapi.Wire;
import lmnop.registry.names.FunctionName;
import lmnop.registry.names.OwnerName;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import reactor.core.publisher.Mono;

/**
 * Deploys what is there already, without a push: an image of a registry, or an artifact that a
 * build of the same owner left. It becomes a revision and a release like any other. Everything here
 * blocks.
 */
public final class Deployments {
  private static final Duration ANSWER = Duration.ofSeconds(10);
  private static final Duration LOOK = Duration.ofMillis(200);

  /** How long who deploys waits for the release to end; it goes on without him. */
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final Database database;
  private final DeploymentStore store;
  private final FunctionStore functions;
  private final NewRepositories repositories;
  private final Releases releases;
  private final Function<OwnerName, KnownSecrets> secrets;
  private final DeployedImages images;
  private final Supplier<String> workloadSuffix;
  private final Pace pace;

  /**
   * What deployments need.
   *
   * @param secrets what an owner's functions may read
   */
  public record Needs(
      Database database,
      FunctionStore functions,
      NewRepositories repositories,
      Releases releases,
      Function<OwnerName, KnownSecrets> secrets,
      DeployedImages images,
      Supplier<String> workloadSuffix,
      Pace pace) {}

  public Deployments(Needs needs) {
    this.database = needs.database();
    this.store = new DeploymentStore(needs.database());
    this.functions = needs.functions();
    this.repositories = needs.repositories();
    this.releases = needs.releases();
    this.secrets = needs.secrets();
    this.images = needs.images();
    this.workloadSuffix = needs.workloadSuffix();
    this.pace = needs.pace();
  }

  /** What shall run. */
  private record Wanted(
      OwnerName owner,
      FunctionName function,
      String artifact,
      FunctionConfiguration configuration,
      String sent,
      String actor) {
    private static final long NOTHING = 0; // no release has this id
  }

  /**
   * Has a function run what was sent, and waits until it does, or does not, or takes long.
   *
   * @param update whether the function has to be there already
   */
  void deploy(
      OwnerName owner, FunctionName function, FunctionDeployment sent, boolean update, String actor)
      throws InterruptedException {
    FunctionDeployment theirs = DeploymentRules.without(sent);
    FunctionConfiguration configuration =
        DeploymentRules.configuration(theirs, secrets.apply(owner));
    Wanted wanted =
        new Wanted(
            owner,
            function,
            images.artifact(theirs.image()),
            configuration,
            Wire.write(theirs),
            actor);
    long release =
        replaced(wanted)
            .orElseGet(() -> {
              if (update) {
                throw new Refusal(
                    HttpStatus.NOT_FOUND,
                    "There is no function '%s' in the namespace '%s'.".formatted(function, owner));
              }
              return created(wanted);
            });
    if (release != Wanted.NOTHING) {
      awaitEnd(function, release);
    }
  }

  /** The release of a function that is there; empty if it is not. */
  private Optional<Long> replaced(Wanted wanted) {
    return database
        .inTransaction(
            LockedFunction.take(database, wanted.owner(), wanted.function())
                .flatMap(locked ->
                    store
                        .isServing(locked, wanted.artifact(), wanted.sent())
                        .flatMap(serving ->
                            serving ? Mono.just(Wanted.NOTHING) : release(locked, wanted))))
        .blockOptional(ANSWER);
  }

  /** The first release of a function, which gets an empty repository: it may be pushed later. */
  private long created(Wanted wanted) {
    try {
      return repositories.withNew(id ->
          Objects.requireNonNull(
              database.inTransaction(createdIn(id, wanted)).block(ANSWER), "no release was made"));
    } catch (NameTaken e) {
      return replaced(wanted) // by somebody who deployed it at the same moment
          .orElseThrow(() -> new Refusal(HttpStatus.CONFLICT, obstacle(wanted, e)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private String obstacle(Wanted wanted, NameTaken taken) {
    boolean repository =
        functions
            .repository(wanted.owner(), wanted.function().value())
            .blockOptional(ANSWER)
            .orElse(Optional.empty())
            .isPresent();
    return repository
        ? "There is a repository '%s' of %s, which other functions come from: choose another name."
            .formatted(wanted.function(), wanted.owner())
        : String.valueOf(taken.getMessage());
  }

  private Mono<Long> createdIn(long repository, Wanted wanted) {
    return functions
        .claim(
            wanted.owner(),
            repository,
            wanted.function().value(),
            wanted.function(),
            wanted.actor())
        .flatMap(claimed ->
            release(new LockedFunction(claimed.functionId(), repository), wanted)
                .flatMap(release -> functions.announce(List.of(claimed)).thenReturn(release)));
  }

  private Mono<Long> release(LockedFunction function, Wanted wanted) {
    return template(wanted)
        .flatMap(template ->
            store.insertRevision(
                function, template, wanted.artifact(), wanted.configuration(), wanted.sent()))
        .flatMap(revision ->
            releases.deploy(
                function.repositoryId(),
                new Releases.Share(
                    function.id(), revision, wanted.function() + "-" + workloadSuffix.get(), 100),
                wanted.actor()));
  }

  /** What a build left is its owner's alone. */
  private Mono<String> template(Wanted wanted) {
    return wanted.artifact().startsWith(DeployedImages.BUNDLE)
        ? store
            .templateOf(wanted.owner(), wanted.artifact())
            .switchIfEmpty(
                Mono.error(() ->
                    new Refusal(
                        HttpStatus.BAD_REQUEST,
                        "'image' is '%s': no kept revision of a function of %s is made of that. Name an image of a registry, or push the source with git."
                            .formatted(wanted.artifact(), wanted.owner()))))
        : Mono.just(DeploymentRules.TEMPLATE);
  }

  private void awaitEnd(FunctionName function, long release) throws InterruptedException {
    Duration start = pace.elapsed();
    while (pace.elapsed().minus(start).compareTo(PATIENCE) < 0) {
      Releases.@Nullable Progress progress = releases.progress(release).block(ANSWER);
      if (progress == null) {
        throw new Refusal(
            HttpStatus.CONFLICT, "'%s' was removed while it was deployed.".formatted(function));
      }
      if (progress.endedAt() != null) {
        requireSuccess(function, progress);
        return;
      }
      pace.pause(LOOK);
    }
  }

  private static void requireSuccess(FunctionName function, Releases.Progress progress) {
    if (progress.succeeded()) {
      return;
    }
    boolean byUser = "user".equals(progress.fault());
    throw new Refusal(
        byUser ? HttpStatus.BAD_REQUEST : HttpStatus.SERVICE_UNAVAILABLE,
        "'%s' was not deployed, what ran before goes on. It failed at %s: %s."
            .formatted(
                function,
                String.valueOf(progress.stage()).toLowerCase(Locale.ROOT),
                progress.message()),
        byUser ? Map.of() : Map.of("Retry-After", "5"));
  }
}

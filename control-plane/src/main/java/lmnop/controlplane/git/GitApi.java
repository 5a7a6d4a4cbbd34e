package lmnop.controlplane.git;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import lmnop.controlplane.accounts.Accounts;
import lmnop.controlplane.accounts.Actor;
import lmnop.controlplane.functions.FunctionStore;
import lmnop.controlplane.functions.StoredRepository;
import lmnop.controlplane.web.Crossing;
import lmnop.controlplane.web.Refusal;
import lmnop.controlplane.web.WebFeature;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.RouterFunctions;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;

/**
 * Git's smart HTTP protocol. In this order: who is it (decided before anything here is reached),
 * what do they name, may they, and only then the bytes.
 */
public final class GitApi implements WebFeature {
  static final String ADVERTISE = "info/refs";
  static final String UPLOAD_PACK = "git-upload-pack";
  static final String RECEIVE_PACK = "git-receive-pack";

  private final Accounts accounts;
  private final FunctionStore functions;
  private final Crossing crossing;
  private final GitSettings settings;
  private final Fetches fetches;
  private final Pushes pushes;

  public GitApi(
      Accounts accounts,
      FunctionStore functions,
      Crossing crossing,
      GitSettings settings,
      Fetches fetches,
      Pushes pushes) {
    this.accounts = accounts;
    this.functions = functions;
    this.crossing = crossing;
    this.settings = settings;
    this.fetches = fetches;
    this.pushes = pushes;
  }

  @Override
  public RouterFunction<ServerResponse> routes() {
    return RouterFunctions.route()
        .GET("/scm/**", this::advertise)
        .POST("/scm/**", this::serve)
        .build();
  }

  private Mono<ServerResponse> advertise(ServerRequest request) {
    GitPath path = GitPath.parse(request.requestPath().value());
    String service = request.queryParam("service").orElse("");
    if (!path.rest().equals(ADVERTISE)) {
      throw new Refusal(HttpStatus.METHOD_NOT_ALLOWED, "Git sends this request by POST.");
    }
    return switch (service) {
      case UPLOAD_PACK ->
          readable(request, path)
              .flatMap(stored ->
                  answer(
                      "application/x-git-upload-pack-advertisement",
                      out -> fetches.advertise(stored.id(), protocol(request), out)));
      case RECEIVE_PACK ->
          writable(request, path)
              .flatMap(target ->
                  answer(
                      "application/x-git-receive-pack-advertisement",
                      out -> pushes.advertise(target, out)));
      default ->
          throw new Refusal(
              HttpStatus.FORBIDDEN,
              "This server speaks git's smart protocol only: use git 1.6.6 or newer.");
    };
  }

  private Mono<ServerResponse> serve(ServerRequest request) {
    GitPath path = GitPath.parse(request.requestPath().value());
    String type = request.headers().contentType().map(MediaType::toString).orElse("none");
    if (!type.equals("application/x-" + path.rest() + "-request")) {
      throw new Refusal(
          HttpStatus.UNSUPPORTED_MEDIA_TYPE,
          "The content type is '%s', expected application/x-git-…-request.".formatted(type));
    }
    return path.rest().equals(UPLOAD_PACK)
        ? readable(request, path).flatMap(stored -> upload(request, stored))
        : writable(request, path).flatMap(target -> receive(request, target));
  }

  private Mono<ServerResponse> upload(ServerRequest request, StoredRepository stored) {
    RequestBody body = RequestBody.of(request, settings);
    return answer(
        "application/x-git-upload-pack-result",
        out -> fetches.serve(stored.id(), protocol(request), body, out));
  }

  private Mono<ServerResponse> receive(ServerRequest request, PushTarget target) {
    RequestBody body = RequestBody.of(request, settings);
    return answer(
        "application/x-git-receive-pack-result", out -> pushes.receive(target, body, out));
  }

  private Mono<ServerResponse> answer(String contentType, Crossing.Writing writing) {
    return ServerResponse.ok()
        .header(HttpHeaders.CONTENT_TYPE, contentType)
        .header(HttpHeaders.CACHE_CONTROL, "no-cache, max-age=0, must-revalidate")
        .build((exchange, context) -> crossing.answer(exchange, writing));
  }

  private static Optional<String> protocol(ServerRequest request) {
    return Optional.ofNullable(request.headers().firstHeader("Git-Protocol"));
  }

  private Mono<StoredRepository> readable(ServerRequest request, GitPath path) {
    return accounts
        .mayRead(Actor.of(request), path.owner())
        .filter(may -> may)
        .flatMap(may -> functions.repository(path.owner(), path.name().value()))
        .flatMap(Mono::justOrEmpty)
        .switchIfEmpty(
            Mono.error(() ->
                new Refusal(
                    HttpStatus.NOT_FOUND,
                    "There is no function '%s' here, or it is not yours to see. The first push"
                            .formatted(path.name())
                        + " creates one.")));
  }

  private Mono<PushTarget> writable(ServerRequest request, GitPath path) {
    Actor actor = Actor.of(request);
    return accounts
        .mayPush(actor, path.owner())
        .filter(may -> may)
        .switchIfEmpty(
            Mono.error(() ->
                new Refusal(
                    HttpStatus.NOT_FOUND,
                    "There is no owner '%s', or you may not push there.".formatted(path.owner()))))
        .flatMap(may -> functions.repository(path.owner(), path.name().value()))
        .map(stored -> new PushTarget(path.owner(), path.name(), actor.name(), stored));
  }

  /** The version that a client asks for, as JGit takes it. */
  static List<String> parameters(String header) {
    return Arrays.asList(header.split(":"));
  }
}

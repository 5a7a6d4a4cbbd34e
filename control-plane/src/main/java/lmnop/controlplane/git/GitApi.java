package lmnop.controlplane.git;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import lmnop.controlplane.accounts.Actor;
import lmnop.controlplane.functions.FunctionStore;
import lmnop.controlplane.functions.StoredRepository;
import lmnop.controlplane.web.Access;
import lmnop.controlplane.web.Crossing;
import lmnop.controlplane.web.Refusal;
import lmnop.controlplane.web.Route;
import lmnop.controlplane.web.WebFeature;
import lmnop.registry.names.OwnerName;
import org.eclipse.jgit.errors.RepositoryNotFoundException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.web.reactive.function.server.RequestPredicates;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;

/**
 * Git's smart HTTP protocol. Who it is, and whether they may, is decided before anything here is
 * reached.
 */
public final class GitApi implements WebFeature {
  static final String ADVERTISE = "info/refs";
  static final String UPLOAD_PACK = "git-upload-pack";
  static final String RECEIVE_PACK = "git-receive-pack";

  private static final Logger log = LoggerFactory.getLogger(GitApi.class);

  private final FunctionStore functions;
  private final Crossing crossing;
  private final GitSettings settings;
  private final Fetches fetches;
  private final Pushes pushes;

  public GitApi(
      FunctionStore functions,
      Crossing crossing,
      GitSettings settings,
      Fetches fetches,
      Pushes pushes) {
    this.functions = functions;
    this.crossing = crossing;
    this.settings = settings;
    this.fetches = fetches;
    this.pushes = pushes;
  }

  @Override
  public List<Route> routes() {
    Access reads = Access.git().reader().at(GitApi::owner);
    Access writes = Access.git().developer().at(GitApi::owner);
    return List.of(
        Route.get("/scm/**", writes, this::advertiseReceiving)
            .when(RequestPredicates.queryParam("service", RECEIVE_PACK)),
        Route.get("/scm/**", reads, this::advertise),
        Route.post("/scm/**", writes, this::receive)
            .when(request -> rawPath(request).endsWith("/" + RECEIVE_PACK)),
        Route.post("/scm/**", reads, this::upload));
  }

  private static String rawPath(ServerRequest request) {
    return request.requestPath().value();
  }

  private static OwnerName owner(ServerRequest request) {
    return path(request).owner();
  }

  private static GitPath path(ServerRequest request) {
    return GitPath.parse(rawPath(request));
  }

  private Mono<ServerResponse> advertise(ServerRequest request) {
    GitPath path = advertised(request);
    if (!request.queryParam("service").orElse("").equals(UPLOAD_PACK)) {
      throw new Refusal(
          HttpStatus.FORBIDDEN,
          "This server speaks git's smart protocol only: use git 1.6.6 or newer.");
    }
    return readable(path)
        .flatMap(stored ->
            answer(
                "application/x-git-upload-pack-advertisement",
                out -> fetches.advertise(stored.id(), protocol(request), out)));
  }

  private Mono<ServerResponse> advertiseReceiving(ServerRequest request) {
    GitPath path = advertised(request);
    return writable(request, path)
        .flatMap(target ->
            answer(
                "application/x-git-receive-pack-advertisement",
                out -> pushes.advertise(target, out)));
  }

  private static GitPath advertised(ServerRequest request) {
    GitPath path = path(request);
    if (!path.rest().equals(ADVERTISE)) {
      throw new Refusal(HttpStatus.METHOD_NOT_ALLOWED, "Git sends this request by POST.");
    }
    return path;
  }

  private static GitPath served(ServerRequest request) {
    GitPath path = path(request);
    String type = request.headers().contentType().map(MediaType::toString).orElse("none");
    if (!type.equals("application/x-" + path.rest() + "-request")) {
      throw new Refusal(
          HttpStatus.UNSUPPORTED_MEDIA_TYPE,
          "The content type is '%s', expected application/x-git-…-request.".formatted(type));
    }
    return path;
  }

  private Mono<ServerResponse> upload(ServerRequest request) {
    GitPath path = served(request);
    return readable(path)
        .flatMap(stored -> {
          RequestBody body = RequestBody.of(request, settings);
          return answer(
              "application/x-git-upload-pack-result",
              out -> fetches.serve(stored.id(), protocol(request), body, out));
        });
  }

  private Mono<ServerResponse> receive(ServerRequest request) {
    GitPath path = served(request);
    return writable(request, path)
        .flatMap(target -> {
          RequestBody body = RequestBody.of(request, settings);
          return answer(
              "application/x-git-receive-pack-result", out -> pushes.receive(target, body, out));
        });
  }

  private Mono<ServerResponse> answer(String contentType, Crossing.Writing writing) {
    return ServerResponse.ok()
        .header(HttpHeaders.CONTENT_TYPE, contentType)
        .header(HttpHeaders.CACHE_CONTROL, "no-cache, max-age=0, must-revalidate")
        .build((exchange, context) -> crossing.answer(exchange, out -> writeOrSay(writing, out)));
  }

  private static void writeOrSay(Crossing.Writing writing, OutputStream out)
      throws IOException, InterruptedException {
    try {
      writing.to(out);
    } catch (RepositoryNotFoundException e) {
      log.error("a repository that is known has no files: {}", e.getMessage());
      throw new Refusal(
          HttpStatus.SERVICE_UNAVAILABLE,
          "This repository's files are not on the control plane's disk. Its operator can restore them"
              + " from a backup; or delete the function, and the next push makes it anew.");
    }
  }

  private static Optional<String> protocol(ServerRequest request) {
    return Optional.ofNullable(request.headers().firstHeader("Git-Protocol"));
  }

  private Mono<StoredRepository> readable(GitPath path) {
    return functions
        .repository(path.owner(), path.name().value())
        .flatMap(Mono::justOrEmpty)
        .switchIfEmpty(
            Mono.error(() ->
                new Refusal(
                    HttpStatus.NOT_FOUND,
                    "There is no function '%s' here. The first push creates one."
                        .formatted(path.name()))));
  }

  private Mono<PushTarget> writable(ServerRequest request, GitPath path) {
    return functions
        .repository(path.owner(), path.name().value())
        .map(stored -> new PushTarget(path.owner(), path.name(), Actor.of(request).name(), stored));
  }

  /** The version that a client asks for, as JGit takes it. */
  static List<String> parameters(String header) {
    return Arrays.asList(header.split(":"));
  }
}

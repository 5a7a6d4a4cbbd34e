package lmnop.controlplane.portal;

import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import lmnop.controlplane.accounts.Actor;
import lmnop.controlplane.repositories.RepositoryBrowser;
import lmnop.controlplane.repositories.RepositoryBrowser.Wanted;
import lmnop.controlplane.web.Access;
import lmnop.controlplane.web.Refusal;
import lmnop.controlplane.web.Route;
import lmnop.controlplane.web.WebFeature;
import lmnop.registry.names.FunctionName;
import lmnop.registry.names.InvalidName;
import lmnop.registry.names.OwnerName;
import org.springframework.http.HttpStatus;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;

/**
 * The pages of repositories. A branch and a path are parameters of an address, never parts of it:
 * both may hold slashes, and whatever else somebody pushed.
 */
final class RepositoryPages implements WebFeature {
  private static final int MOST_LISTED = 1_000;
  private static final Pattern NUMBER = Pattern.compile("[0-9]{1,7}");

  private final Pages pages;
  private final RepositoryBrowser browser;

  RepositoryPages(RepositoryBrowser browser, Pages pages) {
    this.pages = pages;
    this.browser = browser;
  }

  @Override
  public List<Route> routes() {
    Access reader = Access.portal().reader();
    Access programsToo = Access.anyProof().reader();
    String repository = "/repositories/{owner}/{repository}";
    return List.of(
        Route.get("/repositories", Access.portal(), this::list),
        Route.get(repository, reader, this::files),
        Route.get(repository + "/files", reader, this::files),
        Route.get(repository + "/commits", reader, this::commits),
        Route.get(repository + "/commits/{commit}", reader, this::commit),
        Route.get(repository + "/branches", reader, this::refs),
        Route.get(repository + "/raw", programsToo, this::raw),
        Route.get(repository + "/archive.{ending}", programsToo, this::archive));
  }

  private Mono<ServerResponse> list(ServerRequest request) {
    String search = request.queryParam("search").orElse("");
    return browser
        .list(Actor.of(request), search, MOST_LISTED)
        .collectList()
        .flatMap(found ->
            pages.show(
                request, "repositories.jte", Map.of("repositories", found, "search", search)));
  }

  private static Wanted wanted(ServerRequest request) {
    return wanted(request, request.queryParam("at").orElse(""));
  }

  private static Wanted wanted(ServerRequest request, String at) {
    try {
      return new Wanted(
          new OwnerName(request.pathVariable("owner")),
          new FunctionName(request.pathVariable("repository")),
          at,
          request.queryParam("path").orElse(""));
    } catch (InvalidName e) {
      throw new Refusal(HttpStatus.NOT_FOUND, e.getMessage() + ".");
    }
  }

  private Mono<ServerResponse> files(ServerRequest request) {
    return browser
        .files(wanted(request))
        .flatMap(shown -> {
          String remote =
              request
                  .uri()
                  .resolve("/scm/" + shown.position().owner() + "/" + shown.position().name())
                  .toString();
          return pages.show(request, "files.jte", Map.of("shown", shown, "remote", remote));
        });
  }

  private Mono<ServerResponse> commits(ServerRequest request) {
    String skip = request.queryParam("skip").orElse("0");
    if (!NUMBER.matcher(skip).matches()) {
      throw new Refusal(HttpStatus.BAD_REQUEST, "skip is a number of at most seven digits.");
    }
    return browser
        .commits(wanted(request), Integer.parseInt(skip))
        .flatMap(shown -> pages.show(request, "commits.jte", Map.of("shown", shown)));
  }

  private Mono<ServerResponse> commit(ServerRequest request) {
    return browser
        .commit(wanted(request, request.pathVariable("commit")))
        .flatMap(shown -> pages.show(request, "commit.jte", Map.of("shown", shown)));
  }

  private Mono<ServerResponse> refs(ServerRequest request) {
    return browser
        .refs(wanted(request))
        .flatMap(shown -> pages.show(request, "branches.jte", Map.of("shown", shown)));
  }

  private Mono<ServerResponse> raw(ServerRequest request) {
    return browser.send(browser.raw(wanted(request)));
  }

  private Mono<ServerResponse> archive(ServerRequest request) {
    return browser.send(browser.archive(wanted(request), request.pathVariable("ending")));
  }
}

package lmnop.controlplane.portal;

import gg.jte.ContentType;
import gg.jte.TemplateEngine;
import gg.jte.output.StringOutput;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import lmnop.controlplane.accounts.Accounts;
import lmnop.controlplane.accounts.Actor;
import lmnop.controlplane.builds.FunctionUrls;
import lmnop.controlplane.crashes.Crashes;
import lmnop.controlplane.revisions.Revisions;
import lmnop.controlplane.web.Access;
import lmnop.controlplane.web.Crossing;
import lmnop.controlplane.web.Route;
import lmnop.controlplane.web.WebFeature;
import lmnop.operations.database.Database;
import org.springframework.core.io.ClassPathResource;
import org.springframework.http.CacheControl;
import org.springframework.http.MediaType;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;

/** The pages: the list of functions, and one for each. Templates are compiled with the code. */
public final class Portal implements WebFeature {
  private static final String POLICY =
      "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none';"
          + " form-action 'self'; frame-ancestors 'none'";

  private final TemplateEngine templates = TemplateEngine.createPrecompiled(ContentType.Html);
  private final FunctionLines functions;
  private final RevisionPages revisions;

  public Portal(
      Database database,
      FunctionUrls urls,
      Accounts accounts,
      Revisions revisions,
      Crashes crashes,
      Crossing crossing) {
    this.functions = new FunctionLines(database, urls);
    this.revisions = new RevisionPages(accounts, revisions, urls, new CrashLook(crashes, crossing));
  }

  @Override
  public List<Route> routes() {
    Access signedIn = Access.portal();
    String function = "/functions/{owner}/{function}";
    return List.of(
        Route.get("/", signedIn, this::functionList),
        Route.get(function, signedIn.reader(), request -> revisions.show(request, this::page)),
        Route.get(
            function + "/crashes/{number}",
            signedIn.reader(),
            request -> revisions.crash(request, this::page)),
        Route.post(function + "/rollback", signedIn.developer(), revisions::rollBack),
        Route.get("/assets/portal.css", Access.everybody(), request -> styles()),
        // The same in every installation; editors fetch them, which cannot sign in.
        Route.get("/schema/function.json", Access.everybody(), request -> schema("function.json")),
        Route.get("/schema/stack.json", Access.everybody(), request -> schema("stack.json")));
  }

  private Mono<ServerResponse> functionList(ServerRequest request) {
    String remote = request.uri().resolve("/scm/").toString();
    return functions
        .of(Actor.of(request))
        .flatMap(lines -> page("functions.jte", Map.of("functions", lines, "remote", remote)));
  }

  private Mono<ServerResponse> page(String template, Map<String, Object> values) {
    StringOutput html = new StringOutput();
    templates.render(template, values, html);
    return ServerResponse.ok()
        .contentType(new MediaType(MediaType.TEXT_HTML, StandardCharsets.UTF_8))
        .cacheControl(CacheControl.noStore())
        .header("Content-Security-Policy", POLICY)
        .header("X-Content-Type-Options", "nosniff")
        .header("Referrer-Policy", "same-origin")
        .bodyValue(html.toString());
  }

  /** What editors check {@code function.yml} and {@code stack.yml} against. */
  private static Mono<ServerResponse> schema(String file) {
    return ServerResponse.ok()
        .contentType(MediaType.APPLICATION_JSON)
        .header("Access-Control-Allow-Origin", "*") // editors in browsers
        .bodyValue(new ClassPathResource("lmnop/schema/" + file));
  }

  private static Mono<ServerResponse> styles() {
    return ServerResponse.ok()
        .contentType(MediaType.valueOf("text/css"))
        .bodyValue(new ClassPathResource("lmnop/portal/portal.css"));
  }
}

package lmnop.controlplane.portal;

import gg.jte.ContentType;
import gg.jte.TemplateEngine;
import gg.jte.output.StringOutput;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;
import lmnop.controlplane.accounts.Refused;
import lmnop.controlplane.accounts.Session;
import lmnop.controlplane.web.Refusal;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseCookie;
import org.springframework.util.MultiValueMap;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;

/** Makes pages of templates, which are compiled with the code, and answers forms. */
final class Pages {
  private final TemplateEngine templates = TemplateEngine.createPrecompiled(ContentType.Html);
  private final Clock clock;

  Pages(Clock clock) {
    this.clock = clock;
  }

  /** A page for whoever is signed in. */
  Mono<ServerResponse> show(ServerRequest request, String template, Map<String, ?> values) {
    return show(request, HttpStatus.OK, template, values);
  }

  private Mono<ServerResponse> show(
      ServerRequest request, HttpStatus status, String template, Map<String, ?> values) {
    Map<String, Object> all = new HashMap<>(values);
    all.put("visitor", Visitor.of(request, clock.instant()));
    return show(status, template, all);
  }

  /** What people are shown instead of a page that cannot be had, and what they can do about it. */
  String instead(ServerRequest request, Refusal why) {
    Map<String, Object> all = new HashMap<>();
    all.put("trouble", Trouble.of(why.status()));
    all.put("words", why.words());
    Session.ifAny(request)
        .ifPresent(session -> all.put("visitor", Visitor.of(request, clock.instant())));
    return html("trouble.jte", all);
  }

  /** A page for everybody. */
  Mono<ServerResponse> show(HttpStatus status, String template, Map<String, ?> values) {
    return ServerResponse.status(status)
        .contentType(new MediaType(MediaType.TEXT_HTML, StandardCharsets.UTF_8))
        .bodyValue(html(template, values));
  }

  /** A piece of a page. */
  String html(String template, Map<String, ?> values) {
    StringOutput html = new StringOutput();
    templates.render(template, new HashMap<>(values), html);
    return html.toString();
  }

  /**
   * Does what a form asks for, then leads to a page; what is refused is told on a page of its own.
   */
  Mono<ServerResponse> change(ServerRequest request, String next, Mono<?> work) {
    return work.then(Mono.defer(() -> lead(next)))
        .onErrorResume(Refused.class, e -> refused(request, next, e));
  }

  /** Takes away what a form names and whose name was typed there, then leads to a page. */
  Mono<ServerResponse> remove(
      ServerRequest request, String next, Function<String, Mono<Void>> removal) {
    Mono<Void> work =
        request
            .formData()
            .flatMap(form -> {
              String name = field(form, "name");
              requireTyped(form, name);
              return removal.apply(name);
            });
    return change(request, next, work);
  }

  /** Says why what was asked for is not done. */
  Mono<ServerResponse> refused(ServerRequest request, String back, Refused why) {
    return show(
        request,
        HttpStatus.CONFLICT,
        "refused.jte",
        Map.of("back", back, "words", String.valueOf(why.getMessage())));
  }

  static Mono<ServerResponse> lead(String next, ResponseCookie... cookies) {
    ServerResponse.BodyBuilder answer = ServerResponse.seeOther(URI.create(next));
    for (ResponseCookie cookie : cookies) {
      answer.cookie(cookie);
    }
    return answer.build();
  }

  /** A field of a form. */
  static String field(MultiValueMap<String, String> form, String name) {
    String value = form.getFirst(name);
    if (value == null) {
      throw new Refusal(HttpStatus.BAD_REQUEST, "The form has no field '%s'.".formatted(name));
    }
    return value;
  }

  /** Refuses a form in which the name of what goes was not typed. */
  static void requireTyped(MultiValueMap<String, String> form, String name) {
    String typed = field(form, "typed");
    if (!typed.equals(name)) {
      throw new Refused(
          "'%s' was typed, expected '%s', the name of what goes: nothing was changed."
              .formatted(typed, name));
    }
  }
}

package lmnop.controlplane.api;

import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.http.CacheControl;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.util.RawValue;

/**
 * What a request is answered, as it can be kept for whoever asks again.
 *
 * @param location where what was begun is shown; null if nothing was
 * @param body JSON
 */
record Answer(int status, @Nullable String location, String body) {
  static Answer ok(Object body) {
    return new Answer(200, null, JsonMapper.shared().writeValueAsString(body));
  }

  /** Something was begun, and goes on by itself. */
  static Answer accepted(String location, Object body) {
    return new Answer(202, location, JsonMapper.shared().writeValueAsString(body));
  }

  /**
   * One page of a list.
   *
   * @param found what was found, one more than the page has if another page follows
   * @param place of an entry in the list
   */
  static <T> Answer page(
      List<T> found, int limit, Function<T, Cursor> place, Function<T, Object> shape) {
    List<T> shown = found.subList(0, Math.min(limit, found.size()));
    Map<String, @Nullable Object> page = new LinkedHashMap<>();
    page.put("items", shown.stream().map(shape).toList());
    page.put("next", found.size() > limit ? place.apply(shown.getLast()).toString() : null);
    return ok(page);
  }

  /** A list that has one page, because there are never many. */
  static <T> Answer all(List<T> found, Function<T, Object> shape) {
    return page(found, found.size(), one -> new Cursor(""), shape);
  }

  /**
   * One page of a list that is short enough to be read as a whole, in the order of names.
   *
   * @param query says which page
   */
  static <T> Answer named(
      List<T> all, Page query, Function<T, String> name, Function<T, Object> shape) {
    Cursor cursor = query.cursor();
    List<T> found =
        all.stream()
            .filter(one -> cursor == null || name.apply(one).compareTo(cursor.last()) > 0)
            .sorted(Comparator.comparing(name))
            .limit(query.limit() + 1L)
            .toList();
    return page(found, query.limit(), one -> new Cursor(name.apply(one)), shape);
  }

  /** Answers with the page that is asked for of a list in the order of names. */
  static <T> Mono<ServerResponse> list(
      ServerRequest request, Flux<T> all, Function<T, String> name, Function<T, Object> shape) {
    Page page = Parameters.of(request).page();
    return all.collectList().map(found -> named(found, page, name, shape)).flatMap(Answer::sent);
  }

  /** Something was made. */
  static Answer created(String location, Object body) {
    return new Answer(201, location, JsonMapper.shared().writeValueAsString(body));
  }

  /** The same for those who watch. */
  Watching.Seen seen() {
    return new Watching.Seen(body, new RawValue(body));
  }

  /** The answer as it is sent. */
  Mono<ServerResponse> sent() {
    return sent(null);
  }

  /**
   * The same.
   *
   * @param mark of what is shown and may be edited
   */
  Mono<ServerResponse> sent(@Nullable String mark) {
    ServerResponse.BodyBuilder response =
        ServerResponse.status(status)
            .contentType(MediaType.APPLICATION_JSON)
            .cacheControl(CacheControl.noStore());
    if (location != null) {
      response.header(HttpHeaders.LOCATION, location);
    }
    if (mark != null) {
      response.eTag('"' + mark + '"');
    }
    return response.bodyValue(body.getBytes(StandardCharsets.UTF_8));
  }
}

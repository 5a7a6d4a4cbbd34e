package lmnop.controlplane.api;

import java.time.Instant;
import java.util.Objects;
import lmnop.controlplane.accounts.Actor;
import lmnop.controlplane.accounts.Members;
import lmnop.controlplane.audit.AuditCsv;
import lmnop.controlplane.audit.AuditRecords;
import lmnop.controlplane.web.Streams;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;
import tools.jackson.databind.json.JsonMapper;

/** Who did what. */
final class AuditOperations {
  private final AuditRecords records;
  private final Members members;
  private final Streams streams;

  AuditOperations(Api.Needs needs, Streams streams) {
    this.records = new AuditRecords(needs.database());
    this.streams = streams;
    this.members = new Members(needs.database());
  }

  Mono<ServerResponse> list(ServerRequest request) {
    Parameters query = Parameters.of(request);
    Mono<AuditRecords.Wanted> wanted = wanted(request, query);
    int limit = query.limit();
    long before = query.before();
    query.check();
    return wanted
        .flatMapMany(rows -> records.list(rows, before, limit + 1))
        .collectList()
        .map(found ->
            Answer.page(
                found,
                limit,
                one -> new Cursor(String.valueOf(one.id())),
                AuditRecords.Entry::members))
        .flatMap(Answer::sent);
  }

  private Mono<AuditRecords.Wanted> wanted(ServerRequest request, Parameters query) {
    String actor = text(query.text("actor"));
    String action = text(query.text("action"));
    String subject = text(query.text("subject"));
    String way = text(query.text("way"));
    @Nullable Instant since = query.moment("since");
    @Nullable Instant until = query.moment("until");
    return members
        .audited(Actor.of(request))
        .map(owners ->
            new AuditRecords.Wanted(
                owners.orElse(null), actor, action, subject, way, since, until));
  }

  /** All rows at once, written while they are read. */
  Mono<ServerResponse> export(ServerRequest request) {
    Parameters query = Parameters.of(request);
    Mono<AuditRecords.Wanted> wanted = wanted(request, query);
    query.check();
    return wanted.flatMap(rows ->
        streams.answer(
            request,
            out -> {
              records.each(rows, entry -> out.line("row", String.valueOf(entry.id()), json(entry)));
              out.event("end", "{}");
            }));
  }

  /** The same as a table. */
  Mono<ServerResponse> csv(ServerRequest request) {
    Parameters query = Parameters.of(request);
    Mono<AuditRecords.Wanted> wanted = wanted(request, query);
    query.check();
    return wanted.flatMap(rows ->
        ServerResponse.ok()
            .header(HttpHeaders.CONTENT_TYPE, AuditCsv.TYPE)
            .header(HttpHeaders.CONTENT_DISPOSITION, "attachment; filename=\"audit.csv\"")
            .build((exchange, context) ->
                streams.crossing().answer(exchange, out -> AuditCsv.write(records, rows, out))));
  }

  private static String json(AuditRecords.Entry entry) {
    return JsonMapper.shared().writeValueAsString(entry.members());
  }

  private static String text(@Nullable String text) {
    return Objects.requireNonNullElse(text, "");
  }
}

package lmnop.controlplane.api;

import java.util.Objects;
import lmnop.controlplane.accounts.Actor;
import lmnop.controlplane.accounts.Members;
import lmnop.controlplane.audit.AuditRecords;
import org.jspecify.annotations.Nullable;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;

/** Who did what. */
final class AuditOperations {
  private final AuditRecords records;
  private final Members members;

  AuditOperations(Api.Needs needs) {
    this.records = new AuditRecords(needs.database());
    this.members = new Members(needs.database());
  }

  Mono<ServerResponse> list(ServerRequest request) {
    Parameters query = Parameters.of(request);
    String actor = text(query.text("actor"));
    String action = text(query.text("action"));
    String subject = text(query.text("subject"));
    String way = text(query.text("way"));
    var since = query.moment("since");
    var until = query.moment("until");
    int limit = query.limit();
    long before = query.before();
    query.check();
    return members
        .audited(Actor.of(request))
        .flatMapMany(owners ->
            records.list(
                new AuditRecords.Wanted(
                    owners.orElse(null), actor, action, subject, way, since, until),
                before,
                limit + 1))
        .collectList()
        .map(found ->
            Answer.page(found, limit, one -> new Cursor(String.valueOf(one.id())), Shapes::audited))
        .flatMap(Answer::sent);
  }

  private static String text(@Nullable String text) {
    return Objects.requireNonNullElse(text, "");
  }
}

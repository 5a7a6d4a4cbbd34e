package lmnop.controlplane.audit;

import java.util.Map;
import lmnop.operations.database.Database;
import reactor.core.publisher.Mono;
import tools.jackson.databind.json.JsonMapper;

/** Writes rows of the audit; part of the surrounding transaction, which they stand or fall with. */
public final class Audit {
  private final Database database;

  public Audit(Database database) {
    this.database = database;
  }

  /** Notes what somebody did to something: {@code owner/name}, or a name. */
  public Mono<Void> done(String actor, String action, String subject) {
    return done(actor, action, subject, Map.of());
  }

  /** The same, with more to be said of it; never a secret. */
  public Mono<Void> done(String actor, String action, String subject, Map<String, ?> detail) {
    return note(actor, action, subject, "done", detail);
  }

  /** Notes that something was changed into something else; never a secret. */
  public Mono<Void> changed(
      String actor, String action, String subject, Object before, Object after) {
    return done(actor, action, subject, Map.of("before", before, "after", after));
  }

  /** Notes what was begun in somebody's name and could not be done. */
  public Mono<Void> failed(String actor, String action, String subject, Map<String, ?> detail) {
    return note(actor, action, subject, "failed", detail);
  }

  private Mono<Void> note(
      String actor, String action, String subject, String outcome, Map<String, ?> detail) {
    return database
        .change(
            """
            INSERT INTO audit (actor, action, subject, outcome, detail)
            VALUES (:actor, :action, :subject, :outcome, CAST(:detail AS jsonb))
            """,
            Map.of(
                "actor",
                actor,
                "action",
                action,
                "subject",
                subject,
                "outcome",
                outcome,
                "detail",
                JsonMapper.shared().writeValueAsString(detail)))
        .then();
  }
}

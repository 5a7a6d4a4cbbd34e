package lmnop.controlplane.domains;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A domain that somebody says is his, and where its proof is looked for.
 *
 * @param verifiedAt since when it routes; null while it does not
 * @param missedAt since when its proof has not been found any more
 * @param problem what the last check found
 */
public record Domain(
    long id,
    DomainName host,
    long functionId,
    String function,
    String owner,
    String token,
    @Nullable Instant verifiedAt,
    @Nullable Instant checkedAt,
    @Nullable Instant missedAt,
    @Nullable String problem) {
  private static final String RECORD = "_lmnop.";
  private static final String VALUE = "lmnop-domain=";
  private static final String PATH = "/.well-known/lmnop-domain/";

  /** The name of the TXT record. */
  public String recordName() {
    return RECORD + host;
  }

  /** What the TXT record, or the file, says. */
  public String proof() {
    return VALUE + token;
  }

  /** Where the file is. */
  public String path() {
    return PATH + token;
  }

  /** What changes when it is another claim, or begins or ends to route or to be proved. */
  public String mark() {
    return state() + "-" + id;
  }

  /** One word for how it is. */
  public String state() {
    return verifiedAt == null ? "unverified" : missedAt == null ? "verified" : "missing";
  }
}

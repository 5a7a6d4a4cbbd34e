package lmnop.controlplane.accounts;

import lmnop.controlplane.web.Refusal;
import org.springframework.http.HttpStatus;
import org.springframework.web.reactive.function.server.ServerRequest;

/**
 * Who makes a request, as proven by what was shown.
 *
 * @param name the account's name, as it stands in the audit
 * @param administrator whether every owner's functions are theirs to change
 */
public record Actor(long accountId, String name, boolean administrator) {
  private static final String ATTRIBUTE = Actor.class.getName();

  /** Who makes this request; every request behind {@link BasicAuthentication} has one. */
  public static Actor of(ServerRequest request) {
    return request
        .attribute(ATTRIBUTE)
        .map(Actor.class::cast)
        .orElseThrow(() -> new Refusal(HttpStatus.UNAUTHORIZED, "Nobody is logged in."));
  }

  void makes(ServerRequest request) {
    request.attributes().put(ATTRIBUTE, this);
  }
}

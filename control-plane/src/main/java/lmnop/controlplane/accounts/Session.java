package lmnop.controlplane.accounts;

import java.util.Optional;
import lmnop.controlplane.web.Refusal;
import lmnop.operations.credentials.Token;
import org.springframework.http.HttpStatus;
import org.springframework.web.reactive.function.server.ServerRequest;

/**
 * A browser in which somebody is signed in.
 *
 * @param formToken stands in every form of the session's pages, and comes back with it; another
 *     site cannot know it
 */
public record Session(long id, Actor actor, Token formToken) {
  /** The field of a form that holds its token. */
  public static final String FORM_FIELD = "form-token";

  private static final String ATTRIBUTE = Session.class.getName();

  /** The session of a request; every request to a route of the portal has one. */
  public static Session of(ServerRequest request) {
    return ifAny(request)
        .orElseThrow(() -> new Refusal(HttpStatus.UNAUTHORIZED, "Nobody is signed in."));
  }

  /** The session of a request that may have none. */
  public static Optional<Session> ifAny(ServerRequest request) {
    return request.attribute(ATTRIBUTE).map(Session.class::cast);
  }

  void makes(ServerRequest request) {
    request.attributes().put(ATTRIBUTE, this);
  }
}

package lmnop.controlplane.portal;

import lmnop.controlplane.accounts.Session;
import org.springframework.web.reactive.function.server.ServerRequest;

/**
 * Who looks at a page.
 *
 * @param formToken stands in every form of it
 */
public record Visitor(String name, String formToken) {
  static Visitor of(ServerRequest request) {
    Session session = Session.of(request);
    return new Visitor(session.actor().name(), session.formToken().value());
  }

  /** The field that holds the token. */
  public static String field() {
    return Session.FORM_FIELD;
  }
}

package lmnop.controlplane.api;

import lmnop.controlplane.accounts.Actor;
import lmnop.controlplane.web.Refusal;
import org.springframework.http.HttpStatus;
import org.springframework.web.reactive.function.server.ServerRequest;

/** What takes a person: whatever gives access for longer than a token that was stolen lives. */
final class InPerson {
  private InPerson() {}

  /**
   * Refuses a token, whatever it is good for.
   *
   * @param what is no affair of a token
   */
  static void require(ServerRequest request, String what) {
    if (!Actor.of(request).inPerson()) {
      throw new Refusal(
          HttpStatus.FORBIDDEN,
          what
              + " are no affair of a token: show the account's name and password, or use the portal.");
    }
  }
}

package lmnop.controlplane.portal;

import org.springframework.http.HttpStatus;

/**
 * Why a page cannot be had, as people see it.
 *
 * @param remedy what they can do; for somebody who is signed in
 */
public record Trouble(String title, String remedy) {
  static Trouble of(HttpStatus status) {
    return switch (status) {
      case NOT_FOUND ->
          new Trouble("Not found", "Look whether the address is right, or begin at the functions.");
      case METHOD_NOT_ALLOWED ->
          new Trouble("Not possible here", "Use the page's own buttons and forms.");
      case TOO_MANY_REQUESTS ->
          new Trouble("Not now", "Wait as long as that says, then do it again.");
      case SERVICE_UNAVAILABLE ->
          new Trouble(
              "Not now",
              "Functions that run go on serving. Load this page again in a moment; whoever runs the"
                  + " platform sees more by ./lmnop doctor.");
      case INTERNAL_SERVER_ERROR ->
          new Trouble(
              "Something went wrong",
              "Load this page again. If it stays like this, tell whoever runs the platform the number"
                  + " of the error.");
      default -> new Trouble("Not done", "Go back, load the page again, and do it once more.");
    };
  }
}

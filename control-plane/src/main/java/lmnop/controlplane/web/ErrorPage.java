package lmnop.controlplane.web;

import org.springframework.web.reactive.function.server.ServerRequest;

/** Makes the page that people are shown where something is refused or fails. */
@FunctionalInterface
public interface ErrorPage {
  /**
   * The page as HTML. It asks nobody: what failed may be what would be asked.
   *
   * @param request as far as it came; it has a session if one was seen
   */
  String of(ServerRequest request, Refusal why);
}
